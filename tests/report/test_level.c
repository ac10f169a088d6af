/* Do intervals and marks hold the level they claim, also where a class has few runs? Simulated
 * sweeps with fixed seeds; bounds leave three standard errors of their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "report/predictors.h"
#include "stats/delong.h"

enum { SWEEPS = 2000, RUNS_MAX = 240 };

static const struct {
    int positives, negatives;
} sizes[] = {{1, 5}, {1, 20}, {2, 10}, {3, 21}, {5, 40}, {12, 12}, {10, 2}, {3, 200}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* How the scores of a sweep come about. */
typedef struct world {
    const char *name;
    double auroc;    /* of the continuous scores, two normal laws                  */
    double grain;    /* > 0: scores are rounded to its multiples: ties             */
    int has_weights; /* runs stand for 1 or 4 trials, whatever their score         */
} world_t;

typedef struct sweep {
    double score[RUNS_MAX], weight[RUNS_MAX];
    int diverged[RUNS_MAX];
    size_t n;
} sweep_t;

static double normal_cdf(double x) { return erfc(-x / sqrt(2)) / 2; }

/* The distance of two unit normals with that AUROC = Phi(d / sqrt 2). */
static double distance_of(double auroc) {
    double low = -6, high = 6;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(normal_cdf(middle / sqrt(2)) < auroc ? &low : &high) = middle;
    }
    return low;
}

static double round_to(double x, double grain) { return grain > 0 ? grain * rint(x / grain) : x; }

/* AUROC of the rounded scores: P(X > Y) + P(X = Y)/2 over all multiples. */
static double true_auroc(const world_t *world) {
    double sum = 0, d = distance_of(world->auroc), g = world->grain;
    if (!(g > 0)) return world->auroc;
    for (double x = g * rint(-8 / g); x < 14; x += g) {
        double here = normal_cdf(x + g / 2 - d) - normal_cdf(x - g / 2 - d);
        double below = normal_cdf(x - g / 2), upto = normal_cdf(x + g / 2);
        sum += here * (below + upto) / 2;
    }
    return sum;
}

static sweep_t draw(const world_t *world, int size, uint32_t index) {
    sweep_t sweep = {.n = (size_t)(sizes[size].positives + sizes[size].negatives)};
    rng_t rng = rng_open(11, (uint32_t)size, world->name, index);
    double distance = distance_of(world->auroc);
    for (size_t i = 0; i < sweep.n; i++) {
        sweep.diverged[i] = (int)i < sizes[size].positives;
        sweep.score[i] = round_to(rng_normal(&rng) + distance * sweep.diverged[i], world->grain);
        sweep.weight[i] = world->has_weights && rng_below(&rng, 2) ? 4 : 1;
    }
    return sweep;
}

/* `share` at most `level`, of so many sweeps. */
static void assert_level(const char *what, const world_t *world, int size, int count,
                         double level) {
    double share = (double)count / SWEEPS;
    print_message("%-22s %-16s %3d against %3d: %.1f %%\n", what, world->name,
                  sizes[size].positives, sizes[size].negatives, 100 * share);
    assert_true(share <= level + 3 * sqrt(level * (1 - level) / SWEEPS));
}

static const world_t nulls[] = {
    {"noise", 0.5, 0, 0}, {"noise with ties", 0.5, 1.5, 0}, {"weighted noise", 0.5, 0, 1}};

static int is_marked(sweep_t *sweep) {
    cohort_t cohort = {
        .runs = {.rows = sweep->n}, .diverged = sweep->diverged, .weight = sweep->weight};
    return predictors_is_inverted(&cohort, sweep->score);
}

/* By the bootstrap alone, as it was, 10 to 27 %. Turned round, the same is asked of the other side:
 * a score that says nothing is not found to be good either. */
static void noise_is_marked_in_two_and_a_half_percent(void **state) {
    (void)state;
    for (size_t w = 0; w < sizeof nulls / sizeof *nulls; w++)
        for (int size = 0; size < SIZES; size++) {
            int below = 0, above = 0;
            for (uint32_t i = 0; i < SWEEPS; i++) {
                sweep_t sweep = draw(&nulls[w], size, i);
                below += is_marked(&sweep);
                for (size_t k = 0; k < sweep.n; k++) sweep.score[k] *= -1;
                above += is_marked(&sweep);
            }
            assert_level("marked upside down", &nulls[w], size, below, 0.025);
            assert_level("marked, turned round", &nulls[w], size, above, 0.025);
        }
}

static const world_t worlds[] = {
    {"noise", 0.5, 0, 0},    {"noise with ties", 0.5, 1.5, 0}, {"AUROC .7", 0.7, 0, 0},
    {"AUROC .9", 0.9, 0, 0}, {"AUROC .97", 0.97, 0, 0},        {".9 with ties", 0.9, 1.5, 0},
    {"AUROC .1", 0.1, 0, 0}, {"weighted noise", 0.5, 0, 1},    {"weighted .9", 0.9, 0, 1}};

static void intervals_cover_the_truth_on_both_sides(void **state) {
    (void)state;
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++)
        for (int size = 0; size < SIZES; size++) {
            int too_low = 0, too_high = 0, points = 0;
            double truth = true_auroc(&worlds[w]);
            for (uint32_t i = 0; i < SWEEPS; i++) {
                sweep_t sweep = draw(&worlds[w], size, i);
                interval_t found =
                    delong(sweep.n, sweep.score, sweep.diverged, NULL, sweep.weight).interval;
                too_low += found.high < truth;
                too_high += found.low > truth;
                points += found.high - found.low < 1e-6;
            }
            assert_level("interval too low", &worlds[w], size, too_low, 0.025);
            assert_level("interval too high", &worlds[w], size, too_high, 0.025);
            assert_int_equal(points, 0);
        }
}

/* Runs of three strata, which shift scores by more than outcomes do: within them the score says
 * what it says, and strata of one class, or with one run of it, are part of that. */
static void intervals_within_strata_cover_the_truth(void **state) {
    (void)state;
    static const world_t within[] = {{"strata, noise", 0.5, 0, 0}, {"strata, .9", 0.9, 0, 0}};
    for (size_t w = 0; w < sizeof within / sizeof *within; w++)
        for (int size = 0; size < SIZES; size++) {
            int too_low = 0, too_high = 0, points = 0;
            for (uint32_t i = 0; i < SWEEPS; i++) {
                int stratum[RUNS_MAX];
                sweep_t sweep = draw(&within[w], size, i);
                rng_t rng = rng_open(13, 0, "strata", i);
                for (size_t k = 0; k < sweep.n; k++) {
                    stratum[k] = (int)rng_below(&rng, 3);
                    sweep.score[k] += 5 * stratum[k];
                }
                interval_t found =
                    delong(sweep.n, sweep.score, sweep.diverged, stratum, NULL).interval;
                too_low += found.high < within[w].auroc;
                too_high += found.low > within[w].auroc;
                points += found.high - found.low < 1e-6;
            }
            assert_level("interval too low", &within[w], size, too_low, 0.025);
            assert_level("interval too high", &within[w], size, too_high, 0.025);
            assert_int_equal(points, 0);
        }
}

/* A second score of the same worth, that shares half of the first's noise; or a flag at random in
 * 40 % of the runs, for a first that says nothing. */
static void draw_other(const sweep_t *first, int is_flag, uint32_t index, sweep_t *second) {
    rng_t rng = rng_open(12, 0, "flag", index);
    const world_t world = {"two scores", 0.7, 0, 0};
    for (size_t i = 0; i < first->n && is_flag; i++) second->score[i] = rng_uniform(&rng) < 0.4;
    if (is_flag) return;
    double distance = distance_of(world.auroc);
    for (size_t i = 0; i < first->n; i++) {
        double centre = distance * first->diverged[i];
        second->score[i] =
            centre + 0.5 * (first->score[i] - centre) + sqrt(0.75) * rng_normal(&rng);
    }
}

/* DeLong's test by the normal law, as it was, finds up to 18 %. */
static void equal_scores_differ_in_five_percent(void **state) {
    (void)state;
    static const world_t kinds[] = {{"two scores", 0.7, 0, 0}, {"noise and a flag", 0.5, 0, 0}};
    for (int is_flag = 0; is_flag < 2; is_flag++)
        for (int size = 0; size < SIZES; size++) {
            int found = 0;
            for (uint32_t i = 0; i < SWEEPS; i++) {
                sweep_t first = draw(&kinds[is_flag], size, i), second = first;
                draw_other(&first, is_flag, i, &second);
                found +=
                    delong_compare(first.n, first.score, second.score, first.diverged).p <= 0.05;
            }
            assert_level("differ", &kinds[is_flag], size, found, 0.05);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_marked_in_two_and_a_half_percent),
        cmocka_unit_test(intervals_cover_the_truth_on_both_sides),
        cmocka_unit_test(intervals_within_strata_cover_the_truth),
        cmocka_unit_test(equal_scores_differ_in_five_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
