/* fake.h: a sweep without training: trials that sleep, diverge, fail or crash as their options say.
 *
 * Every start is appended to $FAKE_LOG as "start ID", every screening as "screen ID", so a test can
 * tell what was run, and how often, whatever was killed in between. */
#ifndef TESTS_DISPATCH_FAKE_H
#define TESTS_DISPATCH_FAKE_H

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "dispatch/options.h"
#include "train/order_options.h"

typedef struct fake_options {
    int64_t number; /* makes configurations differ */
    int64_t milliseconds;
    double level, lr;
    char ending[FIELD_NAME_MAX];
} fake_options_t;

static const char *const *fake_endings(void) {
    static const char *const names[] = {"complete", "diverge", "fail", "crash",
                                        "bad",      "cliff",   NULL};
    return names;
}

#define OPTIONS fake_options_t
static const field_t fake_fields[] = {
    INT_FIELD("fake.number", number, .min = 0, .max = 1e6, .fallback = "0", .doc = "a number"),
    INT_FIELD("fake.milliseconds", milliseconds, .min = 0, .max = 1e6, .fallback = "0",
              .doc = "how long the trial sleeps, ms"),
    REAL_FIELD("fake.level", level, .min = 1e-6, .max = 1e6, .fallback = "1",
               .doc = "of ending cliff: diverges above 1, at times from 0.8 on"),
    REAL_FIELD("train.lr", lr, .min = 0, .max = 1e6, .fallback = "1",
               .doc =
                   "without effect: trials that differ in nothing else begin alike (train/alike.h)",
               .is_later = true, .is_costless = true),
    CHOICE_FIELD("fake.ending", ending, .fallback = "complete", .choices = fake_endings,
                 .doc = "how the trial ends"),
};
#undef OPTIONS
static const field_set_t fake_set = FIELD_SET("fake", fake_fields);
static const field_set_t *const fake_sets[] = {&fake_set, &order_fields, NULL};

static inline status_t fake_estimate(const config_t *config, trial_cost_t *cost) {
    *cost = (trial_cost_t){.flops = 1 + config_number(config, "fake.milliseconds")};
    return STATUS_OK;
}

/* One write of one line: whole even when several ranks append. */
static inline void fake_note(const char *what, const char *id) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s %s\n", what, id);
    int file = open(getenv("FAKE_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (file < 0 || write(file, line, (size_t)length) != length) abort();
    close(file);
}

/* FAKE_DEAF: seconds that trials compute without looking up, as in a file system that stalls. */
static inline int fake_sleep(int64_t milliseconds, const trial_setting_t *setting) {
    const char *deaf = getenv("FAKE_DEAF");
    for (unsigned left = deaf ? (unsigned)atoi(deaf) : 0; left; left = sleep(left))
        ; /* a signal ends a sleep */
    for (int64_t step = 0; step < milliseconds; step++) {
        if (setting->watch(setting->context, step, milliseconds)) return 0;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 1;
}

static inline int fake_starts(void) {
    char line[64];
    int count = 0;
    FILE *file = fopen(getenv("FAKE_LOG"), "r");
    while (file && fgets(line, sizeof line, file)) count += strncmp(line, "start", 5) == 0;
    if (file) fclose(file);
    return count;
}

/* FAKE_HOLD: trials from the so many-th start on wait until the file FAKE_GATE is there, so that a
 * test can do what it wants to them, however slow the machine is. */
static inline int fake_wait(const trial_setting_t *setting) {
    const char *hold = getenv("FAKE_HOLD"), *gate = getenv("FAKE_GATE");
    if (!hold || fake_starts() < atoi(hold)) return 1;
    while (access(gate, F_OK) != 0) {
        if (setting->watch(setting->context, 0, 1)) return 0;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 1;
}

static inline rng_t fake_stream(const trial_t *trial) {
    uint32_t number = (uint32_t)config_number(trial->config, "fake.number");
    return rng_open(trial->seed, trial->replica, "fake", number);
}

/* A risk: higher for those that diverge, on the whole. */
static inline double fake_score(const trial_t *trial) {
    rng_t rng = fake_stream(trial);
    int diverges = strcmp(config_text(trial->config, "fake.ending"), "diverge") == 0;
    return rng_uniform(&rng) + 0.5 * diverges;
}

/* FAKE_SCREEN_CRASH: number of the trial that cannot be screened. */
static inline status_t fake_screen(const trial_t *trial, const trial_setting_t *setting,
                                   const char *score, double *value) {
    (void)setting;
    const char *crash = getenv("FAKE_SCREEN_CRASH");
    if (getenv("FAKE_LOG")) fake_note("screen", trial->id);
    if (crash && config_number(trial->config, "fake.number") == atof(crash))
        kill(getpid(), SIGSEGV);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    *value = strcmp(score, "m_near_unit") == 0 ? fake_score(trial) : NAN;
    return STATUS_OK;
}

static inline status_t fake_run(const trial_t *trial, const trial_setting_t *setting,
                                record_t *record, trial_state_t *state) {
    fake_options_t options;
    double loss[8];
    int64_t step[8];
    static const size_t steps = 8;
    config_read(trial->config, &fake_set, &options);
    if (getenv("FAKE_LOG")) fake_note("start", trial->id);
    if (!fake_wait(setting) || !fake_sleep(options.milliseconds, setting))
        return status_fail(STATUS_INCOMPLETE, "stopped");
    if (!strcmp(options.ending, "crash")) kill(getpid(), SIGSEGV);
    if (!strcmp(options.ending, "fail") || getenv("FAKE_FAIL"))
        return status_fail(STATUS_ENVIRONMENT, "no room for it");
    rng_t rng = fake_stream(trial);
    for (int i = 0; i < 8; i++) {
        step[i] = i;
        loss[i] = rng_uniform(&rng);
    }
    if (!strcmp(options.ending, "diverge")) loss[7] = NAN;
    if (!strcmp(options.ending, "cliff") && options.level > 0.8 + 0.2 * loss[6]) loss[7] = NAN;
    record_put(record, "series/step", RECORD_I64, 1, &steps, step);
    record_put_vector(record, "series/loss", loss, 8);
    record_put_i64(record, "outcome/diverged", isnan(loss[7]));
    record_put_f64(record, "summary/m_near_unit", fake_score(trial));
    if (!strcmp(options.ending, "bad")) record_put_f64(record, "not/in/the/schema", 1);
    *state = isnan(loss[7]) ? TRIAL_DIVERGED : TRIAL_COMPLETED;
    return STATUS_OK;
}

#endif
