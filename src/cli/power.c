#include "cli/power.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train/gate.h"

enum { COUNTED_MAX = 1000 };

/* Of the arm that has the fewest: where it changes nothing, an arm has none. */
static size_t count_pairs(const plan_t *plan) {
    size_t fewest = SIZE_MAX;
    for (size_t arm = 0; arm < spec_arm_count(plan_spec(plan)); arm++) {
        const char *name = spec_arm(plan_spec(plan), arm);
        size_t pairs = 0;
        for (size_t i = 0; i < plan_count(plan); i++)
            pairs += strcmp(plan_trial(plan, i)->arm, name) == 0;
        if (strcmp(name, ARM_BASE) != 0 && pairs < fewest) fewest = pairs;
    }
    return fewest;
}

power_t power_of(const plan_t *plan) {
    size_t arms = spec_arm_count(plan_spec(plan));
    power_t power = {.base_rate = 2.0 / 3, .power = 0.8, .margin = NAN};
    if (arms < 2 || spec_search(plan_spec(plan))) return power; /* arms of a search part ways */
    power.pairs = count_pairs(plan);
    power.counted = power.pairs < COUNTED_MAX ? power.pairs : COUNTED_MAX;
    power.fall = paired_detectable(power.counted, power.base_rate, power.power);
    power.margin = paired_margin(power.pairs, power.power);
    return power;
}

/* "by 31 points", "not even to 0". */
static const char *fall_of(double fall, char text[32]) {
    snprintf(text, 32, isnan(fall) ? "not even to 0" : "by %.0f points", 100 * fall);
    return text;
}

void power_describe(const power_t *power, char *text, size_t size) {
    char nested[32], independent[32];
    snprintf(text, size,
             "%s%zu pairs an arm find a fall of divergence from %.0f %% %s if the arm only saves "
             "runs, %s if pairs are independent (McNemar, 5 %% two-sided, %.0f %% power, one arm)",
             power->pairs > power->counted ? "more than " : "", power->counted,
             100 * power->base_rate, fall_of(power->fall.nested, nested),
             fall_of(power->fall.independent, independent), 100 * power->power);
}

void power_describe_margin(const power_t *power, char *text, size_t size) {
    if (isnan(power->margin))
        snprintf(text, size, "one pair has no interval: nothing shows an arm to be no worse");
    else
        snprintf(
            text, size,
            "%zu pairs in which neither run diverges show an arm that changes nothing to be no "
            "worse by %.2g standard deviations of the pairs' differences, in accuracy or loss "
            "(95 %% interval of table arms, %.0f %% power)",
            power->pairs, power->margin, 100 * power->power);
}

int power_is_uncontrolled(const plan_t *plan, char *text, size_t size) {
    for (size_t i = 0; i < plan_count(plan); i++) {
        const trial_t *trial = plan_trial(plan, i);
        gate_t gate;
        if (trial->replica != 0 || !gate_open(trial->config, &gate) || gate.control != 0) continue;
        snprintf(text, size,
                 "the gate of arm %s has no control (gate.control: 0): what it is worth will not "
                 "be known",
                 trial->arm);
        return 1;
    }
    return 0;
}
