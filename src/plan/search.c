#include "plan/search.h"

#include "plan/configs.h"

static size_t rungs_of(const plan_t *plan) { return spec_search(plan_spec(plan))->rungs; }

static size_t replicas_of(const plan_t *plan) { return (size_t)spec_replicas(plan_spec(plan)); }

size_t search_ladders(const plan_t *plan) { return plan_configs(plan)->ladder_count; }

size_t search_ladder_of(const plan_t *plan, size_t trial) {
    return plan_configs(plan)->ladder_of[trial / replicas_of(plan)];
}

size_t search_first(const plan_t *plan, size_t ladder, size_t rung) {
    return plan_configs(plan)->ladders[ladder * rungs_of(plan) + rung] * replicas_of(plan);
}

static void spread_on(const plan_t *plan, size_t ladder, unsigned char *marks) {
    size_t rungs = rungs_of(plan), replicas = replicas_of(plan);
    unsigned char mark = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < rungs * replicas; i++) {
            size_t first = search_first(plan, ladder, i / replicas);
            unsigned char *own = &marks[first + i % replicas];
            if (pass == 0)
                mark |= *own;
            else
                *own |= mark;
        }
}

void search_spread(const plan_t *plan, unsigned char *marks) {
    for (size_t ladder = 0; ladder < search_ladders(plan); ladder++) spread_on(plan, ladder, marks);
}

size_t search_trials(const plan_t *plan) {
    size_t rounds = (size_t)spec_search(plan_spec(plan))->rounds;
    return search_ladders(plan) * rounds * replicas_of(plan);
}

search_step_t search_follow(const plan_t *plan, size_t ladder, search_look_t *look,
                            const void *context) {
    size_t replicas = replicas_of(plan);
    double below = spec_search(plan_spec(plan))->below;
    search_step_t step = {.low = -1, .high = (int)rungs_of(plan), .next = -1};
    while (step.high - step.low > 1) {
        int middle = (step.low + step.high) / 2;
        size_t count[SEARCH_NO_RESULT + 1] = {0};
        size_t first = search_first(plan, ladder, (size_t)middle);
        for (size_t r = 0; r < replicas; r++) count[look(context, first + r)]++;
        size_t results = count[SEARCH_STABLE] + count[SEARCH_DIVERGED];
        if (count[SEARCH_OPEN]) step.next = middle;
        if (count[SEARCH_OPEN] || !results) return step;
        if ((double)count[SEARCH_DIVERGED] < below * (double)results)
            step.low = middle;
        else
            step.high = middle;
    }
    return step;
}
