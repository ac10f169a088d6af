/* turns.h: whose turn it is in a run: its order (policy/order.h), from the sweep's options
 * "order.*" and the scores that were measured before the first trial.
 *
 *   RUN/order       which order the last run went by: BY FIRST AUDIT; none: the longest first. The
 *                   options may have changed since the run began, and --until-ci has a say
 *   RUN/screening.NAME   of a score, a line per trial: ID SCORE; only ever added to, by the master.
 *                   A line that a crash has torn is cut off (base/lines.h): that trial is screened
 *                   again, to the same bits
 *   RUN/turns       for people and other programs, written when a run ends: a line per trial, by
 *                   turn: TURN ID AUDIT STATE CHANCE; CHANCE as of then, 0: ended out of turn, or
 *                   not at all */
#ifndef RUNDIR_TURNS_H
#define RUNDIR_TURNS_H

#include "base/frame.h"
#include "plan/plan.h"
#include "policy/order.h"
#include "train/order_options.h"
#include "train/train.h"

/* Notes the order that this run goes by. Master only. */
status_t turns_keep_order(const char *run_dir, const order_options_t *options);

/* Fills in what the screening by that score has found: score [plan_count] and is_known
 * [plan_count], which must be 0 before. Returns how many trials are known. */
size_t turns_read_scores(const char *run_dir, const char *name, const plan_t *plan, double *score,
                         unsigned char *is_known);

/* Adds a line. A disk that does not take it is STATUS_ENVIRONMENT. Master only. */
status_t turns_add_score(const char *run_dir, const char *name, const trial_t *trial, double score);

/* The order that the options ask for; of count 0 when by length. `score` [plan_count] is only
 * looked at when by score. */
status_t turns_order(const plan_t *plan, const order_options_t *options, const double *score,
                     order_t *order);

/* That of the last run, from its files. STATUS_INCOMPLETE: its screening is not over. */
status_t turns_load(const char *run_dir, const plan_t *plan, order_t *order);

/* Adds the column order/inclusion to the table of all trials: the chance that each has a result by
 * now; none when the sweep goes by length. STATUS_INCOMPLETE: its screening is not over. */
status_t turns_weigh(const char *run_dir, const plan_t *plan, frame_t *trials);

/* Writes RUN/turns for a sweep in those states [plan_count]; nothing when it goes by length, or is
 * still being screened. Holder only. */
status_t turns_write(const char *run_dir, const plan_t *plan, const trial_state_t *states);

#endif
