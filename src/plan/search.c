#include "plan/search.h"

/* The searched axis is the last and varies fastest, arms stand inside it, replicas inside these. */
typedef struct shape {
    size_t rungs, arms, replicas;
} shape_t;

static shape_t shape_of(const plan_t *plan) {
    const spec_t *spec = plan_spec(plan);
    const search_t *search = spec_search(spec);
    return (shape_t){search ? search->rungs : 0, spec_arm_count(spec), (size_t)spec_replicas(spec)};
}

size_t search_ladders(const plan_t *plan) {
    shape_t shape = shape_of(plan);
    return shape.rungs ? plan_count(plan) / shape.rungs / shape.replicas : 0;
}

size_t search_ladder_of(const plan_t *plan, size_t trial) {
    shape_t shape = shape_of(plan);
    size_t config = trial / shape.replicas;
    return config / shape.arms / shape.rungs * shape.arms + config % shape.arms;
}

size_t search_first(const plan_t *plan, size_t ladder, size_t rung) {
    shape_t shape = shape_of(plan);
    size_t point = ladder / shape.arms * shape.rungs + rung;
    return (point * shape.arms + ladder % shape.arms) * shape.replicas;
}

static void spread_on(const plan_t *plan, size_t ladder, unsigned char *marks) {
    shape_t shape = shape_of(plan);
    unsigned char mark = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < shape.rungs * shape.replicas; i++) {
            size_t first = search_first(plan, ladder, i / shape.replicas);
            unsigned char *own = &marks[first + i % shape.replicas];
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
    return search_ladders(plan) * rounds * shape_of(plan).replicas;
}

search_step_t search_follow(const plan_t *plan, size_t ladder, search_look_t *look,
                            const void *context) {
    shape_t shape = shape_of(plan);
    double below = spec_search(plan_spec(plan))->below;
    search_step_t step = {.low = -1, .high = (int)shape.rungs, .next = -1};
    while (step.high - step.low > 1) {
        int middle = (step.low + step.high) / 2;
        size_t count[SEARCH_NO_RESULT + 1] = {0};
        size_t first = search_first(plan, ladder, (size_t)middle);
        for (size_t r = 0; r < shape.replicas; r++) count[look(context, first + r)]++;
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
