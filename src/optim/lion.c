#include "optim/lion.h"

#include "kernel/vector/lion.h"

struct lion_options {
    double beta1, beta2;
};

#define OPTIONS struct lion_options
static const field_t fields[] = {
    REAL_FIELD("train.lion_beta1", beta1, .min = 0, .max = 0.999999, .fallback = "0.9",
               .doc = "share of the mean gradient in the direction",
               .needs = "train.optimizer=lion", .is_later = true, .is_costless = true),
    REAL_FIELD("train.lion_beta2", beta2, .min = 0, .max = 0.999999, .fallback = "0.99",
               .doc = "decay of the mean gradient", .needs = "train.optimizer=lion",
               .is_later = true, .is_costless = true),
};
const field_set_t lion_fields = FIELD_SET("lion", fields);

static void update(const update_t *u, const void *row_options) {
    const struct lion_options *options = row_options;
    const struct lion_step step = {.keep = (flt)(1 - u->lr * u->weight_decay),
                                   .rate = (flt)u->lr,
                                   .beta1 = (flt)options->beta1,
                                   .beta2 = (flt)options->beta2};
    update_run(u, VECTOR_LION, &step, sizeof step);
}

const optim_row_t optim_lion = {
    .name = "lion",
    .doc = "the sign of a mean gradient",
    .moments = 1,
    .options = &lion_fields,
    .options_size = sizeof(struct lion_options),
    .mup = {.hidden = -1, .output = -1, .query = -0.5},
    .update = update,
};
