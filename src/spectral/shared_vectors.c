#include "spectral/shared_vectors.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/kreiss.h"

/* Columns of T in a row that are one rank's; the next are the next rank's. */
enum { DEAL = 64 };

/* Rotation of the columns `at` and at + 1. */
typedef struct turn {
    int at;
    double cosine, sine;
} turn_t;

typedef struct vectors {
    const algebra_t *algebra;
    schur_t schur;       /* T whole, eigenvalues, overlaps; neither Q nor vectors            */
    int mine;            /* columns of this rank: those of its eigenvalues                    */
    int *column;         /* owned [mine]: which, ascending                                    */
    dense_t right, left; /* owned [n, mine]: unit eigenvectors of T, packed as in schur.h     */
    dense_t work;        /* owned [n, mine]                                                   */
    double *whole;       /* owned [n, n]: T, then others                                      */
    turn_t *turns;       /* owned [turn_count]: T here is that of T's ranks, so turned        */
    int turn_count;
    double *numbers, *at; /* owned: eigenvalues, overlaps, room for a norm; [n] of that, sums  */
} vectors_t;

static int starts_pair(const vectors_t *v, int j) { return v->schur.imaginary[j] > 0; }

static int ends_pair(const vectors_t *v, int j) { return v->schur.imaginary[j] < 0; }

/* A pair belongs to the rank of its first column. */
static int is_mine(const vectors_t *v, int j) {
    int first = j - ends_pair(v, j);
    return first / DEAL % v->algebra->ranks == v->algebra->rank;
}

static void drop(vectors_t *v) {
    free(v->column);
    free(v->right.at);
    free(v->left.at);
    free(v->work.at);
    free(v->whole);
    free(v->turns);
    free(v->numbers);
}

static dense_t columns(const vectors_t *v, int *have_all) {
    int n = v->schur.n;
    dense_t m = {n, v->mine, n, malloc((size_t)n * (size_t)(v->mine + 1) * sizeof *m.at)};
    *have_all &= m.at != NULL;
    return m;
}

/* Ranks that have no memory say so to all. */
static status_t agree(const vectors_t *v, int have_all) {
    double missing = !have_all;
    v->algebra->sum(v->algebra, &missing, 1);
    CHECK(missing == 0, STATUS_ENVIRONMENT,
          "out of memory for the eigenvectors of %d modes over %d ranks", v->schur.n,
          v->algebra->ranks);
    return STATUS_OK;
}

static status_t take(const algebra_t *a, int n, vectors_t *v) {
    size_t size = (size_t)n;
    *v = (vectors_t){.algebra = a, .schur.n = n};
    v->numbers = calloc(9 * size, sizeof *v->numbers);
    v->whole = malloc(size * size * sizeof *v->whole);
    v->column = malloc((size + 1) * sizeof *v->column);
    v->turns = malloc((size + 1) * sizeof *v->turns);
    v->schur.t = (dense_t){n, n, n, v->whole};
    if (v->numbers) {
        v->schur.real = v->numbers;
        v->schur.imaginary = v->numbers + n;
        v->schur.overlap = v->numbers + 2 * n;
        v->at = v->numbers + 3 * n;
    }
    return agree(v, v->numbers && v->whole && v->column && v->turns);
}

/* Once the eigenvalues are known. */
static status_t take_columns(vectors_t *v) {
    int have_all = 1;
    for (int j = 0; j < v->schur.n; j++)
        if (is_mine(v, j)) v->column[v->mine++] = j;
    v->right = columns(v, &have_all);
    v->left = columns(v, &have_all);
    v->work = columns(v, &have_all);
    return agree(v, have_all);
}

/* --- the blocks of T --- */

/* LAPACK's: a block [a b; c d] becomes one of equal diagonal elements and bc < 0, or of c = 0. */
void dlanv2_(double *a, double *b, double *c, double *d, double *re, double *im, double *next_re,
             double *next_im, double *cosine, double *sine);

/* Is the number below the diagonal at j no more than rounding of those beside it? */
static int is_rounding(dense_t t, int j) {
    double size = fabs(dense_column(t, j)[j]) + fabs(dense_column(t, j + 1)[j + 1]);
    return fabs(dense_column(t, j)[j + 1]) <= DBL_EPSILON * size;
}

static void turn_block(vectors_t *v, int j) {
    int n = v->schur.n;
    double *x = dense_column(v->schur.t, j), *y = dense_column(v->schur.t, j + 1);
    double *re = v->schur.real + j, *im = v->schur.imaginary + j;
    turn_t turn = {.at = j};
    dlanv2_(&x[j], &y[j], &x[j + 1], &y[j + 1], &re[0], &im[0], &re[1], &im[1], &turn.cosine,
            &turn.sine);
    if (turn.sine == 0) return;
    cblas_drot(j, x, 1, y, 1, turn.cosine, turn.sine);
    if (j + 2 < n) cblas_drot(n - j - 2, y + n + j, n, y + n + j + 1, n, turn.cosine, turn.sine);
    v->turns[v->turn_count++] = turn;
}

/* PDHSEQR may leave blocks of two real eigenvalues, or pairs of unlike diagonal elements, which
 * dtrevc does not bear. Eigenvalues are those of the blocks, in the order of T's diagonal. */
static status_t standardise(vectors_t *v) {
    dense_t t = v->schur.t;
    int n = v->schur.n;
    for (int j = 0; j + 1 < n; j++)
        if (is_rounding(t, j)) dense_column(t, j)[j + 1] = 0;
    for (int j = 0; j < n; j++) {
        v->schur.real[j] = dense_column(t, j)[j];
        if (j + 1 >= n || dense_column(t, j)[j + 1] == 0) continue;
        CHECK(j + 2 >= n || dense_column(t, j + 1)[j + 2] == 0, STATUS_FAILED,
              "spectral: the Schur form over %d ranks has a block of more than two at %d; profile "
              "with one rank per layer",
              v->algebra->ranks, j);
        turn_block(v, j++);
    }
    return STATUS_OK;
}

/* m = R^T m R, where T here is R^T T R */
static void turn_all(const vectors_t *v, double *m) {
    size_t n = (size_t)v->schur.n;
    for (const turn_t *turn = v->turns; turn < v->turns + v->turn_count; turn++) {
        double *x = m + (size_t)turn->at * n;
        cblas_drot((int)n, x, 1, x + n, 1, turn->cosine, turn->sine);
        x = m + turn->at;
        cblas_drot((int)n, x, (int)n, x + 1, (int)n, turn->cosine, turn->sine);
    }
}

/* --- eigenvectors --- */

static void normalise(const vectors_t *v, dense_t vectors) {
    for (int k = 0; k < v->mine; k++) {
        int count = 1 + starts_pair(v, v->column[k]);
        double norm = 0;
        for (int i = k; i < k + count; i++)
            norm = hypot(norm, cblas_dnrm2(vectors.rows, dense_column(vectors, i), 1));
        for (int i = k; i < k + count; i++)
            cblas_dscal(vectors.rows, 1 / norm, dense_column(vectors, i), 1);
        k += count - 1;
    }
}

static double dot(dense_t a, int i, dense_t b, int j) {
    return cblas_ddot(a.rows, dense_column(a, i), 1, dense_column(b, j), 1);
}

/* |u^* v| of each eigenvalue, on every rank. */
static void find_overlaps(vectors_t *v) {
    double *overlap = v->schur.overlap;
    for (int k = 0; k < v->mine; k++) {
        int j = v->column[k], is_pair = starts_pair(v, j);
        double re = dot(v->right, k, v->left, k), im = 0;
        if (is_pair) {
            re += dot(v->right, k + 1, v->left, k + 1);
            im = dot(v->right, k, v->left, k + 1) - dot(v->right, k + 1, v->left, k);
            overlap[j + 1] = hypot(re, im);
        }
        overlap[j] = hypot(re, im);
        k += is_pair;
    }
    v->algebra->sum(v->algebra, overlap, v->schur.n);
}

static void solve(vectors_t *v) {
    int n = v->schur.n, found;
    lapack_logical *select = calloc((size_t)n, sizeof *select);
    for (int k = 0; select && k < v->mine; k++) select[v->column[k]] = 1;
    if (select && v->mine)
        LAPACKE_dtrevc_work(LAPACK_COL_MAJOR, 'B', 'S', select, n, v->whole, n, v->left.at,
                            v->left.ld, v->right.at, v->right.ld, v->mine, &found, v->at);
    free(select);
    normalise(v, v->right);
    normalise(v, v->left);
    find_overlaps(v);
}

/* --- kappa --- */

/* whole = this rank's columns of `from`, scaled as schur.c's real form has them, among zeros. */
static void spread(vectors_t *v, dense_t from, int divide_by_overlap) {
    size_t n = (size_t)v->schur.n;
    memset(v->whole, 0, n * n * sizeof *v->whole);
    for (int k = 0; k < v->mine; k++) {
        int j = v->column[k];
        double factor = v->schur.imaginary[j] != 0 ? sqrt(2) : 1;
        if (divide_by_overlap) factor /= v->schur.overlap[j];
        cblas_daxpy(v->schur.n, factor, dense_column(from, k), 1, v->whole + (size_t)j * n, 1);
    }
}

/* Of all columns, which come together on every rank: hundreds of products with vectors, each with a
 * sum over ranks in it, would take longer. T is lost. */
static double norm_of(vectors_t *v, dense_t from, int divide_by_overlap) {
    const algebra_t *a = v->algebra;
    int n = v->schur.n;
    spread(v, from, divide_by_overlap);
    for (int j = 0; j < n; j += DEAL)
        a->sum(a, v->whole + (size_t)j * (size_t)n, n * (n - j < DEAL ? n - j : DEAL));
    return dense_norm2((dense_t){n, n, n, v->whole}, v->at);
}

static double kappa(vectors_t *v) {
    for (int j = 0; j < v->schur.n; j++)
        if (v->schur.overlap[j] == 0) return INFINITY;
    double norm = norm_of(v, v->right, 0);
    return norm * norm_of(v, v->left, 1);
}

/* --- Kreiss --- */

static status_t find_kreiss(vectors_t *v, rksp_result_t *result) {
    const algebra_t *a = v->algebra;
    double found[3] = {0};
    arena_t arena = {0};
    status_t status = STATUS_OK;
    if (a->rank == 0) status = arena_create(kreiss_bytes(v->schur.n), &arena);
    found[2] = status != STATUS_OK;
    if (a->rank == 0 && status == STATUS_OK) {
        kreiss_t kreiss = kreiss_take(&arena, v->schur.n);
        kreiss_constants(&kreiss, &v->schur, &found[0], &found[1]);
    }
    arena_destroy(&arena);
    a->sum(a, found, 3);
    result->kreiss = found[0];
    result->kreiss_scaled = found[1];
    CHECK(found[2] == 0, STATUS_ENVIRONMENT, "out of memory for the Kreiss constants");
    return STATUS_OK;
}

/* --- residuals --- */

/* form[j] = u_j^T M u_j (of both columns of a pair) for this rank's left eigenvectors, M = Q^T m Q;
 * m and two more matrices are work. */
static void quadratic_forms(vectors_t *v, const share_t *q, share_t *m, share_t *product,
                            double *form) {
    const algebra_t *a = v->algebra;
    int n = v->schur.n;
    a->multiply('N', 'N', 1, m, q, 0, product);
    a->multiply('T', 'N', 1, q, product, 0, m);
    a->gather(m, v->whole);
    turn_all(v, v->whole);
    dense_multiply_nn(1, (dense_t){n, n, n, v->whole}, v->left, 0, v->work);
    memset(form, 0, (size_t)n * sizeof *form);
    for (int k = 0; k < v->mine; k++) {
        int j = v->column[k], is_pair = starts_pair(v, j);
        form[j] = dot(v->left, k, v->work, k);
        if (is_pair) form[j] += dot(v->left, k + 1, v->work, k + 1);
        if (is_pair) form[j + 1] = form[j];
        k += is_pair;
    }
    a->sum(a, form, n);
}

static void fill_diagonal(const double *weight, share_t *m) {
    const algebra_t *a = m->algebra;
    for (int j = 0; j < m->local_cols; j++)
        for (int i = 0; i < m->local_rows; i++)
            m->at[(size_t)j * (size_t)m->ld + (size_t)i] =
                a->row(m, i) == a->col(m, j) ? weight[a->col(m, j)] : 0;
}

static status_t find_residuals(vectors_t *v, const share_t *q, const share_t *e,
                               const double *weight, double *residual) {
    const algebra_t *a = v->algebra;
    int n = v->schur.n;
    share_t m = {0}, product = {0};
    status_t status = a->take(a, n, n, &m);
    if (status == STATUS_OK) status = a->take(a, n, n, &product);
    if (status == STATUS_OK) {
        a->copy(e, 0, 0, &m);
        quadratic_forms(v, q, &m, &product, residual);
        fill_diagonal(weight, &m);
        quadratic_forms(v, q, &m, &product, v->at);
        for (int j = 0; j < n; j++) residual[j] = sqrt(fmax(residual[j], 0) / v->at[j]);
    }
    share_drop(&m);
    share_drop(&product);
    return status;
}

status_t shared_vectors(const rksp_options_t *options, const share_t *t, const share_t *q,
                        double *re, double *im, const share_t *e, const double *weight,
                        double *residual, rksp_result_t *result) {
    size_t n = (size_t)t->rows;
    status_t status;
    vectors_t v;
    TRY_OR_DONE(take(t->algebra, t->rows, &v));
    t->algebra->gather(t, v.whole);
    TRY_OR_DONE(standardise(&v));
    memcpy(re, v.schur.real, n * sizeof *re);
    memcpy(im, v.schur.imaginary, n * sizeof *im);
    TRY_OR_DONE(take_columns(&v));
    solve(&v);
    result->henrici = schur_henrici(&v.schur);
    if (options->kreiss) TRY_OR_DONE(find_kreiss(&v, result));
    result->kappa_v = kappa(&v);
    TRY_OR_DONE(find_residuals(&v, q, e, weight, residual));
done:
    drop(&v);
    return status;
}
