/* Curvature while training, against the edge of stability. */
#include <math.h>

#include "figure/curves.h"

static const curves_t curves = {.member = offsetof(shown_trial_t, lr_lambda),
                                .label = "lr lambda_max(G)",
                                .is_log = 1,
                                .reference = 38};

static double height(const study_t *study) { return curves_count(study, &curves) ? 320 : 0; }

static void draw(const study_t *study, canvas_t *canvas) { curves_draw(study, canvas, &curves); }

const figure_t figure_curvature = {
    .name = "curvature",
    .section = "Training",
    .title = "Learning rate times curvature, against the edge",
    .caption = "Learning rate times the largest eigenvalue of the preconditioned Hessian; dashed: "
               "38, the edge of stability of Adam with beta1 0.9 (Cohen et al., arXiv 2207.14484).",
    .height = height,
    .draw = draw};
