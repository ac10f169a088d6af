/* The sum of squares, in double whatever `flt` is. */
#include "kernel/vector/block.h"

#ifdef DEVICE

ROWS(add_squares, c, block, blocks_of(c->x[0])) {
    const flt *x = block_at(c->x[0], block);
    double sum = 0;
    LANES(i, block_length(c->x[0], block)) sum += (double)x[i] * (double)x[i];
    sum = team_sum(sum);
    if (team_leads()) team_result(c)[0] += sum;
}

static void square_sum(const call_t *call) {
    PLACED(run_with_shares)(add_squares, call, VALUES, 0, 1);
}

#else

#include "kernel/vector.h"

static void square_sum(const call_t *call) {
    const flt *x = call->x[0].at.v;
    call->result[0] += vector_dot(x, x, call->x[0].rows);
}

#endif

VECTOR_KERNEL(square_sum, square_sum)
