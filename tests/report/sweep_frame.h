/* sweep_frame.h: a sweep in memory as store_load would give it: 6 normalisations x 5 learning rates
 * x 2 depths x 2 replicas = 120 trials. Runs without normalisation diverge from lr 4e-3 on (at 4e-3
 * every other one), one post_ln run does too. The rest of a run's numbers follow published spectra
 * plus a little noise. */
#ifndef TESTS_REPORT_SWEEP_FRAME_H
#define TESTS_REPORT_SWEEP_FRAME_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "base/rng.h"

enum { SWEEP_NORMS = 6, SWEEP_RATES = 5, SWEEP_TRIALS = SWEEP_NORMS * SWEEP_RATES * 4 };

static const struct {
    const char *norm;
    double m_near_unit, m_expansive, rho, kappa;
} sweep_norms[SWEEP_NORMS] = {
    {"pre_ln", .16, .54, 2.29, 1075},   {"post_ln", .66, .31, 7.48, 824},
    {"rms_norm", .16, .54, 2.28, 1053}, {"deep_norm", .83, .17, 7.19, 931},
    {"sub_ln", .13, .54, 6.19, 2510},   {"none", .80, .19, 1.11, 1205}};
static const double sweep_rates[SWEEP_RATES] = {1e-3, 3e-3, 4e-3, 5e-3, 1e-2};

static void sweep_put(frame_t *frame, const char *column, size_t row, double value) {
    frame_numbers(frame, column)[row] = value;
}

static void sweep_fill_row(frame_t *frame, size_t row, rng_t *rng) {
    size_t replica = row % 2, norm = row / 4 % SWEEP_NORMS, rate = row / 4 / SWEEP_NORMS;
    double noise = 1 + 0.02 * rng_normal(rng), layers = row / 2 % 2 ? 8 : 4;
    int is_none = norm == 5, is_post_ln = norm == 1;
    int diverged = (is_none && rate >= 2 && (rate > 2 || replica)) ||
                   (is_post_ln && rate == 4 && layers == 8 && replica);
    double step = diverged ? 20 + 15 * (double)(SWEEP_RATES - rate) : 200;
    char id[24];
    snprintf(id, sizeof id, "%012zx", row);
    frame_set_text(frame, "id", row, id);
    frame_set_text(frame, "state", row, diverged ? "DIVERGED" : "COMPLETED");
    frame_set_text(frame, "model.norm", row, sweep_norms[norm].norm);
    frame_set_text(frame, "task.name", row, "associative_recall");
    sweep_put(frame, "replica", row, (double)replica);
    sweep_put(frame, "train.lr", row, sweep_rates[rate]);
    sweep_put(frame, "model.layers", row, layers);
    sweep_put(frame, "model.width", row, 128);
    sweep_put(frame, "outcome/step", row, step);
    sweep_put(frame, "outcome/diverged", row, diverged);
    sweep_put(frame, "summary/m_near_unit", row, sweep_norms[norm].m_near_unit * noise);
    sweep_put(frame, "summary/m_expansive", row, sweep_norms[norm].m_expansive / noise);
    sweep_put(frame, "summary/m_contractive", row, 0.1);
    sweep_put(frame, "summary/rho", row, sweep_norms[norm].rho * noise);
    sweep_put(frame, "summary/kappa_v", row, sweep_norms[norm].kappa * noise);
    sweep_put(frame, "summary/near_unit_log_kappa", row,
              sweep_norms[norm].m_near_unit * log10(sweep_norms[norm].kappa) * noise);
    sweep_put(frame, "baseline/grad_norm_first", row, is_none ? 0.3 * noise : noise);
    sweep_put(frame, "baseline/early_ratio", row, (diverged ? 3 : 1) * noise);
    sweep_put(frame, "baseline/grad_norm_100", row, diverged ? 600 : noise);
    sweep_put(frame, "baseline/grad_variance", row, diverged ? 900 : noise);
    sweep_put(frame, "baseline/loss_spikes", row, diverged ? 3 : 0);
}

/* A comparison of arms: 2 normalisations x 3 learning rates x 4 replicas of every arm, on text,
 * whose published rows stand beside ours. Numbers are as wide as real ones. */
enum { ARMS_SHARED = 2 * 3 * 4 };
static const char *const arms_names[] = {"base", "kss0.15", "kss0.15_sham", "clip1",
                                         "kss0.15_clip1"};
enum {
    ARMS_COUNT = sizeof arms_names / sizeof *arms_names,
    ARMS_TRIALS = ARMS_COUNT * ARMS_SHARED
};

static inline void arms_fill_row(frame_t *frame, size_t row, rng_t *rng) {
    static const char *const norms[] = {"pre_ln", "none"};
    static const double rates[] = {1e-3, 3e-3, 1e-2};
    size_t arm = row / ARMS_SHARED, pair = row % ARMS_SHARED, rate = pair / 8;
    double loss = 5 + (double)rate / 2 + 0.2 * rng_normal(rng), m = 0.5 + 0.1 * rng_normal(rng);
    int is_none = pair / 4 % 2, has_diverged = is_none && rate == 2 && (pair + arm) % 2;
    char text[24];
    snprintf(text, sizeof text, "%012zx", row);
    frame_set_text(frame, "id", row, text);
    snprintf(text, sizeof text, "%zu", pair);
    frame_set_text(frame, "pair", row, text);
    frame_set_text(frame, "arm", row, arms_names[arm]);
    frame_set_text(frame, "state", row, has_diverged ? "DIVERGED" : "COMPLETED");
    frame_set_text(frame, "model.norm", row, norms[is_none]);
    frame_set_text(frame, "task.name", row, "text");
    frame_set_text(frame, "model.arch", row, "gpt");
    sweep_put(frame, "train.lr", row, rates[rate]);
    sweep_put(frame, "model.layers", row, 12);
    sweep_put(frame, "outcome/diverged", row, has_diverged);
    sweep_put(frame, "outcome/step", row, has_diverged ? 40 : 200);
    sweep_put(frame, "outcome/valid_loss", row, loss);
    sweep_put(frame, "outcome/valid_perplexity", row, exp(loss));
    sweep_put(frame, "outcome/valid_accuracy", row, 0.2 + 0.02 * rng_normal(rng));
    sweep_put(frame, "outcome/seconds", row, 100 + 10 * (double)arm);
    sweep_put(frame, "outcome/seconds_processor", row, 0.5 + 0.1 * (double)arm);
    sweep_put(frame, "outcome/parameters", row, 124439808);
    sweep_put(frame, "summary/m_contractive", row, 0.1 + m / 10);
    sweep_put(frame, "summary/m_expansive", row, 0.4 - m / 10);
    sweep_put(frame, "summary/rho", row, 10 + m);
    sweep_put(frame, "summary/eta_nl", row, m / 2);
    sweep_put(frame, "summary/reliable", row, m / 3);
    sweep_put(frame, "summary/kappa_v", row, 1000 * m);
    sweep_put(frame, "summary/m_near_unit", row, m);
    sweep_put(frame, "summary/m_near_unit_last", row, m + 0.1 * rng_normal(rng));
}

static inline frame_t arms_frame(void) {
    frame_t frame = {.rows = ARMS_TRIALS};
    rng_t rng = rng_open(2, 0, "arms", 0);
    for (size_t row = 0; row < frame.rows; row++) arms_fill_row(&frame, row, &rng);
    return frame;
}

static frame_t sweep_frame(void) {
    frame_t frame = {.rows = SWEEP_TRIALS};
    rng_t rng = rng_open(1, 0, "sweep", 0);
    for (size_t row = 0; row < frame.rows; row++) sweep_fill_row(&frame, row, &rng);
    return frame;
}

#endif
