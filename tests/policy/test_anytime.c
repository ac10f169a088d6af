/* When enough is known. Oracle: scores drawn from two normal distributions, whose AUROC is known;
 * how often the interval at the stop covers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "near.h"
#include "policy/anytime.h"
#include "policy/order.h"
#include "stats/auroc.h"

enum { MOST = 6000 };

static void looks_are_few(void **state) {
    (void)state;
    const anytime_t anytime = {0.05, 20};
    static const size_t expected[] = {40, 50, 63, 79, 99, 124};
    size_t turns = 0;
    for (int i = 0; i < 6; i++) {
        turns = anytime_next(&anytime, turns);
        assert_int_equal(turns, expected[i]);
    }
}

static void enough_takes_both_classes_and_width(void **state) {
    (void)state;
    double score[80], weight[80];
    int label[80];
    for (int i = 0; i < 80; i++) score[i] = label[i] = i < 25, weight[i] = 1;
    assert_true(anytime_look(&(anytime_t){0.2, 25}, 80, score, label, weight).is_enough);
    assert_false(anytime_look(&(anytime_t){0.2, 26}, 80, score, label, weight).is_enough);
    assert_false(anytime_look(&(anytime_t){0.001, 25}, 80, score, label, weight).is_enough);
    assert_false(anytime_look(&(anytime_t){0, 0}, 80, score, label, weight).is_enough);
    for (int i = 0; i < 80; i++) label[i] = 1; /* one class: nothing is known */
    anytime_look_t look = anytime_look(&(anytime_t){0.5, 0}, 80, score, label, weight);
    assert_true(isnan(look.half_width) && !look.is_enough);
}

/* Two runs apart from the others as far as can be, and one: the first keep a width, the second has
 * no interval, so that no sweep ends for either. */
static void small_classes_are_never_enough(void **state) {
    (void)state;
    double score[200], weight[200];
    int label[200];
    for (int few = 1; few <= 2; few++) {
        for (int i = 0; i < 200; i++) score[i] = label[i] = i < few, weight[i] = 1 + i % 3;
        anytime_look_t look = anytime_look(&(anytime_t){0.1, 1}, 200, score, label, weight);
        assert_true(look.found.auroc == 1 && !look.is_enough);
        assert_true(few == 1 ? isnan(look.half_width) : look.half_width > 0.1);
    }
}

/* --- how often the truth is covered --- */

/* A kind of sweep: how many diverge, how well the score tells. */
typedef struct world {
    double share, auroc;
} world_t;

typedef struct sample {
    double score[MOST], weight[MOST];
    int label[MOST];
    size_t n;
} sample_t;

static double normal_cdf(double x) { return erfc(-x / sqrt(2)) / 2; }

/* The distance of two unit normals with that AUROC = Phi(d / sqrt 2). */
static double distance_of(double auroc) {
    double low = 0, high = 6;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(normal_cdf(middle / sqrt(2)) < auroc ? &low : &high) = middle;
    }
    return low;
}

static void grow(sample_t *sample, size_t n, const world_t *world, double distance, rng_t *rng) {
    for (; sample->n < n; sample->n++) {
        sample->label[sample->n] = rng_uniform(rng) < world->share;
        sample->score[sample->n] = rng_normal(rng) + distance * sample->label[sample->n];
        sample->weight[sample->n] = 1;
    }
}

/* 1 when the interval at the stop covers the truth. `every`: looks after every trial. */
static int covers(const anytime_t *anytime, const world_t *world, int every, uint32_t draw) {
    static sample_t sample;
    rng_t rng = rng_open(8, 0, "anytime", draw);
    double distance = distance_of(world->auroc);
    size_t turns = 0;
    sample.n = 0;
    for (;;) {
        turns = every ? turns + 1 : anytime_next(anytime, turns);
        if (turns > MOST) return 1; /* never stopped */
        grow(&sample, turns, world, distance, &rng);
        anytime_look_t look =
            anytime_look(anytime, sample.n, sample.score, sample.label, sample.weight);
        if (every) { /* DeLong's plain interval, as for a number of trials fixed beforehand */
            double variance = look.found.variance, found = look.found.auroc;
            int has_width = found > 0 && found < 1 && variance > 0;
            interval_t plain =
                has_width ? interval_logit(found, variance, INTERVAL_Z) : look.found.interval;
            look.found.interval = plain;
            look.is_enough = (plain.high - plain.low) / 2 <= anytime->half_width;
        }
        interval_t interval = look.found.interval;
        if (look.is_enough) return interval.low <= world->auroc && world->auroc <= interval.high;
    }
}

static const world_t worlds[] = {{0.1, 0.6}, {0.1, 0.75}, {0.1, 0.9}, {0.1, 0.97},
                                 {0.3, 0.6}, {0.3, 0.75}, {0.3, 0.9}, {0.3, 0.97},
                                 {0.5, 0.6}, {0.5, 0.75}, {0.5, 0.9}, {0.5, 0.97}};
enum { WORLDS = sizeof worlds / sizeof *worlds };

/* ANYTIME_DRAWS sets how many sweeps of each world; the figures of docs/scale.md are of 4000. */
static uint32_t draws(void) {
    const char *text = getenv("ANYTIME_DRAWS");
    return text ? (uint32_t)atoi(text) : 200;
}

static double worst_coverage(const anytime_t *anytime, double *mean) {
    double worst = 1;
    *mean = 0;
    for (int w = 0; w < WORLDS; w++) {
        int count = 0;
        for (uint32_t draw = 0; draw < draws(); draw++)
            count += covers(anytime, &worlds[w], 0, draw * WORLDS + (uint32_t)w);
        double share = (double)count / draws();
        worst = fmin(worst, share);
        *mean += share / WORLDS;
    }
    return worst;
}

static void the_interval_at_the_stop_covers_the_truth(void **state) {
    (void)state;
    static const double targets[] = {0.1, 0.05};
    for (int i = 0; i < 2; i++) {
        double mean, worst = worst_coverage(&(anytime_t){targets[i], 20}, &mean);
        print_message("half-width %.2f: covers in %.1f %% of sweeps, in the worst world %.1f %%\n",
                      targets[i], 100 * mean, 100 * worst);
        assert_true(mean > 0.95);
        assert_true(worst > 0.94 - 3 * sqrt(0.05 * 0.95 / draws())); /* the noise of the draws */
    }
}

/* Why the looks are few, and both classes wanted: where 10 % diverge. */
static void looking_all_the_time_does_not(void **state) {
    (void)state;
    const world_t world = {0.1, 0.75};
    const anytime_t anytime = {0.1, 0};
    uint32_t count = 0, of = 2 * draws();
    for (uint32_t draw = 0; draw < of; draw++) count += (uint32_t)covers(&anytime, &world, 1, draw);
    print_message("a plain interval, looked at after every trial: %.1f %%\n", 100. * count / of);
    assert_true((double)count / of < 0.9);
}

/* --- a sweep in the order of its risk, stopped --- */

enum { TRIALS = 1000 };

/* Sets the estimate and its interval at the stop, and how many trials were run; returns the AUROC
 * of all trials. */
static double stop_by_risk(const anytime_t *anytime, uint32_t draw, anytime_look_t *look,
                           size_t *turns) {
    const world_t world = {0.3, 0.85};
    static sample_t all, seen;
    double chance[TRIALS];
    order_t order;
    rng_t rng = rng_open(9, 0, "anytime/risk", draw);
    all.n = 0;
    grow(&all, TRIALS, &world, distance_of(world.auroc), &rng);
    assert_int_equal(order_create(TRIALS, all.score, ORDER_HIGHEST_FIRST, 0.3, draw, &order),
                     STATUS_OK);
    for (*turns = anytime_next(anytime, 0); *turns < TRIALS;
         *turns = anytime_next(anytime, *turns)) {
        order_inclusion(&order, *turns, chance);
        seen.n = 0;
        for (size_t i = 0; i < TRIALS; i++) {
            if (!(chance[i] > 0)) continue;
            seen.score[seen.n] = all.score[i];
            seen.label[seen.n] = all.label[i];
            seen.weight[seen.n++] = 1 / chance[i];
        }
        *look = anytime_look(anytime, seen.n, seen.score, seen.label, seen.weight);
        if (look->is_enough) break;
    }
    order_destroy(&order);
    return auroc(TRIALS, all.score, all.label).value;
}

static void by_risk_the_stop_speaks_of_all_trials(void **state) {
    (void)state;
    const anytime_t anytime = {0.05, 20};
    double bias = 0, mean_turns = 0;
    uint32_t count = 0, of = draws();
    for (uint32_t draw = 0; draw < of; draw++) {
        anytime_look_t look;
        size_t turns;
        double truth = stop_by_risk(&anytime, draw, &look, &turns);
        bias += (look.found.auroc - truth) / of;
        mean_turns += (double)turns / of;
        count += look.found.interval.low <= truth && truth <= look.found.interval.high;
    }
    print_message("by risk, half-width 0.05: %.0f of %d trials, bias %+.4f, covers in %.1f %%\n",
                  mean_turns, TRIALS, bias, 100. * count / of);
    assert_true(mean_turns < 0.8 * TRIALS);
    assert_true(fabs(bias) < 0.01);
    assert_true((double)count / of > 0.94 - 3 * sqrt(0.05 * 0.95 / of));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_few),
        cmocka_unit_test(enough_takes_both_classes_and_width),
        cmocka_unit_test(small_classes_are_never_enough),
        cmocka_unit_test(the_interval_at_the_stop_covers_the_truth),
        cmocka_unit_test(looking_all_the_time_does_not),
        cmocka_unit_test(by_risk_the_stop_speaks_of_all_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
