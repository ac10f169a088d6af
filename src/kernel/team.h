/* team.h: how the rows and elements of a kernel are shared out. Part of kernel.h.
 *
 * Rows are worked by teams, the elements of a row by the lanes of its team. The host has one team
 * of one lane: rows come one after the other, and LANES is a loop that vectorises. Devices:
 * device/team.h. */
#ifndef KERNEL_TEAM_H
#define KERNEL_TEAM_H

/* ROWS(name, call, i, rows) { body } runs the body for every row i = 0 .. rows-1, as kernel `name`.
 * `rows` is an expression of the call. */

/* LANES(j, n) runs what follows for the elements j = 0 .. n-1, an element always on the same lane.
 *
 *   team_sum(x), team_max(x)   over the lanes' own x; the same bits for every lane
 *   largest_of(x, n)           the largest of the elements this lane has; team_max makes it the
 *                              row's. A NaN may go unseen here; it shows in the sum that follows
 *   team_leads()               1 for one lane of the team
 *   team_owns(j)               1 for the lane that LANES gives element j
 *   team_share(m)              where to accumulate a sum over the rows of matrix m's shape
 *                              [1, cols]: a place of the team's own, all shares being added up
 *                              afterwards, in the order of teams; m = c->dx[k] with bit k of the
 *                              row's `sums`
 *   team_result(c)             c->result likewise; for team_leads() only
 *   TEAMS_ARE_PARALLEL         1 where rows are not worked in order */
/*   team_lane(), team_lanes()  which lane this is, of how many: at most LANES_MAX */
enum { DEVICE_LANES_MAX = 256 };

#ifdef DEVICE
enum { LANES_MAX = DEVICE_LANES_MAX };
#include "kernel/device/team.h"
#else

#define EXTERNAL

#define ROWS(name, call, i, rows)                                                                  \
    static inline void name##_row(const call_t *call, long i);                                     \
    static void name(const call_t *call) {                                                         \
        long name##_rows = (rows);                                                                 \
        for (long i = 0; i < name##_rows; i++) name##_row(call, i);                                \
    }                                                                                              \
    static inline void name##_row(const call_t *call, long i)

/* Elements are independent: without ivdep the planar value and tangent arrays exceed the compiler's
 * alias checks and the loop stays scalar. */
#define LANES(j, n)    _Pragma("GCC ivdep") for (long j = 0; j < (n); j++)
#define team_sum(x)    (x)
#define team_max(x)    (x)
#define team_leads()   1
#define team_lane()    0L
#define team_lanes()   1L
#define team_owns(j)   1
#define team_share(m)  ((m).at)
#define team_result(c) ((c)->result)
enum { TEAMS_ARE_PARALLEL = 0, LANES_MAX = 1 };

/* n > 0; in sixteen lanes: a plain maximum does not vectorise unless the compiler may forget NaN.
 */
INLINE flt largest_of(const flt *x, long n) {
    enum { WIDE = 16 };
    flt lane[WIDE];
    for (int k = 0; k < WIDE; k++) lane[k] = x[0];
    long whole = n - n % WIDE;
    for (long j = 0; j < whole; j += WIDE)
        for (int k = 0; k < WIDE; k++) lane[k] = x[j + k] > lane[k] ? x[j + k] : lane[k];
    for (long j = whole; j < n; j++) lane[0] = x[j] > lane[0] ? x[j] : lane[0];
    for (int k = 1; k < WIDE; k++) lane[0] = lane[k] > lane[0] ? lane[k] : lane[0];
    return lane[0];
}

#define run_forward(kernel, call, op)  kernel(call)
#define run_backward(kernel, call, op) kernel(call)

#endif
#endif
