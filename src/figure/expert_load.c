/* How evenly the experts of a mixture are used. */
#include <math.h>

#include "figure/curves.h"

static const curves_t curves = {.member = offsetof(shown_trial_t, expert_load),
                                .label = "largest expert load",
                                .is_log = 1,
                                .reference = 1};

static double height(const study_t *study) { return curves_count(study, &curves) ? 320 : 0; }

static void draw(const study_t *study, canvas_t *canvas) { curves_draw(study, canvas, &curves); }

const figure_t figure_expert_load = {
    .name = "expert_load",
    .section = "Training",
    .title = "Expert load",
    .caption = "Load of the expert that most tokens of a step chose, in times its even share; the "
               "largest over the layers. Dashed: 1, all experts alike. At the number of experts "
               "(for one active) all tokens go to one.",
    .height = height,
    .draw = draw};
