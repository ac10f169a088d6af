#include "ranks/ranks.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "grid/scalapack.h"
#include "spectral/shared_values.h"
#include "spectral/snapshots.h"

#define MPI_FLT (sizeof(flt) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE)

enum { TAG = 1 };

/* What rank 0 asks for. */
typedef enum { ORDER_LEAVE, ORDER_ALONE, ORDER_TOGETHER } order_kind_t;
typedef struct order {
    order_kind_t kind;
    int width, samples, rank, values_only;
} order_t;

/* What a rank has found, followed by lambda and residual where rank > 0. */
typedef struct finding {
    profile_row_t row; /* its pointers mean nothing here */
    status_t status;
    char message[256];
} finding_t;

/* Where the finding of a rank at work belongs. */
typedef struct pending {
    profile_row_t *row; /* NULL: the rank is free */
    double *lambda, *residual;
} pending_t;

struct ranks {
    int rank, count;
    grid_t grid;
    order_t order;      /* of the profile under way */
    pending_t *pending; /* owned [count]            */
};

status_t ranks_open(ranks_t **out) {
    ranks_t *r = *out = memory_take(1, sizeof *r, "ranks");
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &r->count);
    grid_open(MPI_COMM_WORLD, &r->grid);
    r->pending = memory_take((size_t)r->count, sizeof *r->pending, "ranks");
    return STATUS_OK;
}

void ranks_close(ranks_t **ranks) {
    if (!*ranks) return;
    grid_close(&(*ranks)->grid);
    MPI_Finalize();
    free((*ranks)->pending);
    free(*ranks);
    *ranks = NULL;
}

int ranks_rank(const ranks_t *r) { return r->rank; }

int ranks_count(const ranks_t *r) { return r->count; }

/* --- one transition, by one rank --- */

static void send_states(const order_t *order, const flt *x, const flt *y, int to) {
    int numbers = order->samples * order->width;
    MPI_Send(order, sizeof *order, MPI_BYTE, to, TAG, MPI_COMM_WORLD);
    MPI_Send(x, numbers, MPI_FLT, to, TAG, MPI_COMM_WORLD);
    MPI_Send(y, numbers, MPI_FLT, to, TAG, MPI_COMM_WORLD);
}

/* Waits for the finding of any rank; returns which one is free now. */
static int collect(ranks_t *r, status_t *status) {
    finding_t finding;
    MPI_Status from;
    MPI_Recv(&finding, sizeof finding, MPI_BYTE, MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &from);
    pending_t *p = &r->pending[from.MPI_SOURCE];
    int modes = finding.row.result.rank;
    MPI_Recv(p->lambda, 2 * modes, MPI_DOUBLE, from.MPI_SOURCE, TAG, MPI_COMM_WORLD, &from);
    MPI_Recv(p->residual, modes, MPI_DOUBLE, from.MPI_SOURCE, TAG, MPI_COMM_WORLD, &from);
    *p->row = finding.row;
    p->row->result.lambda = p->lambda;
    p->row->result.residual = p->residual;
    p->row = NULL;
    *status = finding.status;
    if (*status != STATUS_OK) status_fail(*status, "%s", finding.message);
    if (*status == STATUS_FAILED) log_warning("a transition has no profile: %s", status_message());
    if (*status == STATUS_FAILED) *status = STATUS_OK;
    return from.MPI_SOURCE;
}

static status_t hand_out(void *context, const flt *x, const flt *y, profile_row_t *row,
                         double *lambda, double *residual) {
    ranks_t *r = context;
    status_t status = STATUS_OK;
    int free_rank = 1;
    while (free_rank < r->count && r->pending[free_rank].row) free_rank++;
    if (free_rank == r->count) free_rank = collect(r, &status);
    TRY(status);
    r->pending[free_rank] = (pending_t){row, lambda, residual};
    send_states(&r->order, x, y, free_rank);
    return STATUS_OK;
}

/* Also after a failure every finding is taken: the ranks wait to be rid of it. */
static status_t collect_all(void *context) {
    ranks_t *r = context;
    status_t status = STATUS_OK, one;
    for (int k = 1; k < r->count; k++) {
        if (!r->pending[k].row) continue;
        collect(r, &one);
        if (status == STATUS_OK) status = one;
        k = 0;
    }
    return status;
}

/* On a rank: its states, workspace and arrays for orders of one kind. */
typedef struct bench {
    order_t order;
    rksp_workspace_t *workspace;
    flt *x, *y;
    double *lambda, *residual;
} bench_t;

static void clear_bench(bench_t *b) {
    rksp_destroy(&b->workspace);
    free(b->x);
    free(b->lambda);
    *b = (bench_t){0};
}

static status_t set_up(const order_t *order, bench_t *b) {
    rksp_options_t rksp;
    size_t numbers = (size_t)order->samples * (size_t)order->width;
    if (memcmp(order, &b->order, sizeof *order) == 0) return STATUS_OK;
    clear_bench(b);
    b->x = memory_take(2 * numbers, sizeof *b->x, "states");
    b->y = b->x + numbers;
    b->lambda = memory_take(3 * (size_t)order->width, sizeof *b->lambda, "modes");
    b->residual = b->lambda + 2 * order->width;
    TRY(profile_rksp_options(order->rank, order->values_only, order->width, &rksp));
    status_t status = rksp_create(order->width, order->samples, &rksp, &b->workspace);
    free((void *)rksp.basis);
    if (status == STATUS_OK) b->order = *order;
    return status;
}

static void measure_alone(const order_t *order, bench_t *b) {
    MPI_Status from;
    int numbers = order->samples * order->width;
    finding_t finding = {.status = set_up(order, b)};
    MPI_Recv(b->x, numbers, MPI_FLT, 0, TAG, MPI_COMM_WORLD, &from);
    MPI_Recv(b->y, numbers, MPI_FLT, 0, TAG, MPI_COMM_WORLD, &from);
    profile_forget(&finding.row.result);
    if (finding.status == STATUS_OK)
        finding.status = profile_measure(b->workspace, order->width, b->x, b->y, &finding.row,
                                         b->lambda, b->residual);
    strncpy(finding.message, status_message(), sizeof finding.message - 1);
    int modes = finding.row.result.rank;
    MPI_Send(&finding, sizeof finding, MPI_BYTE, 0, TAG, MPI_COMM_WORLD);
    MPI_Send(b->lambda, 2 * modes, MPI_DOUBLE, 0, TAG, MPI_COMM_WORLD);
    MPI_Send(b->residual, modes, MPI_DOUBLE, 0, TAG, MPI_COMM_WORLD);
}

/* --- one transition, by all ranks --- */

/* [N, d] of rank 0 as centred float64, one sample a column. STATUS_FAILED: not finite. */
static status_t centre(const order_t *order, const char *name, const flt *from, double *to) {
    double *mean = memory_take((size_t)order->width, sizeof *mean, "a mean");
    const dense_t m = {order->width, order->samples, order->width, to};
#ifdef REAL64
    status_t status = snapshots_centre_f64(name, from, order->width, m, mean);
#else
    status_t status = snapshots_centre_f32(name, from, order->width, m, mean);
#endif
    free(mean);
    return status;
}

static status_t measure_shared(ranks_t *r, const order_t *order, const double *x, const double *y,
                               double *lambda, rksp_result_t *result) {
    rksp_options_t rksp;
    TRY(profile_rksp_options(0, 1, order->width, &rksp));
    return shared_values(&r->grid.algebra, &rksp, order->width, order->samples, x, y, lambda,
                         result);
}

/* Rank 0's share of it: the others follow an order that is sent to all. */
static status_t measure_together(void *context, const flt *x, const flt *y, profile_row_t *row,
                                 double *lambda, double *residual) {
    ranks_t *r = context;
    double start = clock_seconds();
    size_t numbers = (size_t)r->order.samples * (size_t)r->order.width;
    double *centred = memory_take(2 * numbers, sizeof *centred, "states");
    status_t status = centre(&r->order, "X", x, centred);
    if (status == STATUS_OK) status = centre(&r->order, "Y", y, centred + numbers);
    if (status == STATUS_OK) {
        for (int k = 1; k < r->count; k++)
            MPI_Send(&r->order, sizeof r->order, MPI_BYTE, k, TAG, MPI_COMM_WORLD);
        status = measure_shared(r, &r->order, centred, centred + numbers, lambda, &row->result);
    }
    if (status != STATUS_OK) profile_forget(&row->result);
    row->result.lambda = lambda;
    row->result.residual = residual;
    row->seconds = clock_seconds() - start;
    free(centred);
    return status;
}

static void follow(ranks_t *r, const order_t *order) {
    rksp_result_t result;
    double *lambda = memory_take(2 * (size_t)order->width, sizeof *lambda, "modes");
    measure_shared(r, order, NULL, NULL, lambda, &result); /* rank 0 has the same verdict */
    free(lambda);
}

static status_t finish_together(void *context) {
    (void)context;
    return STATUS_OK;
}

/* --- both --- */

status_t ranks_serve(ranks_t *r) {
    bench_t bench = {0};
    order_t order;
    MPI_Status from;
    for (;;) {
        MPI_Recv(&order, sizeof order, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, &from);
        if (order.kind == ORDER_LEAVE) break;
        if (order.kind == ORDER_ALONE)
            measure_alone(&order, &bench);
        else
            follow(r, &order);
    }
    clear_bench(&bench);
    return STATUS_OK;
}

void ranks_dismiss(ranks_t *r) {
    const order_t leave = {.kind = ORDER_LEAVE};
    collect_all(r);
    for (int k = 1; k < r->count; k++)
        MPI_Send(&leave, sizeof leave, MPI_BYTE, k, TAG, MPI_COMM_WORLD);
}

status_t ranks_measurer(ranks_t *r, int together, const profile_options_t *options, int width,
                        int64_t samples, measurer_t *measurer) {
    CHECK(samples * width <= 1 << 30, STATUS_SPEC,
          "%lld states of %d numbers are more than ranks can be sent at once; lower --samples",
          (long long)samples, width);
    CHECK(!together || (options->values_only && !options->rank), STATUS_SPEC,
          "ranks together measure what eigenvalues alone tell, and no projection: add --measure "
          "values --convention full, or leave --ranks-per-layer out");
    r->order = (order_t){.kind = together ? ORDER_TOGETHER : ORDER_ALONE,
                         .width = width,
                         .samples = (int)samples,
                         .rank = options->rank,
                         .values_only = options->values_only};
    *measurer = together ? (measurer_t){measure_together, finish_together, r}
                         : (measurer_t){hand_out, collect_all, r};
    return STATUS_OK;
}
