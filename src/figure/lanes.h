/* lanes.h: which rank did what when, as the run's journal tells it. */
#ifndef FIGURE_LANES_H
#define FIGURE_LANES_H

#include "plan/plan.h"

/* One attempt at one trial. */
typedef struct bar {
    size_t trial;      /* index in the plan                         */
    size_t lane;       /* of lanes_t.names                          */
    double begin, end; /* seconds since the first                   */
    int has_ended;     /* 1: with a result; 0: stopped, lost, ...   */
    int diverged;
} bar_t;

typedef struct lanes {
    bar_t *bars; /* owned */
    size_t bar_count;
    char **names; /* owned [count] of owned names, "host rank 3" */
    size_t count;
    double seconds; /* from the first to the last                         */
    double busy;    /* share of lanes times seconds spent on trials, 0..1 */
} lanes_t;

/* Nothing where there is no journal. */
lanes_t lanes_read(const char *run_dir, const plan_t *plan);
void lanes_free(lanes_t *lanes); /* {0} is fine */

#endif
