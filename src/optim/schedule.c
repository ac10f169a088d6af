/* Learning-rate schedules: closed forms of the step alone. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "optim/optim.h"

static double constant(double progress, double final) {
    (void)progress, (void) final;
    return 1;
}

static double linear(double progress, double final) { return 1 + progress * (final - 1); }

static double cosine(double progress, double final) {
    return final + (1 - final) * (1 + cos(M_PI * progress)) / 2;
}

const schedule_row_t schedule_constant = {
    .name = "constant", .doc = "stays at the peak", .factor = constant};
const schedule_row_t schedule_linear = {
    .name = "linear", .doc = "falls to lr_final on a line", .factor = linear, .has_final = 1};
const schedule_row_t schedule_cosine = {.name = "cosine",
                                        .doc = "falls to lr_final on half a cosine",
                                        .factor = cosine,
                                        .has_final = 1};

const schedule_row_t *const schedule_rows[] = {
#define SCHEDULE(name) &schedule_##name,
#include "optim/schedules.def"
#undef SCHEDULE
    NULL};

const char *const *schedule_names(void) {
    static const char *names[sizeof schedule_rows / sizeof *schedule_rows];
    for (int i = 0; schedule_rows[i]; i++) names[i] = schedule_rows[i]->name;
    return names;
}

/* "train.schedule=linear|cosine": those that end somewhere. */
static char of_final[256];

__attribute__((constructor)) static void find_final(void) {
    snprintf(of_final, sizeof of_final, "train.schedule");
    char separator = '=';
    for (int i = 0; schedule_rows[i]; i++) {
        if (!schedule_rows[i]->has_final) continue;
        text_append(of_final, sizeof of_final, "%c%s", separator, schedule_rows[i]->name);
        separator = '|';
    }
}

#define OPTIONS struct schedule_options
static const field_t fields[] = {
    REAL_FIELD("train.lr", lr, .min = 0, .max = 1e3, .fallback = "1e-3",
               .doc = "peak learning rate", .is_later = true, .is_costless = true),
    REAL_FIELD("train.lr_factor", factor, .min = 0, .max = 1e6, .fallback = "1",
               .doc = "multiple of train.lr that is used: for an arm that wants its own where "
                      "train.lr is an axis",
               .is_later = true, .is_costless = true),
    CHOICE_FIELD("train.schedule", name, .fallback = "constant", .choices = schedule_names,
                 .doc = "how the learning rate goes on after the warm-up", .is_later = true,
                 .is_costless = true),
    INT_FIELD("train.warmup", warmup, .min = 0, .max = 1e9, .fallback = "0",
              .doc = "steps of linear warm-up", .is_later = true),
    REAL_FIELD("train.lr_final", final, .min = 0, .max = 1, .fallback = "0",
               .doc = "learning rate at the end of the decay, as a multiple of the peak",
               .needs = of_final, .is_later = true, .is_costless = true),
};
const field_set_t schedule_fields = FIELD_SET("schedule", fields);

static const schedule_row_t *find(const char *name) {
    int i = 0;
    while (schedule_rows[i] && strcmp(schedule_rows[i]->name, name) != 0) i++;
    assert(schedule_rows[i] && "the name was checked when the sweep file was read");
    return schedule_rows[i];
}

double schedule_lr(const struct schedule_options *options, int64_t step, int64_t steps) {
    double peak = options->lr * options->factor;
    if (step < options->warmup) return peak * (double)(step + 1) / (double)options->warmup;
    double progress = (double)(step - options->warmup) / (double)(steps - options->warmup);
    return peak * find(options->name)->factor(progress, options->final);
}
