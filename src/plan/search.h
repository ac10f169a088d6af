/* search.h: which trials of a plan with a search (spec/search.h) run: a bisection, in which every
 * rung is asked once, with all its replicas.
 *
 * Each combination of the other options and of the arm has a ladder of its own. The rung in the
 * middle of what is still open runs first; when all its replicas have ended, those above are open
 * if the rate of divergence stayed below the limit, those below if not. After `rounds` rungs the
 * search is over, and what it did not come to is not needed. The next rung is a function of
 * outcomes alone, not of the order in which they came: any number of ranks, however interrupted,
 * takes the same way. */
#ifndef PLAN_SEARCH_H
#define PLAN_SEARCH_H

#include "plan/plan.h"

/* What is known of one trial. */
typedef enum { SEARCH_OPEN, SEARCH_STABLE, SEARCH_DIVERGED, SEARCH_NO_RESULT } search_outcome_t;
typedef search_outcome_t search_look_t(const void *context, size_t trial);

/* How far a ladder has come. */
typedef struct search_step {
    int low, high; /* rungs up to `low` (-1: none) count as stable, from `high` on as unstable   */
    int next;      /* the rung that is to run, or runs; -1 = the search is over                  */
} search_step_t;

size_t search_ladders(const plan_t *plan); /* 0 = the plan has no search */

/* Follows one ladder as far as outcomes go. A rung all of whose trials ended without result ends
 * the search: nothing can be said of it. */
search_step_t search_follow(const plan_t *plan, size_t ladder, search_look_t *look,
                            const void *context);

/* The ladder of a trial; the trials of a rung are the plan's `replicas` from search_first on. */
size_t search_ladder_of(const plan_t *plan, size_t trial);
size_t search_first(const plan_t *plan, size_t ladder, size_t rung);

/* Marks all trials of the ladders on which a marked one stands (marks[trial] != 0): a result that
 * is taken back may turn its search to rungs that it had left out. */
void search_spread(const plan_t *plan, unsigned char *marks);

/* How many trials run at most. */
size_t search_trials(const plan_t *plan);

#endif
