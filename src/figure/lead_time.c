/* Was there time to act? */
#include "stats/lead_time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"

#define FALSE_ALARMS 0.05
enum { NEEDED = 5 }; /* fewer runs of either kind say nothing of 5 % */

/* A pruned run is neither stable nor diverging: nobody saw its end. */
static int is_pruned(const study_t *study, size_t row) {
    return strcmp(study_texts(study, "state")[row], "PRUNED") == 0;
}

static double height(const study_t *study) {
    size_t of[2] = {0};
    for (size_t i = 0; i < study->shown_count; i++)
        if (!is_pruned(study, study->shown[i].row))
            of[study_has_diverged(study, study->shown[i].row)] +=
                study->shown[i].grad_norm.count > 0;
    return of[0] >= NEEDED && of[1] >= NEEDED ? 260 : 0;
}

/* The gradient norm over that of the first step: comparable among models. */
static watched_t watch(const study_t *study, const shown_trial_t *trial, double **signal) {
    const double *step = study_numbers(study, "outcome/step");
    const curve_t *norm = &trial->grad_norm;
    *signal = memory_take(norm->count + 1, sizeof **signal, "a figure");
    for (size_t i = 0; i < norm->count; i++)
        (*signal)[i] = norm->x[i] == 0 ? NAN : norm->y[i] / norm->y[0];
    return (watched_t){.count = norm->count,
                       .step = norm->x,
                       .signal = *signal,
                       .diverged = study_has_diverged(study, trial->row),
                       .last_step = step ? step[trial->row] : NAN};
}

static int longer_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* A bar per diverging run, longest first: those without an alarm have none. */
static void draw_bars(canvas_t *canvas, double *lead, size_t count, double threshold) {
    char text[160];
    size_t alarmed = 0;
    for (size_t i = 0; i < count; i++) {
        alarmed += !isnan(lead[i]) && lead[i] > 0;
        if (isnan(lead[i]) || lead[i] < 0) lead[i] = 0;
    }
    qsort(lead, count, sizeof *lead, longer_first);
    axis_t across = axis_between(0, (double)count, "diverging runs, by the time they gave");
    across.is_whole = 1;
    panel_t panel = panel_fill(canvas, 18, across,
                               axis_between(0, fmax(1, lead[0] * 1.05), "steps before divergence"));
    panel_draw(&panel);
    for (size_t i = 0; i < count; i++) {
        point_t top = panel_place(&panel, (double)i + 0.15, lead[i]);
        point_t foot = panel_place(&panel, (double)i + 0.85, 0);
        if (lead[i] > 0)
            canvas_box(canvas, top, foot.x - top.x, foot.y - top.y,
                       (pen_t){.ink = ink_series(0), .is_filled = 1, .opacity = 0.8});
    }
    snprintf(
        text, sizeof text,
        "alarm: gradient norm over %.3g times its first; %zu of %zu diverging runs gave one before",
        threshold, alarmed, count);
    canvas_text(canvas, (point_t){46, 12}, (lettering_t){.ink = INK_TEXT, .size = 9}, text);
}

static void draw(const study_t *study, canvas_t *canvas) {
    size_t shown = study->shown_count, count = 0, diverged = 0;
    watched_t *run = memory_take(shown, sizeof *run, "a figure");
    double **signal = memory_take(shown, sizeof *signal, "a figure");
    double *lead = memory_take(shown, sizeof *lead, "a figure");
    for (size_t i = 0; i < shown; i++)
        if (!is_pruned(study, study->shown[i].row)) {
            run[count] = watch(study, &study->shown[i], &signal[count]);
            count++;
        }
    double threshold = lead_time_threshold(count, run, FALSE_ALARMS);
    for (size_t i = 0; i < count; i++)
        if (run[i].diverged) lead[diverged++] = lead_time(&run[i], threshold);
    draw_bars(canvas, lead, diverged, threshold);
    for (size_t i = 0; i < count; i++) free(signal[i]);
    free(signal);
    free(lead);
    free(run);
}

const figure_t figure_lead_time = {
    .name = "lead_time",
    .section = "Which runs diverge, and what tells so",
    .title = "Lead time: steps between alarm and divergence, at 5 % false alarms",
    .caption =
        "The alarm sounds when the gradient norm exceeds a multiple of its first value; the "
        "multiple is the one that at most 5 % of the stable runs ever exceed. A bar for every "
        "diverging run: how many steps before its divergence it sounded; none: it did not. Series "
        "of "
        "many steps are thinned out, which may delay an alarm by a stretch, never hide it.",
    .height = height,
    .draw = draw};
