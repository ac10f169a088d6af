/* Does M~1 mean what a probability means? */
#include <math.h>
#include <stdio.h>

#include "figure/figure.h"
#include "report/cohort.h"
#include "report/config_scores.h"
#include "stats/calibration.h"

enum { BINS = 10 };

typedef struct shown_score {
    const char *column, *label;
    ink_t ink;
} shown_score_t;

static const shown_score_t scores[] = {
    {"summary/m_near_unit", "M~1 read as a probability", INK_SERIES},
    {"config/calibrated", "calibrated on other runs", INK_SERIES + 1},
};

static double height(const study_t *study) {
    const double *score = study_numbers(study, "summary/m_near_unit");
    size_t diverged = 0;
    for (size_t row = 0; score && row < study->trials.rows; row++)
        diverged += (size_t)study_has_diverged(study, row);
    return diverged && !study_is_sample(study) ? 360 : 0;
}

static void draw_bins(const panel_t *panel, const cohort_t *cohort, const double *score, ink_t ink,
                      double lift) {
    reliability_bin_t bin[BINS];
    double x[BINS], y[BINS];
    size_t filled = 0;
    calibration_bins(cohort->runs.rows, score, cohort->diverged, BINS, bin);
    for (int b = 0; b < BINS; b++) {
        char count[24];
        if (!bin[b].count) continue;
        x[filled] = bin[b].predicted;
        y[filled] = bin[b].observed;
        point_t at = panel_place(panel, x[filled], y[filled]);
        interval_t interval =
            interval_wilson((size_t)lround(bin[b].observed * (double)bin[b].count), bin[b].count);
        canvas_line(panel->canvas, panel_place(panel, x[filled], interval.low),
                    panel_place(panel, x[filled], interval.high), (pen_t){.ink = ink});
        canvas_circle(panel->canvas, at, 3, (pen_t){.ink = ink, .is_filled = 1});
        snprintf(count, sizeof count, "%zu", bin[b].count);
        canvas_text(panel->canvas, (point_t){at.x + 5, at.y + lift},
                    (lettering_t){.ink = ink, .size = 8}, count);
        filled++;
    }
    panel_line(panel, filled, x, y, (pen_t){.ink = ink, .opacity = 0.6});
}

static void draw(const study_t *study, canvas_t *canvas) {
    static const double diagonal[] = {0, 1};
    legend_t entries[2];
    cohort_t cohort = cohort_create(&study->trials, COHORT_ALL);
    config_scores_add(&cohort);
    panel_t panel = panel_in(canvas, (point_t){150, 16}, 400, canvas->height - 16,
                             axis_between(0, 1, "predicted"), axis_between(0, 1, "diverged"));
    panel_draw(&panel);
    panel_line(&panel, 2, diagonal, diagonal, (pen_t){.ink = INK_MUTED, .is_dashed = 1});
    for (int s = 0; s < 2; s++) {
        draw_bins(&panel, &cohort, cohort_numbers(&cohort, scores[s].column), scores[s].ink,
                  s ? 10 : -4);
        entries[s] = (legend_t){.mark = MARK_DOT,
                                .pen = {.ink = scores[s].ink, .is_filled = 1},
                                .text = scores[s].label};
    }
    legend_draw(canvas, (point_t){8, 0}, 2, entries);
    cohort_destroy(&cohort);
}

const figure_t figure_reliability = {
    .name = "reliability",
    .section = "Which runs diverge, and what tells so",
    .title = "Reliability: what the score says against what happened",
    .caption = "Runs in bins of their predicted chance of divergence: the share that diverged with "
               "its Wilson 95 % interval, and the number of runs. On the dashed line a score means "
               "what a probability means.",
    .height = height,
    .draw = draw};
