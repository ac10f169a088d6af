#include "cli/budget.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/file_sizes.h"
#include "kernel/gemm.h"
#include "plan/search.h"
#include "train/alike.h"
#include "train/costs.h"
#include "train/order_options.h"

/* Edge of the matrices whose product is timed, and the share of its speed that whole trials reach:
 * 0.69 to 0.73 in CPU time at widths 128 and 256, with and without probes. */
enum { MEASURE_EDGE = 256 };
#define TRAINING_SHARE 0.7

enum { OTHER_FILES = 3 }; /* the spec, its expanded form, the index */

rate_t budget_measure_rate(double seconds) {
    size_t numbers = (size_t)MEASURE_EDGE * MEASURE_EDGE;
    flt *memory = calloc(3 * numbers, sizeof *memory);
    rate_t rate = {NAN, "unknown: out of memory"};
    if (!memory) return rate;
    flt *a = memory, *b = a + numbers, *c = b + numbers;
    for (size_t i = 0; i < 2 * numbers; i++) memory[i] = (flt)(i % 7) - 3;
    gemm_start(1);
    double best = INFINITY, start = clock_seconds();
    while (clock_seconds() < start + seconds) {
        double before = clock_seconds();
        gemm(PLAIN, PLAIN, MEASURE_EDGE, MEASURE_EDGE, MEASURE_EDGE, a, MEASURE_EDGE, b,
             MEASURE_EDGE, 0, c, MEASURE_EDGE);
        best = fmin(best, clock_seconds() - before);
    }
    free(memory);
    rate.flops = TRAINING_SHARE * 2.0 * MEASURE_EDGE * MEASURE_EDGE * MEASURE_EDGE / best;
    rate.origin = "70 % of a matrix product timed on one core of this machine";
    return rate;
}

double budget_seconds(const budget_t *budget, rate_t rate, int workers) {
    double work = budget->flops / rate.flops + budget->running * BUDGET_TRIAL_SECONDS;
    return fmax(work / workers, budget->flops_max / rate.flops + BUDGET_TRIAL_SECONDS);
}

/* One configuration stands for all its replicas. */
static void add_cost(budget_t *budget, const trial_cost_t *cost, int is_screened, int replicas) {
    double screening_flops = is_screened ? cost->screening_flops : 0;
    int is_first = budget->configurations++ == 0;
    budget->trials += (size_t)replicas;
    budget->flops += (cost->flops + screening_flops) * replicas;
    budget->screening_flops += screening_flops * replicas;
    budget->flops_max = fmax(budget->flops_max, cost->flops);
    budget->bytes_max = fmax(budget->bytes_max, cost->bytes);
    budget->parameters_max = fmax(budget->parameters_max, cost->parameters);
    budget->parameters_min =
        is_first ? cost->parameters : fmin(budget->parameters_min, cost->parameters);
}

status_t budget_create(const plan_t *plan, trial_estimator_t *estimate, budget_t *budget) {
    int replicas = spec_replicas(plan_spec(plan));
    int is_screened = order_options(plan_trial(plan, 0)->config).by == ORDER_BY_SCORE;
    costs_t costs = {0};
    alike_t alike = {0};
    status_t status;
    *budget = (budget_t){0};
    TRY_OR_DONE(costs_create(plan, estimate, &costs));
    TRY_OR_DONE(alike_create(plan, &alike));
    for (size_t i = 0; i < plan_count(plan); i += (size_t)replicas) {
        int is_measured = is_screened && alike.first[i] == i; /* for all that begin alike */
        add_cost(budget, &costs_of(&costs, i)->cost, is_measured, replicas);
        budget->disk_bytes += replicas * file_sizes_trial(plan_trial(plan, i)->config);
    }
    double trials = (double)budget->trials;
    budget->running = search_ladders(plan) ? (double)search_trials(plan) : trials;
    budget->flops *= budget->running / trials;
    budget->files = trials + OTHER_FILES;
    budget->disk_bytes += file_sizes_index(plan);
done:
    costs_destroy(&costs);
    alike_destroy(&alike);
    return status;
}
