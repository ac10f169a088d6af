#include "ranks/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "spectral/shared_profile.h"
#include "spectral/snapshots.h"

void group_open(MPI_Comm comm, double patience, group_t *g) {
    *g = (group_t){.comm = comm};
    MPI_Comm_rank(comm, &g->rank);
    MPI_Comm_size(comm, &g->size);
    if (g->size > 1) grid_open(comm, &g->grid);
    g->grid.patience = patience;
}

void group_close(group_t *g) {
    if (!g->size) return;
    if (g->size > 1) grid_close(&g->grid);
    rksp_destroy(&g->workspace);
    MPI_Comm_free(&g->comm);
    *g = (group_t){0};
}

/* --- one rank alone --- */

static status_t set_up(group_t *g, const order_t *order) {
    rksp_options_t rksp;
    if (memcmp(order, &g->order, sizeof *order) == 0) return STATUS_OK;
    rksp_destroy(&g->workspace);
    g->order = (order_t){0};
    TRY(profile_rksp_options(order->rank, order->values_only, order->width, &rksp));
    status_t status = rksp_create(order->width, order->samples, &rksp, &g->workspace);
    free((void *)rksp.basis);
    if (status == STATUS_OK) g->order = *order;
    return status;
}

/* --- several --- */

/* [N, d] as centred float64, one sample a column. STATUS_FAILED: not finite. */
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

static status_t measure_shared(group_t *g, const order_t *order, const double *x, const double *y,
                               double *lambda, double *residual, rksp_result_t *result) {
    rksp_options_t rksp;
    TRY(profile_rksp_options(0, order->values_only, order->width, &rksp));
    return shared_profile(&g->grid.algebra, &rksp, order->width, order->samples, x, y, lambda,
                          residual, result);
}

static void tell(group_t *g, order_t *order) {
    MPI_Bcast(order, sizeof *order, MPI_BYTE, 0, g->comm);
}

static status_t measure_together(group_t *g, const order_t *order, const flt *x, const flt *y,
                                 profile_row_t *row, double *lambda, double *residual) {
    double start = clock_seconds();
    size_t numbers = (size_t)order->samples * (size_t)order->width;
    order_t told = *order;
    double *centred = memory_take(2 * numbers, sizeof *centred, "states");
    status_t status = centre(order, "X", x, centred);
    if (status == STATUS_OK) status = centre(order, "Y", y, centred + numbers);
    if (status == STATUS_OK) {
        tell(g, &told);
        status =
            measure_shared(g, order, centred, centred + numbers, lambda, residual, &row->result);
    }
    if (status != STATUS_OK) profile_forget(&row->result);
    row->result.lambda = lambda;
    row->result.residual = residual;
    row->seconds = clock_seconds() - start;
    free(centred);
    return status;
}

void group_follow(group_t *g) {
    rksp_result_t result;
    order_t order = {0};
    for (;;) {
        tell(g, &order);
        if (order.is_last) return;
        double *modes = memory_take(3 * (size_t)order.width, sizeof *modes, "modes");
        /* the first has the same verdict */
        measure_shared(g, &order, NULL, NULL, modes, modes + 2 * order.width, &result);
        free(modes);
    }
}

void group_dismiss(group_t *g) {
    order_t last = {.is_last = 1};
    if (g->size > 1) tell(g, &last);
}

/* --- both: a projection has few modes, and the first rank of a group measures it alone --- */

status_t group_measure(group_t *g, const order_t *order, const flt *x, const flt *y,
                       profile_row_t *row, double *lambda, double *residual) {
    if (g->size > 1 && !order->rank) return measure_together(g, order, x, y, row, lambda, residual);
    profile_forget(&row->result);
    TRY(set_up(g, order));
    return profile_measure(g->workspace, order->width, x, y, row, lambda, residual);
}
