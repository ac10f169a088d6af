/* shares.h: memory for sums over rows that run side by side.
 *
 * Every team adds up the rows it works, in a place of its own; the shares are added up afterwards.
 * How many teams there are depends on shapes alone, so the same bits come out every time. */
#ifndef KERNEL_DEVICE_SHARES_H
#define KERNEL_DEVICE_SHARES_H

#include <stddef.h>

#include "kernel/op.h"

/* At most so many elements in all shares together, however many teams there might be. */
enum { SHARES_MAX = 1 << 22 };

/* Columns of all dx[k] that are wanted and in `sums`. */
INLINE long shares_columns(const call_t *call, unsigned sums) {
    long columns = 0;
    for (int k = 0; k < OP_INPUTS; k++)
        if (sums >> k & 1 && call->x[k].rows > 0) columns += call->x[k].cols;
    return columns;
}

/* Teams that have a share of so many columns each, of at most `most`. */
INLINE long shares_teams(long columns, long most) {
    long teams = columns > 0 ? SHARES_MAX / columns : most;
    if (teams < 1) teams = 1;
    return teams < most ? teams : most;
}

/* Bytes that call->shares must have for this operator on a device of `most` teams. */
INLINE size_t shares_bytes(const op_t *op, const call_t *call, long most) {
    long columns = shares_columns(call, op->sums);
    size_t sums = (size_t)(shares_teams(columns, most) * columns) * sizeof(flt);
    size_t results = op_is_term(op) ? (size_t)(most * RESULTS) * sizeof(double) : 0;
    return sums > results ? sums : results;
}

#endif
