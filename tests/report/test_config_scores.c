/* Scores from the configuration alone, and cohorts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/config_scores.h"
#include "stats/auroc.h"

/* Two configurations of two replicas each; only one run, a replica of the first, diverged. */
static frame_t four_trials(void) {
    frame_t frame = {.rows = 4};
    for (size_t i = 0; i < 4; i++) {
        frame_set_text(&frame, "state", i, i == 1 ? "DIVERGED" : "COMPLETED");
        frame_set_text(&frame, "model.norm", i, i < 2 ? "none" : "pre_ln");
        frame_numbers(&frame, "replica")[i] = (double)(i % 2);
        frame_numbers(&frame, "train.lr")[i] = i < 2 ? 1e-2 : 1e-3;
        frame_numbers(&frame, "model.layers")[i] = 4;
        frame_numbers(&frame, "summary/m_near_unit")[i] = i < 2 ? 0.8 : 0.2;
        frame_numbers(&frame, "outcome/step")[i] = i == 1 ? 50 : 200;
    }
    return frame;
}

static void replicas_are_never_split(void **state) {
    (void)state; /* the other configuration is of one class, so nothing can be said of the first */
    frame_t frame = four_trials();
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    config_scores_add(&cohort);
    const double *p = cohort_numbers(&cohort, "config/logistic");
    assert_true(isnan(p[0]) && isnan(p[1]) && !isnan(p[2]) && p[2] == p[3]);
    p = cohort_numbers(&cohort, "config/calibrated");
    for (int i = 0; i < 4; i++)
        assert_true(isnan(p[i])); /* not without the only one that diverged */
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

/* One configuration, 40 replicas; every fifth diverged. */
static void a_configuration_that_says_nothing_ranks_nothing(void **state) {
    (void)state;
    frame_t frame = {.rows = 40};
    for (size_t i = 0; i < frame.rows; i++) {
        frame_set_text(&frame, "state", i, i % 5 ? "COMPLETED" : "DIVERGED");
        frame_set_text(&frame, "model.norm", i, "none");
        frame_numbers(&frame, "train.lr")[i] = 1e-2;
        frame_numbers(&frame, "outcome/step")[i] = i % 5 ? 200 : 50;
    }
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    config_scores_add(&cohort);
    auroc_t a = auroc(40, cohort_numbers(&cohort, "config/logistic"), cohort.diverged);
    assert_true(a.value == 0.5 && a.positives == 8 && a.dropped == 0);
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

/* 64 configurations; the option of `deciding` decides, of text, over factors of ten, with a zero,
 * or set in half of the runs only; others vary beside it. */
static double auroc_when(const char *deciding) {
    frame_t frame = {.rows = 64};
    for (size_t i = 0; i < frame.rows; i++) {
        int is_high = i / 4 % 2 == 1;
        frame_numbers(&frame, "train.lr")[i] = pow(10, -(double)(i % 4));
        frame_numbers(&frame, "train.batch")[i] = (double)(16 << i / 8 % 8);
        if (strchr(deciding, 't')) frame_set_text(&frame, "task.name", i, is_high ? "b" : "a");
        if (strchr(deciding, 'f')) frame_numbers(&frame, "x.f")[i] = is_high ? 1e-2 : 1e-6;
        if (strchr(deciding, 'z')) frame_numbers(&frame, "x.z")[i] = is_high ? 0.5 : 0;
        if (strchr(deciding, 'g')) frame_numbers(&frame, "x.g")[i] = is_high ? NAN : 1 + i % 3;
        frame_set_text(&frame, "state", i, is_high ? "DIVERGED" : "COMPLETED");
        frame_numbers(&frame, "outcome/step")[i] = 200;
    }
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    config_scores_add(&cohort);
    auroc_t a = auroc(64, cohort_numbers(&cohort, "config/logistic"), cohort.diverged);
    cohort_destroy(&cohort);
    frame_clear(&frame);
    assert_true(a.dropped == 0);
    return a.value;
}

static void options_of_every_kind_are_seen(void **state) {
    (void)state;
    assert_true(auroc_when("t") == 1);
    assert_true(auroc_when("f") == 1);
    assert_true(auroc_when("z") == 1);
    assert_true(auroc_when("g") == 1);
    assert_true(auroc_when("") ==
                0.5); /* runs of equal options, one of each outcome: no twin helps */
}

static void more_options_than_fit_are_no_score(void **state) {
    (void)state;
    frame_t frame = {.rows = 200};
    for (size_t i = 0; i < frame.rows; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %zu", i / 2);
        frame_set_text(&frame, "task.name", i, name);
        frame_set_text(&frame, "state", i, i % 4 / 2 ? "COMPLETED" : "DIVERGED");
        frame_numbers(&frame, "outcome/step")[i] = 200;
    }
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    config_scores_add(&cohort);
    for (size_t i = 0; i < frame.rows; i++)
        assert_true(isnan(cohort_numbers(&cohort, "config/logistic")[i]));
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

/* 60 configurations with unequal risks, read by a koopsweep that knows no other option, and by one
 * that does: the same folds, the same score. */
static void another_option_changes_no_fold(void **state) {
    (void)state;
    double score[2][60];
    for (int knows = 0; knows < 2; knows++) {
        frame_t frame = {.rows = 60};
        for (size_t i = 0; i < frame.rows; i++) {
            frame_set_text(&frame, "state", i, i % 7 < i / 12 ? "DIVERGED" : "COMPLETED");
            if (knows) frame_numbers(&frame, "aaa.new")[i] = 1;
            frame_set_text(&frame, "model.norm", i, i % 2 ? "none" : "pre_ln");
            frame_numbers(&frame, "train.lr")[i] = 1e-3 * (double)(1 + i / 2);
            frame_numbers(&frame, "model.layers")[i] = 4;
            frame_numbers(&frame, "outcome/step")[i] = 200;
        }
        cohort_t cohort = cohort_create(&frame, COHORT_ALL);
        config_scores_add(&cohort);
        memcpy(score[knows], cohort_numbers(&cohort, "config/logistic"), sizeof score[knows]);
        cohort_destroy(&cohort);
        frame_clear(&frame);
    }
    assert_true(score[0][0] != score[0][59]);
    assert_memory_equal(score[0], score[1], sizeof score[0]);
}

static void no_norm_is_a_flag(void **state) {
    (void)state;
    frame_t frame = four_trials();
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    config_scores_add(&cohort);
    const double *flag = cohort_numbers(&cohort, "config/no_norm");
    assert_true(flag[0] == 1 && flag[1] == 1 && flag[2] == 0 && flag[3] == 0);
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

static void a_landmark_drops_what_ended_by_then(void **state) {
    (void)state;
    frame_t frame = four_trials();
    cohort_t cohort = cohort_create(&frame, 49);
    assert_true(cohort.runs.rows == 4 && cohort.positives == 1);
    cohort_destroy(&cohort);
    cohort = cohort_create(&frame, 50); /* diverged at 50: seen at 50 */
    assert_true(cohort.runs.rows == 3 && cohort.positives == 0);
    cohort_destroy(&cohort);
    cohort = cohort_create(&frame, 200); /* completed runs have no step left to diverge in */
    assert_int_equal(cohort.runs.rows, 0);
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

static void strata_are_in_ascending_order(void **state) {
    (void)state;
    frame_t frame = four_trials();
    frame_set_text(&frame, "model.norm", 0, "");
    frame_numbers(&frame, "train.lr")[3] = NAN;
    cohort_t cohort = cohort_create(&frame, COHORT_ALL);
    int stratum[4];
    assert_int_equal(cohort_strata(&cohort, "train.lr", stratum), 2);
    assert_true(stratum[0] == 1 && stratum[2] == 0 && stratum[3] == -1);
    assert_int_equal(cohort_strata(&cohort, "model.norm", stratum), 2);
    assert_true(stratum[0] == -1 && stratum[1] == 0 && stratum[2] == 1);
    assert_int_equal(cohort_strata(&cohort, "no.such", stratum), 0);
    cohort_destroy(&cohort);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicas_are_never_split),
        cmocka_unit_test(a_configuration_that_says_nothing_ranks_nothing),
        cmocka_unit_test(options_of_every_kind_are_seen),
        cmocka_unit_test(more_options_than_fit_are_no_score),
        cmocka_unit_test(another_option_changes_no_fold),
        cmocka_unit_test(no_norm_is_a_flag),
        cmocka_unit_test(a_landmark_drops_what_ended_by_then),
        cmocka_unit_test(strata_are_in_ascending_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
