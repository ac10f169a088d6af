/* Gradient baselines on series made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "probe/gradients.h"

enum { MANY = 700 };

static void whole_windows(void **state) {
    (void)state;
    double loss[MANY], norm[MANY];
    for (int i = 0; i < MANY; i++) {
        loss[i] = 5;
        norm[i] = i <= 100 ? i + 2 : 1e9; /* what follows step 100 is not looked at */
    }
    gradient_baselines_t b = gradient_baselines(loss, norm, MANY);
    assert_true(b.first == 2);
    assert_true(b.at_100 == 102);
    assert_near(b.variance, 100.0 * 101 / 12, 1e-9); /* of 100 consecutive numbers */
    assert_true(b.early_ratio == 6);
    assert_true(b.loss_spikes == 0);
}

static void nothing_is_known_without_a_step(void **state) {
    (void)state;
    gradient_baselines_t b = gradient_baselines(NULL, NULL, 0);
    assert_true(isnan(b.first) && isnan(b.at_100) && isnan(b.variance));
    assert_true(isnan(b.loss_spikes) && isnan(b.early_ratio));
}

static void one_step_gives_a_first_norm_only(void **state) {
    (void)state;
    gradient_baselines_t b = gradient_baselines((double[]){5}, (double[]){0.5}, 1);
    assert_true(b.first == 0.5 && b.at_100 == 0.5);
    assert_true(isnan(b.variance) && isnan(b.loss_spikes) && isnan(b.early_ratio));
}

static void a_run_that_stopped_early_gives_what_it_reached(void **state) {
    (void)state;
    const double loss[] = {5, 5, 5, 60}, norm[] = {1, 2, 4, 600};
    gradient_baselines_t b = gradient_baselines(loss, norm, 4);
    assert_true(b.at_100 == 600);
    assert_near(b.variance, 118804, 1e-6); /* of 2, 4, 600 */
    assert_true(b.loss_spikes == 1);
    assert_true(isnan(b.early_ratio));
}

static void the_early_ratio_needs_step_10(void **state) {
    (void)state;
    double loss[11] = {0}, norm[11] = {4, [10] = 2};
    assert_true(gradient_baselines(loss, norm, 11).early_ratio == 0.5);
    assert_true(isnan(gradient_baselines(loss, norm, 10).early_ratio));
}

static void not_a_number_counts_as_infinite(void **state) {
    (void)state;
    const double loss[] = {5, 5, NAN}, norm[] = {1, 2, NAN};
    gradient_baselines_t b = gradient_baselines(loss, norm, 3);
    assert_true(isinf(b.at_100) && b.at_100 > 0);
    assert_true(isinf(b.variance) && b.variance > 0);
    assert_true(b.loss_spikes == 1);
}

static void a_spike_is_half_a_nat_above_the_median_of_twenty(void **state) {
    (void)state;
    double loss[40];
    for (int i = 0; i < 40; i++) loss[i] = 5 + 0.01 * (i % 3);
    assert_false(gradient_is_loss_spike(loss, 30));
    loss[30] = 5.51;
    assert_false(gradient_is_loss_spike(loss, 30));
    loss[30] = 5.52;
    assert_true(gradient_is_loss_spike(loss, 30));
    loss[31] = 9; /* the spike before does not hide this one */
    assert_true(gradient_is_loss_spike(loss, 31));
}

static void a_lasting_rise_is_no_spike_any_more(void **state) {
    (void)state;
    double loss[60], norm[60] = {0};
    for (int i = 0; i < 60; i++) loss[i] = i < 30 ? 1 : 3;
    /* At step 40 ten of the twenty before are high, the median is 2; at step 41 it is 3. */
    assert_true(gradient_baselines(loss, norm, 60).loss_spikes == 11);
}

static void spikes_after_step_500_do_not_count(void **state) {
    (void)state;
    double loss[MANY], norm[MANY] = {0};
    for (int i = 0; i < MANY; i++) loss[i] = 1;
    loss[500] = loss[501] = 8;
    assert_true(gradient_baselines(loss, norm, MANY).loss_spikes == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_windows),
        cmocka_unit_test(nothing_is_known_without_a_step),
        cmocka_unit_test(one_step_gives_a_first_norm_only),
        cmocka_unit_test(a_run_that_stopped_early_gives_what_it_reached),
        cmocka_unit_test(the_early_ratio_needs_step_10),
        cmocka_unit_test(not_a_number_counts_as_infinite),
        cmocka_unit_test(a_spike_is_half_a_nat_above_the_median_of_twenty),
        cmocka_unit_test(a_lasting_rise_is_no_spike_any_more),
        cmocka_unit_test(spikes_after_step_500_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
