/* ROC curves of the risk score and of the configuration. */
#include "stats/roc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"
#include "report/cohort.h"
#include "report/config_scores.h"
#include "stats/auroc.h"

typedef struct scored {
    const char *column, *label;
    ink_t ink;
    int is_dashed, has_band;
} scored_t;

static const scored_t scores[] = {
    {"summary/m_near_unit", "M~1 at initialisation", INK_SERIES, 0, 1},
    {"baseline/early_ratio", "gradient norm, step 10 over 0", INK_SERIES + 1, 0, 0},
    {"config/logistic", "the configuration alone, held out", INK_MUTED, 1, 1},
};
enum { SCORES = sizeof scores / sizeof *scores, BOTH = 2 };

static size_t count_classes(const study_t *study) {
    size_t of[BOTH] = {0};
    for (size_t row = 0; row < study->trials.rows; row++) {
        of[0] += strcmp(study_texts(study, "state")[row], "COMPLETED") == 0;
        of[1] += (size_t)study_has_diverged(study, row);
    }
    return (size_t)(of[0] > 0) + (size_t)(of[1] > 0);
}

static double height(const study_t *study) {
    return count_classes(study) == BOTH && !study_is_sample(study) ? 420 : 0;
}

/* The upper left corners of the points' rectangles, and the lower right ones. */
static void draw_band(const panel_t *panel, const roc_t *roc, ink_t ink) {
    double *line = memory_take(4 * roc->count + 1, sizeof *line, "a figure");
    double *left = line, *high = line + roc->count, *right = high + roc->count,
           *low = right + roc->count;
    for (size_t k = 0; k < roc->count; k++) {
        left[k] = roc->across[k].low;
        high[k] = roc->up[k].high;
        right[k] = roc->across[k].high;
        low[k] = roc->up[k].low;
    }
    pen_t pen = {.ink = ink, .width = 0.8, .opacity = 0.6};
    panel_line(panel, roc->count, left, high, pen);
    panel_line(panel, roc->count, right, low, pen);
    free(line);
}

static void draw_score(const panel_t *panel, cohort_t *cohort, const scored_t *scored,
                       legend_t *entry, char text[96]) {
    const double *score = cohort_numbers(cohort, scored->column);
    roc_t roc = roc_curve(cohort->runs.rows, score, cohort->diverged);
    pen_t pen = {.ink = scored->ink, .width = 2, .is_dashed = scored->is_dashed};
    if (roc.count && scored->has_band) draw_band(panel, &roc, scored->ink);
    if (roc.count) panel_line(panel, roc.count, roc.false_positive, roc.true_positive, pen);
    double value = auroc(cohort->runs.rows, score, cohort->diverged).value;
    if (isnan(value))
        snprintf(text, 96, "%s: n/a", scored->label);
    else
        snprintf(text, 96, "%s: %.3f", scored->label, value);
    *entry = (legend_t){.mark = MARK_LINE, .pen = pen, .text = text};
    roc_free(&roc);
}

static void draw(const study_t *study, canvas_t *canvas) {
    legend_t entries[SCORES];
    char texts[SCORES][96];
    static const double diagonal[] = {0, 1};
    cohort_t cohort = cohort_create(&study->trials, COHORT_ALL);
    config_scores_add(&cohort);
    panel_t panel = panel_in(canvas, (point_t){120, 16}, 440, canvas->height - 16,
                             axis_between(0, 1, "share of stable runs that are suspected"),
                             axis_between(0, 1, "share of diverging runs that are found"));
    panel_draw(&panel);
    panel_line(&panel, 2, diagonal, diagonal, (pen_t){.ink = INK_MUTED, .is_dashed = 1});
    for (int s = 0; s < SCORES; s++) draw_score(&panel, &cohort, &scores[s], &entries[s], texts[s]);
    legend_draw(canvas, (point_t){8, 0}, SCORES, entries);
    cohort_destroy(&cohort);
}

const figure_t figure_roc = {
    .name = "roc",
    .section = "Which runs diverge, and what tells so",
    .title = "ROC curves, beside what the configuration alone tells",
    .caption = "For every threshold: the share of diverging runs above it against the share of "
               "stable ones. Thin lines: corners of the points' two Wilson 95 % intervals. Behind "
               "the names: the AUROC. A score worth measuring lies above the dashed line of the "
               "configuration.",
    .height = height,
    .draw = draw};
