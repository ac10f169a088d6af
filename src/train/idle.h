/* idle.h: options that a sweep sets but that its trials are too short for, and arms that change
 * nothing in some configurations. They are no error, since lengths and switches may vary within a
 * sweep, but hardly meant: plan and run say so. */
#ifndef TRAIN_IDLE_H
#define TRAIN_IDLE_H

#include "plan/plan.h"

/* Calls say(context, sentence) for each such arm and option. */
void idle_options(const plan_t *plan, void (*say)(void *context, const char *sentence),
                  void *context);

#endif
