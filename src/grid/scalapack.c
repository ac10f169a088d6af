#include "grid/scalapack.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "grid/fortran.h"

/* Rows and columns of a block: PDHSEQR wants square ones of at least 6. */
static const int BLOCK = 64;
static const int ZERO = 0, ONE = 1;

static const grid_t *grid_of(const share_t *m) { return m->algebra->grid; }

/* --- patience --- */

double grid_patience(int n) { return 600 + 50.0 * n * n * (double)n / 1e8; }

static char last_words[256];

static void give_up(int signal_number) {
    ssize_t written = write(STDERR_FILENO, last_words, strlen(last_words));
    (void)signal_number, (void)written;
    _exit(STATUS_ENVIRONMENT);
}

/* From here to done_waiting the program ends when it takes too long: ranks wait for each other in
 * loops that nothing else could end. `what` of order n. */
static void start_waiting(const grid_t *g, const char *what, int n) {
    double seconds = ceil(g->patience > 0 ? g->patience : grid_patience(n));
    snprintf(
        last_words, sizeof last_words,
        "koopsweep: error: %s of order %d by ScaLAPACK on %d ranks has not returned in %.0f s: "
        "a rank is gone, or hangs; profile with fewer ranks per layer, or with 1, which is "
        "LAPACK's, or give it more --patience\n",
        what, n, g->ranks, seconds);
    signal(SIGALRM, give_up);
    alarm((unsigned)fmin(seconds, 1e9));
}

static void done_waiting(void) { alarm(0); }

/* --- shares --- */

static void sum(const algebra_t *a, double *x, int n) {
    const grid_t *g = a->grid;
    start_waiting(g, "a sum", n);
    MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_SUM, g->comm);
    done_waiting();
}

/* Failure on one rank is failure on all. */
static status_t agree(const grid_t *g, status_t mine) {
    int worst = (int)mine, all;
    start_waiting(g, "an agreement", 1);
    MPI_Allreduce(&worst, &all, 1, MPI_INT, MPI_MAX, g->comm);
    done_waiting();
    if (mine == STATUS_OK && all != STATUS_OK)
        status_fail((status_t)all, "another rank could not go on");
    return (status_t)all;
}

static status_t take(const algebra_t *a, int rows, int cols, share_t *m) {
    const grid_t *g = a->grid;
    int info;
    *m = (share_t){.algebra = a, .rows = rows, .cols = cols};
    m->local_rows = numroc_(&rows, &BLOCK, &g->my_row, &ZERO, &g->rows);
    m->local_cols = numroc_(&cols, &BLOCK, &g->my_col, &ZERO, &g->cols);
    m->ld = m->local_rows > 0 ? m->local_rows : 1;
    descinit_(m->desc, &rows, &cols, &BLOCK, &BLOCK, &ZERO, &ZERO, &g->context, &m->ld, &info);
    m->at = calloc((size_t)m->ld * (size_t)m->local_cols + 1, sizeof *m->at);
    status_t status =
        info == 0 && m->at
            ? STATUS_OK
            : status_fail(STATUS_ENVIRONMENT, "out of memory for a share of %d x %d", rows, cols);
    return agree(g, status);
}

static int whole_of(int local, int mine, int count) {
    return (local / BLOCK * count + mine) * BLOCK + local % BLOCK;
}

static int row_of(const share_t *m, int local) {
    const grid_t *g = grid_of(m);
    return whole_of(local, g->my_row, g->rows);
}

static int col_of(const share_t *m, int local) {
    const grid_t *g = grid_of(m);
    return whole_of(local, g->my_col, g->cols);
}

/* Block column by block column to all, of which each keeps its own. */
static void fill(share_t *m, const double *from) {
    const grid_t *g = grid_of(m);
    size_t rows = (size_t)m->rows;
    double *slab = memory_take(rows * (size_t)BLOCK, sizeof *slab, "columns of a matrix");
    for (int first = 0, local = 0; first < m->cols; first += BLOCK) {
        int count = m->cols - first < BLOCK ? m->cols - first : BLOCK;
        if (g->rank == 0)
            memcpy(slab, from + (size_t)first * rows, rows * (size_t)count * sizeof *slab);
        start_waiting(g, "a matrix", m->cols);
        MPI_Bcast(slab, m->rows * count, MPI_DOUBLE, 0, g->comm);
        done_waiting();
        if (first / BLOCK % g->cols != g->my_col) continue;
        for (int j = 0; j < count; j++, local++)
            for (int i = 0; i < m->local_rows; i++)
                m->at[(size_t)local * (size_t)m->ld + (size_t)i] =
                    slab[(size_t)j * rows + (size_t)row_of(m, i)];
    }
    free(slab);
}

/* Block column by block column, added up from what each rank has of it. */
static void gather(const share_t *m, double *to) {
    const grid_t *g = grid_of(m);
    for (int first = 0; first < m->cols; first += BLOCK) {
        int count = m->cols - first < BLOCK ? m->cols - first : BLOCK;
        double *slab = to + (size_t)first * (size_t)m->rows;
        memset(slab, 0, (size_t)m->rows * (size_t)count * sizeof *slab);
        int local = first / BLOCK / g->cols * BLOCK;
        for (int j = 0; j < count && first / BLOCK % g->cols == g->my_col; j++)
            for (int i = 0; i < m->local_rows; i++)
                slab[(size_t)j * (size_t)m->rows + (size_t)row_of(m, i)] =
                    m->at[(size_t)(local + j) * (size_t)m->ld + (size_t)i];
        sum(m->algebra, slab, m->rows * count);
    }
}

static void copy(const share_t *from, int row, int col, share_t *to) {
    start_waiting(grid_of(to), "a copy", to->rows);
    Cpdgemr2d(to->rows, to->cols, from->at, row + 1, col + 1, from->desc, to->at, 1, 1, to->desc,
              grid_of(to)->context);
}

static void multiply(char op_a, char op_b, double alpha, const share_t *a, const share_t *b,
                     double beta, share_t *c) {
    int depth = op_a == 'T' ? a->rows : a->cols;
    start_waiting(grid_of(c), "a product", c->rows > depth ? c->rows : depth);
    pdgemm_(&op_a, &op_b, &c->rows, &c->cols, &depth, &alpha, a->at, &ONE, &ONE, a->desc, b->at,
            &ONE, &ONE, b->desc, &beta, c->at, &ONE, &ONE, c->desc, 1, 1);
    done_waiting();
}

/* --- symmetric --- */

static double squares(const share_t *m) {
    double total = 0;
    for (int j = 0; j < m->local_cols; j++)
        for (int i = 0; i < m->local_rows; i++)
            total += pow(m->at[(size_t)j * (size_t)m->ld + (size_t)i], 2);
    sum(m->algebra, &total, 1);
    return total;
}

/* |A V - V D| / |A|; work is lost. */
static status_t check_symmetric(const share_t *a, const double *values, share_t *vectors,
                                share_t *work) {
    double size = squares(a);
    multiply('N', 'N', 1, a, vectors, 0, work);
    for (int j = 0; j < work->local_cols; j++)
        for (int i = 0; i < work->local_rows; i++) {
            size_t at = (size_t)j * (size_t)work->ld + (size_t)i;
            work->at[at] -= values[col_of(work, j)] * vectors->at[at];
        }
    double error = sqrt(squares(work) / (size > 0 ? size : 1));
    CHECK(error < 1e-11, STATUS_FAILED,
          "spectral: ScaLAPACK's eigenvectors of a %d x %d covariance are wrong: |A V - V D| / |A| "
          "= %.1e; profile with one rank per layer",
          a->rows, a->rows, error);
    return STATUS_OK;
}

/* PDSYEVD asks for too small a workspace: for PDSTEDC (Reference-ScaLAPACK issue 74), and where a
 * matrix is smaller than a block, for PDORMTR, which then does nothing, while INFO is 0. */
static status_t solve_symmetric(share_t *m, double *values, share_t *vectors) {
    int n = m->rows, query = -1, info, enough;
    int integers = 7 * n + 8 * grid_of(m)->cols + 2, *iwork;
    double *work, size;
    iwork = memory_take((size_t)integers, sizeof *iwork, "an eigensolver");
    pdsyevd_("V", "L", &n, m->at, &ONE, &ONE, m->desc, values, vectors->at, &ONE, &ONE,
             vectors->desc, &size, &query, iwork, &integers, &info, 1, 1);
    enough = 2 * (int)size + 4 * n + BLOCK * (m->local_rows + m->local_cols + 4 * BLOCK);
    work = memory_take((size_t)enough, sizeof *work, "an eigensolver");
    pdsyevd_("V", "L", &n, m->at, &ONE, &ONE, m->desc, values, vectors->at, &ONE, &ONE,
             vectors->desc, work, &enough, iwork, &integers, &info, 1, 1);
    free(work);
    free(iwork);
    /* Ranks that hold nothing of a small matrix are left with other values. */
    MPI_Bcast(values, n, MPI_DOUBLE, 0, grid_of(m)->comm);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of the %d x %d covariance did not converge (pdsyevd: %d)", n,
          n, info);
    return STATUS_OK;
}

static status_t symmetric(share_t *m, double *values, share_t *vectors) {
    share_t before;
    TRY(take(m->algebra, m->rows, m->rows, &before));
    copy(m, 0, 0, &before);
    start_waiting(grid_of(m), "an eigenproblem", m->rows);
    status_t status = solve_symmetric(m, values, vectors);
    done_waiting();
    if (status == STATUS_OK) status = check_symmetric(&before, values, vectors, m);
    share_drop(&before);
    return status;
}

/* --- Schur form --- */

/* m becomes H, q the matrix with m = q H q^T. */
static void to_hessenberg(share_t *m, share_t *q) {
    int n = m->rows, query = -1, info, lwork, rest = n - 2, third = 3;
    double size, zero = 0, one = 1;
    double *tau = memory_take((size_t)(n + BLOCK), sizeof *tau, "a Hessenberg form"), *work;
    pdgehrd_(&n, &ONE, &n, m->at, &ONE, &ONE, m->desc, tau, &size, &query, &info);
    lwork = (int)size;
    work = memory_take((size_t)lwork, sizeof *work, "a Hessenberg form");
    pdgehrd_(&n, &ONE, &n, m->at, &ONE, &ONE, m->desc, tau, work, &lwork, &info);
    pdlaset_("A", &n, &n, &zero, &one, q->at, &ONE, &ONE, q->desc, 1);
    pdormhr_("L", "N", &n, &n, &ONE, &n, m->at, &ONE, &ONE, m->desc, tau, q->at, &ONE, &ONE,
             q->desc, &size, &query, &info, 1, 1);
    free(work);
    lwork = (int)size;
    work = memory_take((size_t)lwork, sizeof *work, "a Hessenberg form");
    pdormhr_("L", "N", &n, &n, &ONE, &n, m->at, &ONE, &ONE, m->desc, tau, q->at, &ONE, &ONE,
             q->desc, work, &lwork, &info, 1, 1);
    if (n > 2) pdlaset_("L", &rest, &rest, &zero, &zero, m->at, &third, &ONE, m->desc, 1);
    free(work);
    free(tau);
}

/* PDHSEQR of 2.2.1: its query writes far beyond the first elements of its workspaces, so it gets
 * whole ones; what it asks for is too little for its inner PDLAQR1 from n = 200 on, so it gets
 * three times that; JOB = 'E' gives wrong eigenvalues, so the whole Schur form is asked for; and
 * WR, WI are wrong although T is right, so nobody reads them. */
static status_t to_schur(share_t *m, share_t *q) {
    int n = m->rows, lwork = -1, liwork = -1, info;
    size_t room = 8 * (size_t)n + 4096;
    double *work = memory_take(room, sizeof *work, "a Schur form"), *unread;
    int *iwork = memory_take(room, sizeof *iwork, "a Schur form");
    unread = memory_take(2 * (size_t)n, sizeof *unread, "a Schur form");
    pdhseqr_("S", "V", &n, &ONE, &n, m->at, m->desc, unread, unread + n, q->at, q->desc, work,
             &lwork, iwork, &liwork, &info, 1, 1);
    lwork = 3 * ((int)work[0] + n);
    liwork = 3 * iwork[0] + 4 * n;
    work = memory_grow(work, (size_t)lwork + room, sizeof *work, "a Schur form");
    iwork = memory_grow(iwork, (size_t)liwork + room, sizeof *iwork, "a Schur form");
    memset(work, 0, ((size_t)lwork + room) * sizeof *work);
    memset(iwork, 0, ((size_t)liwork + room) * sizeof *iwork);
    pdhseqr_("S", "V", &n, &ONE, &n, m->at, m->desc, unread, unread + n, q->at, q->desc, work,
             &lwork, iwork, &liwork, &info, 1, 1);
    free(work);
    free(iwork);
    free(unread);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of a %d x %d operator did not converge (pdhseqr: %d)", n, n,
          info);
    return STATUS_OK;
}

/* T's diagonal and the two beside it, on every rank: band[3 k] is T(k,k), then T(k+1,k), T(k,k+1).
 */
static double *gather_band(const share_t *t) {
    const grid_t *g = grid_of(t);
    double *band = memory_take(3 * (size_t)t->rows, sizeof *band, "a Schur form");
    for (int j = 0; j < t->local_cols; j++)
        for (int i = 0; i < t->local_rows; i++) {
            int row = row_of(t, i), col = col_of(t, j);
            double entry = t->at[(size_t)j * (size_t)t->ld + (size_t)i];
            if (row == col) band[3 * col] = entry;
            if (row == col + 1) band[3 * col + 1] = entry;
            if (row + 1 == col) band[3 * row + 2] = entry;
        }
    sum(&g->algebra, band, 3 * t->rows);
    return band;
}

/* Eigenvalues of [[a, b], [c, d]]. */
static void solve_pair(double a, double b, double c, double d, double re[2], double im[2]) {
    double middle = (a + d) / 2, half = (a - d) / 2, root = half * half + b * c;
    double size = sqrt(fabs(root));
    re[0] = re[1] = middle;
    im[0] = im[1] = 0;
    if (root < 0) {
        im[0] = size, im[1] = -size;
        return;
    }
    re[0] = middle + (middle < 0 ? -size : size); /* the larger one without cancellation */
    re[1] = re[0] != 0 ? (a * d - b * c) / re[0] : middle - size;
}

static void read_eigenvalues(const share_t *t, double *re, double *im) {
    double *band = gather_band(t);
    for (int k = 0; k < t->rows; k++) {
        int is_pair =
            k + 1 < t->rows &&
            fabs(band[3 * k + 1]) > DBL_EPSILON * (fabs(band[3 * k]) + fabs(band[3 * k + 3]));
        re[k] = band[3 * k];
        im[k] = 0;
        if (!is_pair) continue;
        solve_pair(band[3 * k], band[3 * k + 2], band[3 * k + 1], band[3 * k + 3], re + k, im + k);
        k++;
    }
    free(band);
}

/* |A Q - Q T| / |A|: INFO = 0 has been seen with a form that was none. */
static status_t check_schur(const share_t *a, const share_t *t, const share_t *q, share_t *work) {
    double size = squares(a);
    multiply('N', 'N', 1, a, q, 0, work);
    multiply('N', 'N', -1, q, t, 1, work);
    double error = sqrt(squares(work) / (size > 0 ? size : 1));
    CHECK(error < 1e-11, STATUS_FAILED,
          "spectral: ScaLAPACK's Schur form of a %d x %d operator is wrong: |A Q - Q T| / |A| = "
          "%.1e; profile with one rank per layer",
          a->rows, a->rows, error);
    return STATUS_OK;
}

static status_t decompose(share_t *m, share_t *q) {
    start_waiting(grid_of(m), "a Schur form", m->rows);
    to_hessenberg(m, q);
    status_t status = to_schur(m, q);
    done_waiting();
    return status;
}

static status_t schur(share_t *m, share_t *q, double *re, double *im) {
    const algebra_t *a = m->algebra;
    share_t before = {0}, work = {0};
    status_t status = take(a, m->rows, m->rows, &before);
    if (status == STATUS_OK) status = take(a, m->rows, m->rows, &work);
    if (status == STATUS_OK) {
        copy(m, 0, 0, &before);
        status = decompose(m, q);
    }
    if (status == STATUS_OK) status = check_schur(&before, m, q, &work);
    if (status == STATUS_OK) read_eigenvalues(m, re, im);
    share_drop(&before);
    share_drop(&work);
    return status;
}

/* --- the grid --- */

static const algebra_t row = {
    .name = "ScaLAPACK",
    .take = take,
    .row = row_of,
    .col = col_of,
    .fill = fill,
    .gather = gather,
    .copy = copy,
    .multiply = multiply,
    .symmetric = symmetric,
    .schur = schur,
    .sum = sum,
};

void grid_open(MPI_Comm comm, grid_t *g) {
    *g = (grid_t){.algebra = row, .comm = comm};
    MPI_Comm_rank(comm, &g->rank);
    MPI_Comm_size(comm, &g->ranks);
    g->rows = (int)sqrt(g->ranks);
    while (g->ranks % g->rows) g->rows--;
    g->cols = g->ranks / g->rows;
    g->context = Csys2blacs_handle(comm);
    Cblacs_gridinit(&g->context, "Row", g->rows, g->cols);
    Cblacs_gridinfo(g->context, &g->rows, &g->cols, &g->my_row, &g->my_col);
    g->algebra.ranks = g->ranks;
    g->algebra.rank = g->rank;
    g->algebra.grid = g;
}

void grid_close(grid_t *g) { Cblacs_gridexit(g->context); }
