/* From the base arm's run of a pair to the arm's own: M~1 at the last probe, and the loss. */
#include <math.h>
#include <stdio.h>

#include "figure/figure.h"
#include "report/pairs.h"

enum { PLOT = 150, ARMS_MAX = 12, PER_LINE = 4 };

static size_t count_arms(const pairs_t *pairs) {
    size_t count = pairs->arm_count > 1 ? pairs->arm_count - 1 : 0;
    return count < ARMS_MAX ? count : ARMS_MAX;
}

static double height(const study_t *study) {
    if (!study_table(study, "arms") || !study_numbers(study, "outcome/valid_loss")) return 0;
    pairs_t pairs = pairs_create(&study->trials);
    size_t lines = (count_arms(&pairs) + PER_LINE - 1) / PER_LINE;
    pairs_destroy(&pairs);
    return (double)(lines * PLOT * 2);
}

static void draw_pair(const panel_t *panel, const pairs_t *pairs, const arm_runs_t *arm, size_t i,
                      const double *value) {
    static const double places[] = {0, 1};
    if (arm->partner[i] == (size_t)PAIRS_NONE) return;
    const double ends[] = {value[arm->partner[i]], value[arm->run[i]]};
    int diverged = pairs->cohort.diverged[arm->run[i]];
    panel_line(panel, 2, places, ends,
               (pen_t){.ink = diverged ? INK_BAD : ink_series(0), .opacity = 0.55});
}

static void draw_arm(canvas_t *canvas, pairs_t *pairs, size_t a, const char *column,
                     const char *label, point_t corner) {
    static const char *const ends[] = {"base", "arm"};
    const arm_runs_t *arm = &pairs->arms[a];
    const double *value = cohort_numbers(&pairs->cohort, column);
    axis_t up = axis_over(pairs->cohort.runs.rows, value, 0, label);
    panel_t panel = panel_in(canvas, (point_t){corner.x, corner.y + 12}, FIGURE_WIDTH / PER_LINE,
                             PLOT - 12, axis_of_names(ends, 2, NULL), up);
    panel_draw(&panel);
    canvas_text(canvas, (point_t){panel.x, corner.y + 14},
                (lettering_t){.ink = INK_TEXT, .size = 9, .is_bold = 1}, arm->name);
    for (size_t i = 0; i < arm->count; i++) draw_pair(&panel, pairs, arm, i, value);
}

static void draw(const study_t *study, canvas_t *canvas) {
    pairs_t pairs = pairs_create(&study->trials);
    for (size_t a = 1; a <= count_arms(&pairs); a++) {
        size_t line = (a - 1) / PER_LINE, place = (a - 1) % PER_LINE;
        point_t corner = {(double)place * FIGURE_WIDTH / PER_LINE, (double)(2 * line * PLOT)};
        draw_arm(canvas, &pairs, a, "summary/m_near_unit_last", "M~1, last", corner);
        corner.y += PLOT;
        draw_arm(canvas, &pairs, a, "outcome/valid_loss", "held-out loss", corner);
    }
    pairs_destroy(&pairs);
}

const figure_t figure_slopes = {
    .name = "slopes",
    .section = "What the arms change",
    .title = "Pairs: from the base arm's run to the arm's",
    .caption =
        "A line is a pair: two runs that share initial weights, data and every other draw. "
        "Above: M~1 at the last probe; below: held-out loss at the end. Vermilion: the arm's "
        "run diverged. At most twelve arms.",
    .height = height,
    .draw = draw};
