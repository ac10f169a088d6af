#include "ranks/ranks.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "ranks/group.h"

#define MPI_FLT (sizeof(flt) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE)

enum { TAG = 1 };

/* What a group has found, followed by lambda and residual where rank > 0. */
typedef struct finding {
    profile_row_t row; /* its pointers mean nothing here */
    status_t status;
    char message[256];
} finding_t;

/* Where the finding of a group at work belongs. */
typedef struct pending {
    profile_row_t *row; /* NULL: the group is free */
    double *lambda, *residual;
} pending_t;

struct ranks {
    int rank, count, per_layer;
    group_t group;
    order_t order;      /* of the profile under way                     */
    pending_t *pending; /* owned [count], of the first ranks of groups */
};

int ranks_needed(int count, int per_layer) { return count == per_layer ? count : count + 1; }

static int is_one_group(const ranks_t *r) { return r->per_layer == r->count; }

static status_t check_groups(const ranks_t *r) {
    int rest = is_one_group(r) ? 0 : (r->count - 1) % r->per_layer;
    CHECK(r->count > 1 || r->per_layer == 1, STATUS_SPEC,
          "--ranks-per-layer: there is one rank; give 1, or start more");
    CHECK(r->per_layer <= r->count && !rest, STATUS_SPEC,
          "--ranks-per-layer: of %d ranks one reads, and %d make no groups of %d; start %d or %d",
          r->count, r->count - 1, r->per_layer, r->per_layer,
          ((r->count - 1) / r->per_layer + 1) * r->per_layer + 1);
    return STATUS_OK;
}

/* A rank in no group is one of its own communicator, which nobody asks. */
static void form_groups(ranks_t *r, double patience) {
    MPI_Comm comm;
    int number = is_one_group(r) ? 0 : (r->rank - 1 + r->per_layer) / r->per_layer;
    MPI_Comm_split(MPI_COMM_WORLD, number, r->rank, &comm);
    group_open(comm, patience, &r->group);
}

status_t ranks_open(int per_layer, double patience, ranks_t **out) {
    ranks_t *r = *out = memory_take(1, sizeof *r, "ranks");
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &r->count);
    r->per_layer = per_layer;
    r->pending = memory_take((size_t)r->count, sizeof *r->pending, "ranks");
    TRY(check_groups(r));
    form_groups(r, patience);
    return STATUS_OK;
}

void ranks_close(ranks_t **ranks) {
    if (!*ranks) return;
    group_close(&(*ranks)->group);
    MPI_Finalize();
    free((*ranks)->pending);
    free(*ranks);
    *ranks = NULL;
}

int ranks_rank(const ranks_t *r) { return r->rank; }

int ranks_count(const ranks_t *r) { return r->count; }

/* --- rank 0 --- */

static void send_states(const order_t *order, const flt *x, const flt *y, int to) {
    int numbers = order->samples * order->width;
    MPI_Send(order, sizeof *order, MPI_BYTE, to, TAG, MPI_COMM_WORLD);
    MPI_Send(x, numbers, MPI_FLT, to, TAG, MPI_COMM_WORLD);
    MPI_Send(y, numbers, MPI_FLT, to, TAG, MPI_COMM_WORLD);
}

/* Waits for the finding of any group; returns the first rank of that, which is free now. */
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
    int first = 1;
    while (first < r->count && r->pending[first].row) first += r->per_layer;
    if (first >= r->count) first = collect(r, &status);
    TRY(status);
    r->pending[first] = (pending_t){row, lambda, residual};
    send_states(&r->order, x, y, first);
    return STATUS_OK;
}

/* Also after a failure every finding is taken: the groups wait to be rid of it. */
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

/* All ranks are one group, of which rank 0 is the first. */
static status_t measure_with_all(void *context, const flt *x, const flt *y, profile_row_t *row,
                                 double *lambda, double *residual) {
    ranks_t *r = context;
    return group_measure(&r->group, &r->order, x, y, row, lambda, residual);
}

static status_t finish_with_all(void *context) {
    (void)context;
    return STATUS_OK;
}

void ranks_dismiss(ranks_t *r) {
    const order_t last = {.is_last = 1};
    collect_all(r);
    if (is_one_group(r)) {
        group_dismiss(&r->group);
        return;
    }
    for (int first = 1; first < r->count; first += r->per_layer)
        MPI_Send(&last, sizeof last, MPI_BYTE, first, TAG, MPI_COMM_WORLD);
}

status_t ranks_measurer(ranks_t *r, const profile_options_t *options, int width, int64_t samples,
                        measurer_t *measurer) {
    CHECK(samples * width <= 1 << 30, STATUS_SPEC,
          "%lld states of %d numbers are more than ranks can be sent at once; lower --samples",
          (long long)samples, width);
    r->order = (order_t){.width = width,
                         .samples = (int)samples,
                         .rank = options->rank,
                         .values_only = options->values_only};
    *measurer = is_one_group(r) ? (measurer_t){measure_with_all, finish_with_all, r}
                                : (measurer_t){hand_out, collect_all, r};
    return STATUS_OK;
}

/* --- the first rank of a group --- */

static void send_finding(finding_t *finding, const double *lambda, const double *residual) {
    int modes = finding->row.result.rank;
    strncpy(finding->message, status_message(), sizeof finding->message - 1);
    MPI_Send(finding, sizeof *finding, MPI_BYTE, 0, TAG, MPI_COMM_WORLD);
    MPI_Send(lambda, 2 * modes, MPI_DOUBLE, 0, TAG, MPI_COMM_WORLD);
    MPI_Send(residual, modes, MPI_DOUBLE, 0, TAG, MPI_COMM_WORLD);
}

static void carry_out(ranks_t *r, const order_t *order) {
    MPI_Status from;
    int numbers = order->samples * order->width;
    finding_t finding = {0};
    flt *x = memory_take(2 * (size_t)numbers, sizeof *x, "states"), *y = x + numbers;
    double *lambda = memory_take(3 * (size_t)order->width, sizeof *lambda, "modes");
    double *residual = lambda + 2 * order->width;
    MPI_Recv(x, numbers, MPI_FLT, 0, TAG, MPI_COMM_WORLD, &from);
    MPI_Recv(y, numbers, MPI_FLT, 0, TAG, MPI_COMM_WORLD, &from);
    finding.status = group_measure(&r->group, order, x, y, &finding.row, lambda, residual);
    send_finding(&finding, lambda, residual);
    free(lambda);
    free(x);
}

status_t ranks_serve(ranks_t *r) {
    order_t order;
    MPI_Status from;
    if (r->group.rank > 0) {
        group_follow(&r->group);
        return STATUS_OK;
    }
    for (;;) {
        MPI_Recv(&order, sizeof order, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, &from);
        if (order.is_last) break;
        carry_out(r, &order);
    }
    group_dismiss(&r->group);
    return STATUS_OK;
}
