/* Searches: the ladder that a sweep file spans, and the way a bisection takes on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/sample.h"
#include "plan/search.h"

#define HEAD "name: a\nreplicas: 3\n"
#define LADDERS                                                                                    \
    HEAD "axes: {product: {model.norm: [none, pre_ln]}}\n"                                         \
         "search: {key: train.lr, from: 1e-3, to: 1e-1, rounds: 4, below: 0.5}\n"                  \
         "arms: {base: {}, bias: {model.bias: true}}\n"
enum { RUNGS = 15, REPLICAS = 3, ARMS = 2, NORMS = 2 };

static void the_ladder_is_even_in_logarithms(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    assert_int_equal(plan_count(s.plan), RUNGS * REPLICAS * ARMS * NORMS);
    assert_int_equal(search_ladders(s.plan), ARMS * NORMS);
    assert_int_equal(search_trials(s.plan), ARMS * NORMS * 4 * REPLICAS);
    const struct {
        size_t rung;
        const char *lr;
    } known[] = {{0, "0.00133"}, {3, "0.00316"}, {7, "0.01"}, {14, "0.075"}};
    for (size_t i = 0; i < 4; i++) {
        size_t first = search_first(s.plan, 0, known[i].rung);
        assert_string_equal(config_text(plan_trial(s.plan, first)->config, "train.lr"),
                            known[i].lr);
    }
    close_sample(&s);
}

/* The trials of a ladder differ in rung and replica alone, and every trial is on one. */
static void every_trial_is_on_one_ladder(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    int seen[RUNGS * REPLICAS * ARMS * NORMS] = {0};
    for (size_t ladder = 0; ladder < ARMS * NORMS; ladder++) {
        const trial_t *first = plan_trial(s.plan, search_first(s.plan, ladder, 0));
        for (size_t rung = 0; rung < RUNGS; rung++)
            for (size_t r = 0; r < REPLICAS; r++) {
                size_t at = search_first(s.plan, ladder, rung) + r;
                const trial_t *trial = plan_trial(s.plan, at);
                assert_int_equal(search_ladder_of(s.plan, at), ladder);
                assert_string_equal(trial->arm, first->arm);
                assert_string_equal(config_text(trial->config, "model.norm"),
                                    config_text(first->config, "model.norm"));
                assert_int_equal(trial->replica, r);
                seen[at]++;
            }
    }
    for (size_t i = 0; i < plan_count(s.plan); i++) assert_int_equal(seen[i], 1);
    close_sample(&s);
}

/* Outcomes laid down: rungs from `cliff` on diverge, those asked so far are known. */
typedef struct world {
    const plan_t *plan;
    size_t ladder;
    int cliff, is_known[RUNGS];
} world_t;

static search_outcome_t look(const void *context, size_t trial) {
    const world_t *world = context;
    for (int rung = 0; rung < RUNGS; rung++) {
        size_t first = search_first(world->plan, world->ladder, (size_t)rung);
        if (trial < first || trial >= first + REPLICAS) continue;
        if (!world->is_known[rung]) return SEARCH_OPEN;
        return rung >= world->cliff ? SEARCH_DIVERGED : SEARCH_STABLE;
    }
    fail_msg("trial %zu is of another ladder", trial);
    return SEARCH_OPEN;
}

static void four_rounds_find_any_cliff(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    for (int cliff = 0; cliff <= RUNGS; cliff++) {
        world_t world = {.plan = s.plan, .ladder = (size_t)cliff % 4, .cliff = cliff};
        search_step_t step;
        int asked = 0;
        while (step = search_follow(s.plan, world.ladder, look, &world), step.next >= 0) {
            assert_false(world.is_known[step.next]);
            assert_true(step.next > step.low && step.next < step.high);
            world.is_known[step.next] = 1;
            asked++;
        }
        assert_int_equal(asked, 4);
        assert_int_equal(step.low, cliff - 1);
        assert_int_equal(step.high, cliff);
    }
    close_sample(&s);
}

/* Of rung 7's three trials, as a digit each. */
static search_outcome_t look_at_digits(const void *context, size_t trial) {
    return (search_outcome_t)(((const char *)context)[trial % REPLICAS] - '0');
}

static search_step_t after(const sample_t *s, const char *digits) {
    return search_follow(s->plan, 0, look_at_digits, digits);
}

static void a_rung_waits_for_all_its_replicas(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    assert_int_equal(SEARCH_STABLE, 1);
    assert_int_equal(after(&s, "220").next, 7); /* though the rate is above the limit already */
    assert_int_equal(after(&s, "222").high, 0);
    assert_int_equal(after(&s, "111").low, RUNGS - 1);
    assert_int_equal(after(&s, "121").low, RUNGS - 1); /* 1/3 < 0.5  */
    assert_int_equal(after(&s, "132").high, 0);        /* 1/2 is not */
    close_sample(&s);
}

static void a_rung_without_results_ends_the_search(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    search_step_t step = after(&s, "333");
    assert_int_equal(step.next, -1);
    assert_int_equal(step.low, -1);
    assert_int_equal(step.high, RUNGS);
    close_sample(&s);
}

static void an_expanded_search_is_the_same_search(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS), again = open_sample(spec_expanded(s.spec));
    assert_string_equal(spec_expanded(s.spec), spec_expanded(again.spec));
    assert_int_equal(plan_count(s.plan), plan_count(again.plan));
    for (size_t i = 0; i < plan_count(s.plan); i++)
        assert_string_equal(plan_trial(s.plan, i)->id, plan_trial(again.plan, i)->id);
    close_sample(&s);
    close_sample(&again);
}

static void a_search_that_cannot_be_is_refused(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"search: {key: train.rl}\n", "did you mean train.lr?"},
        {"search: {key: model.norm}\n", "model.norm is no number along which to search"},
        {"search: {kee: train.lr}\n", "search.kee: unknown key; did you mean key?"},
        {"search: {key: train.lr, from: 1, to: 0.1}\n", "from 1 is not below to 0.1"},
        {"search: {key: train.lr, from: 0.1, to: 100}\n", "is above its maximum 10"},
        {"search: {key: train.lr, from: 1, to: 1.1, rounds: 10}\n", "closer than three digits"},
        {"search: {key: train.lr, rounds: 11}\n", "search.rounds: 11 is above"},
        {"search: {key: train.lr, below: 0}\n", "search.below: 0 is below"},
        {"search: 5\n", "search: expected"},
        {"axes: {product: {train.lr: [1e-3]}}\nsearch: {key: train.lr}\n",
         "axes vary train.lr too"},
        {"search: {key: train.lr}\nexclude: [{train.lr: 0.01}]\n", "a search needs all its rungs"},
        {"search: {key: train.lr}\ninclude: [{model.layers: 2}]\n", "a sweep with search has none"},
        {"search: {key: train.lr}\narms: {base: {}, low: {train.lr: 1e-4}}\n", "vary train.lr too"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s", rows[i][0]);
        spec_t *spec = sample_spec(text);
        if (spec || !strstr(status_message(), rows[i][1]))
            fail_msg("%s is answered with: %s", rows[i][0], spec ? "nothing" : status_message());
    }
}

static void marks_spread_over_their_ladders_alone(void **state) {
    (void)state;
    sample_t s = open_sample(LADDERS);
    unsigned char marks[RUNGS * REPLICAS * ARMS * NORMS] = {0};
    size_t marked = search_first(s.plan, 2, 5) + 1;
    marks[marked] = 1;
    search_spread(s.plan, marks);
    for (size_t i = 0; i < sizeof marks; i++)
        assert_int_equal(marks[i], search_ladder_of(s.plan, i) == 2);
    close_sample(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ladder_is_even_in_logarithms),
        cmocka_unit_test(every_trial_is_on_one_ladder),
        cmocka_unit_test(marks_spread_over_their_ladders_alone),
        cmocka_unit_test(four_rounds_find_any_cliff),
        cmocka_unit_test(a_rung_waits_for_all_its_replicas),
        cmocka_unit_test(a_rung_without_results_ends_the_search),
        cmocka_unit_test(an_expanded_search_is_the_same_search),
        cmocka_unit_test(a_search_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
