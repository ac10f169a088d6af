/* Gradient norm of every trial. */
#include <math.h>

#include "figure/curves.h"

static const curves_t curves = {.member = offsetof(shown_trial_t, grad_norm),
                                .label = "gradient norm",
                                .is_log = 1,
                                .reference = NAN};

static double height(const study_t *study) { return curves_count(study, &curves) ? 320 : 0; }

static void draw(const study_t *study, canvas_t *canvas) { curves_draw(study, canvas, &curves); }

const figure_t figure_grad_norm = {.name = "grad_norm",
                                   .section = "Training",
                                   .title = "Gradient norm of every trial",
                                   .caption =
                                       "Global 2-norm of the task gradient, before any clipping, "
                                       "by step; a cross ends a run that diverged.",
                                   .height = height,
                                   .draw = draw};
