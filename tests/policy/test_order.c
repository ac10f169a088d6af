/* Whose turn it is. Oracles: the definition of the sequence, how often trials are included when the
 * sequence is drawn many times, and the AUROC of the full set, which a stopped sweep stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "policy/order.h"
#include "stats/auroc.h"

enum { N = 300 };

static order_t make(const double *score, double audit, uint64_t seed) {
    order_t order;
    assert_int_equal(order_create(N, score, ORDER_HIGHEST_FIRST, audit, seed, &order), STATUS_OK);
    return order;
}

static void draw_scores(double score[N]) {
    rng_t rng = rng_open(3, 0, "scores", 0);
    for (int i = 0; i < N; i++) score[i] = rng_uniform(&rng);
}

static void everyone_has_one_turn(void **state) {
    (void)state;
    static const double audits[] = {0, 0.1, 1. / 3, 1};
    double score[N];
    draw_scores(score);
    for (int k = 0; k < 4; k++) {
        int turns[N] = {0}, audited = 0;
        order_t order = make(score, audits[k], 1);
        for (int t = 0; t < N; t++) turns[order.trial[t]]++, audited += order.is_audit[t];
        for (size_t t = 0; t < N; t++) assert_int_equal(order.turn[order.trial[t]], t);
        for (int i = 0; i < N; i++) assert_int_equal(turns[i], 1);
        assert_int_equal(audited, (int)floor(N * audits[k] + 1e-9));
        order_destroy(&order);
    }
}

static void without_an_audit_the_highest_go_first(void **state) {
    (void)state;
    double score[N];
    draw_scores(score);
    score[7] = NAN; /* above all */
    score[20] = score[10];
    order_t order = make(score, 0, 1);
    assert_int_equal(order.trial[0], 7);
    for (int t = 2; t < N; t++) {
        size_t before = order.trial[t - 1], here = order.trial[t];
        assert_true(score[before] > score[here] || (score[before] == score[here] && before < here));
    }
    order_destroy(&order);
    assert_int_equal(order_create(N, score, ORDER_LOWEST_FIRST, 0, 1, &order), STATUS_OK);
    assert_int_equal(order.trial[N - 1], 7);
    for (int t = 1; t < N - 1; t++) assert_true(score[order.trial[t - 1]] <= score[order.trial[t]]);
    order_destroy(&order);
}

static void the_seed_decides_who_is_audited(void **state) {
    (void)state;
    double score[N];
    draw_scores(score);
    order_t one = make(score, 0.2, 1), again = make(score, 0.2, 1), other = make(score, 0.2, 2);
    assert_memory_equal(one.trial, again.trial, N * sizeof *one.trial);
    assert_memory_not_equal(one.trial, other.trial, N * sizeof *one.trial);
    order_destroy(&one);
    order_destroy(&again);
    order_destroy(&other);
}

static void turns_end_at_the_first_trial_that_has_not(void **state) {
    (void)state;
    unsigned char has_ended[N];
    order_t order = make(NULL, 0, 1);
    memset(has_ended, 1, N);
    assert_int_equal(order_turns(&order, has_ended), N);
    has_ended[order.trial[40]] = has_ended[order.trial[90]] = 0;
    assert_int_equal(order_turns(&order, has_ended), 40);
    has_ended[order.trial[0]] = 0;
    assert_int_equal(order_turns(&order, has_ended), 0);
    order_destroy(&order);
}

static void a_random_sequence_includes_all_alike(void **state) {
    (void)state;
    double chance[N];
    order_t order = make(NULL, 0, 1);
    order_inclusion(&order, 60, chance);
    for (int t = 0; t < N; t++) {
        double expected = t < 60 ? 60. / N : 0;
        assert_true(chance[order.trial[t]] == expected);
    }
    order_inclusion(&order, N, chance);
    for (int i = 0; i < N; i++) assert_true(chance[i] == 1);
    order_destroy(&order);
}

/* Over many draws each trial counts, on average, once: sum of 1/chance over the sequences that
 * include it, by how many there were. */
static void weights_count_every_trial_once(void **state) {
    (void)state;
    enum { DRAWS = 4000, TURNS = 80 };
    double score[N], chance[N], weight[N] = {0}, squares[N] = {0};
    draw_scores(score);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        order_t order = make(score, 0.25, seed);
        order_inclusion(&order, TURNS, chance);
        for (int i = 0; i < N; i++) {
            double w = chance[i] > 0 ? 1 / chance[i] : 0;
            weight[i] += w / DRAWS;
            squares[i] += w * w / DRAWS;
        }
        order_destroy(&order);
    }
    double worst = 0, total = 0;
    for (int i = 0; i < N; i++) {
        double error = sqrt(fmax(squares[i] - weight[i] * weight[i], 0) / DRAWS);
        if (error > 0)
            worst = fmax(worst, fabs(weight[i] - 1) / error);
        else
            assert_true(weight[i] == 1);
        total += weight[i];
    }
    assert_true(worst < 4); /* standard errors, the largest of 300 */
    assert_true(fabs(total - N) < 1e-6 * N);
}

/* Risk helps, but high and low risks differ in how well it does. */
static void draw_labels(const double score[N], uint32_t index, int label[N]) {
    rng_t rng = rng_open(4, 0, "labels", index);
    for (int i = 0; i < N; i++) {
        double chance = score[i] > 0.7 ? 0.5 + score[i] / 3 : 0.35 * score[i] * score[i];
        label[i] = rng_uniform(&rng) < chance;
    }
}

typedef struct trials {
    double score[N];
    int label[N];
} trials_t;

/* AUROC of the first `turns` of a sequence, with its weights and without. */
static void stop_at(const trials_t *all, const order_t *order, size_t turns, double *weighted,
                    double *naive) {
    double chance[N], score[N], weight[N];
    int label[N];
    size_t n = 0;
    order_inclusion(order, turns, chance);
    for (int i = 0; i < N; i++) {
        if (!(chance[i] > 0)) continue;
        score[n] = all->score[i];
        label[n] = all->label[i];
        weight[n++] = 1 / chance[i];
    }
    *weighted = auroc_weighted(n, score, label, NULL, weight).value;
    *naive = auroc(n, score, label).value;
}

typedef struct mean {
    double sum, squares;
    int count;
} mean_t;

static void add(mean_t *mean, double x) {
    mean->sum += x;
    mean->squares += x * x;
    mean->count++;
}

static double mean_error(const mean_t *mean) {
    double m = mean->sum / mean->count;
    return sqrt((mean->squares / mean->count - m * m) / mean->count);
}

static void check_bias(const char *what, const mean_t *weighted, const mean_t *naive) {
    double bias = weighted->sum / weighted->count, error = mean_error(weighted);
    double naive_bias = naive->sum / naive->count;
    print_message("%s: bias of the weighted AUROC %+.4f +- %.4f, of the naive one %+.4f\n", what,
                  bias, error, naive_bias);
    assert_true(fabs(bias) < 3 * error + 0.003); /* a ratio of sums: of the order 1 / audited */
    assert_true(fabs(naive_bias) > 0.03);
}

static void a_stopped_sweep_stands_for_all_trials(void **state) {
    (void)state;
    static const size_t turns[] = {90, 150, 220};
    for (int k = 0; k < 3; k++) {
        mean_t weighted = {0}, naive = {0};
        for (uint32_t draw = 0; draw < 1500; draw++) {
            trials_t all;
            double w, u;
            draw_scores(all.score);
            draw_labels(all.score, draw, all.label);
            order_t order = make(all.score, 0.3, draw);
            stop_at(&all, &order, turns[k], &w, &u);
            double full = auroc(N, all.score, all.label).value;
            add(&weighted, w - full);
            add(&naive, u - full);
            order_destroy(&order);
        }
        check_bias("stopped after a number of turns", &weighted, &naive);
    }
}

/* Workers take turns as they come free; diverged trials end four times as soon. At a moment that
 * knows nothing of results all is killed: whoever has not ended is lost. */
static size_t killed_at(const trials_t *all, const order_t *order, double when, uint32_t draw,
                        unsigned char has_ended[N]) {
    enum { WORKERS = 8 };
    double is_free[WORKERS] = {0};
    rng_t rng = rng_open(6, 0, "durations", draw);
    memset(has_ended, 0, N);
    for (int t = 0; t < N; t++) {
        int worker = 0;
        size_t trial = order->trial[t];
        for (int w = 1; w < WORKERS; w++)
            if (is_free[w] < is_free[worker]) worker = w;
        double takes = (all->label[trial] ? 0.25 : 1) * exp(0.3 * rng_normal(&rng));
        is_free[worker] += takes;
        has_ended[trial] = is_free[worker] <= when;
    }
    return order_turns(order, has_ended);
}

static void killing_a_sweep_adds_no_bias(void **state) {
    (void)state;
    mean_t weighted = {0}, naive = {0};
    for (uint32_t draw = 0; draw < 2000; draw++) {
        trials_t all;
        double w, u;
        unsigned char has_ended[N];
        draw_scores(all.score);
        draw_labels(all.score, draw, all.label);
        order_t order = make(all.score, 0.3, draw);
        size_t turns = killed_at(&all, &order, 12, draw, has_ended);
        stop_at(&all, &order, turns, &w, &u);
        double full = auroc(N, all.score, all.label).value;
        add(&weighted, w - full);
        add(&naive, u - full);
        order_destroy(&order);
    }
    check_bias("killed at some moment", &weighted, &naive);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_has_one_turn),
        cmocka_unit_test(without_an_audit_the_highest_go_first),
        cmocka_unit_test(the_seed_decides_who_is_audited),
        cmocka_unit_test(turns_end_at_the_first_trial_that_has_not),
        cmocka_unit_test(a_random_sequence_includes_all_alike),
        cmocka_unit_test(weights_count_every_trial_once),
        cmocka_unit_test(a_stopped_sweep_stands_for_all_trials),
        cmocka_unit_test(killing_a_sweep_adds_no_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
