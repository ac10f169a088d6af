/* curves.h: one series of all trials in one panel. */
#ifndef FIGURE_CURVES_H
#define FIGURE_CURVES_H

#include <stddef.h>

#include "figure/figure.h"

typedef struct curves {
    size_t member; /* offsetof(shown_trial_t, ..) of the curve_t */
    const char *label;
    int is_log;
    double reference; /* a dashed line; NaN = none */
    int marks_spikes; /* a ring where the loss begins to spike */
} curves_t;

/* How many shown trials have more than one point of it. */
size_t curves_count(const study_t *study, const curves_t *curves);

void curves_draw(const study_t *study, canvas_t *canvas, const curves_t *curves);

#endif
