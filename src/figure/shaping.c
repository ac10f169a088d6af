/* What spectral shaping sees. */
#include <math.h>

#include "figure/curves.h"

static const curves_t curves = {.member = offsetof(shown_trial_t, shaping),
                                .label = "soft near-unit mass",
                                .is_log = 0,
                                .reference = NAN};

static double height(const study_t *study) { return curves_count(study, &curves) ? 320 : 0; }

static void draw(const study_t *study, canvas_t *canvas) { curves_draw(study, canvas, &curves); }

const figure_t figure_shaping = {.name = "shaping",
                                 .section = "Training",
                                 .title = "Spectral shaping: the mass it acts on",
                                 .caption = "Soft near-unit mass at every application of Koopman "
                                            "spectral shaping, mean over the layers drawn.",
                                 .height = height,
                                 .draw = draw};
