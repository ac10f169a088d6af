/* Training loss of every trial. */
#include <math.h>

#include "figure/curves.h"

static const curves_t curves = {.member = offsetof(shown_trial_t, loss),
                                .label = "training loss, nats",
                                .is_log = 1,
                                .reference = NAN,
                                .marks_spikes = 1};

static double height(const study_t *study) { return curves_count(study, &curves) ? 320 : 0; }

static void draw(const study_t *study, canvas_t *canvas) { curves_draw(study, canvas, &curves); }

const figure_t figure_loss = {
    .name = "loss",
    .section = "Training",
    .title = "Loss of every trial",
    .caption = "Training loss by step; colour: the normalisation. A cross ends a run that "
               "diverged; a circle: the loss begins to spike (of many trials the first spikes "
               "alone); dashed: a block was unlocked.",
    .height = height,
    .draw = draw};
