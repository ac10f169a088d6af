#include "optim/mup.h"

#include <math.h>

#include "kernel/vector.h"

struct mup_options {
    int64_t base_width;
};

#define OPTIONS struct mup_options
static const field_t fields[] = {
    INT_FIELD("train.mup_base_width", base_width, .min = 0, .max = 16384, .fallback = "0",
              .doc = "muP: width at which train.lr and the initialisation hold as they "
                     "are; 0 = off"),
};
const field_set_t mup_fields = FIELD_SET("muP", fields);

double mup_width_ratio(const config_t *config) {
    struct mup_options options;
    config_read(config, &mup_fields, &options);
    return options.base_width ? config_number(config, "model.width") / (double)options.base_width
                              : 1;
}

status_t mup_check(const config_t *config, const graph_t *graph) {
    struct mup_options options;
    config_read(config, &mup_fields, &options);
    if (!options.base_width) return STATUS_OK;
    CHECK(
        config_number(config, "model.tied_head") == 0, STATUS_SPEC,
        "train.mup_base_width: a tied output matrix is input and output at once, which muP scales "
        "differently; set model.tied_head to false");
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    while (p < end && p->facts.mup != MUP_UNKNOWN) p++;
    CHECK(
        p == end, STATUS_SPEC,
        "train.mup_base_width: how %s of model.arch %s follows the width is not laid down; set it "
        "to 0",
        p->name, config_text(config, "model.arch"));
    return STATUS_OK;
}

/* The table of mup.h. */
static mup_slice_t row_of(mup_class_t class, const mup_exponents_t *e) {
    switch (class) {
    case MUP_HIDDEN:
        return (mup_slice_t){.exponent = e->hidden, .init = -0.5};
    case MUP_OUTPUT:
        return (mup_slice_t){.exponent = e->output, .init = -1};
    case MUP_INPUT:
        return (mup_slice_t){.exponent = e->input};
    case MUP_FIXED:
    case MUP_UNKNOWN:
        break; /* refused by mup_check */
    }
    return (mup_slice_t){0};
}

/* Queries carry the 1/head_size of attention. */
static mup_slice_t slice_of(const parameter_t *p, role_t role, const mup_exponents_t *e) {
    mup_slice_t slice = row_of(p->facts.mup, e);
    if (role != ROLE_QUERY) return slice;
    slice.exponent += e->query;
    slice.init -= 0.5;
    return slice;
}

/* Appends a slice, or makes the last one longer. Returns how many there are. */
static int add_slice(mup_slice_t *slices, int count, mup_slice_t slice) {
    mup_slice_t *last = count ? &slices[count - 1] : NULL;
    if (last && last->exponent == slice.exponent && last->init == slice.init) {
        last->count += slice.count;
        return count;
    }
    slice.first = last ? last->first + last->count : 0;
    slices[count] = slice;
    return count + 1;
}

int mup_slices(const parameter_t *p, const mup_exponents_t *e,
               mup_slice_t slices[PARAMETER_PARTS]) {
    const parameter_part_t *part = p->facts.parts;
    int count = 0;
    for (int k = 0; k < PARAMETER_PARTS && part[k].units; k++) {
        mup_slice_t slice = slice_of(p, part[k].role, e);
        slice.count = part[k].units * parameter_unit(p);
        count = add_slice(slices, count, slice);
    }
    if (count) return count;
    slices[0] = slice_of(p, ROLE_NONE, e);
    slices[0].count = p->rows * p->cols;
    return 1;
}

/* Drawn at the base width's deviation and scaled: models of two widths share what they draw, as far
 * as their shapes agree, and at the base width no bit changes. */
void mup_scale_init(const config_t *config, graph_t *graph) {
    double ratio = mup_width_ratio(config);
    const parameter_t *parameters = graph_parameters(graph);
    for (long p = 0; ratio != 1 && p < graph_parameter_count(graph); p++) {
        mup_slice_t slices[PARAMETER_PARTS];
        int count = mup_slices(&parameters[p], &(const mup_exponents_t){0}, slices);
        for (int k = 0; k < count; k++) {
            flt *theta = graph_theta(graph) + parameters[p].offset + slices[k].first;
            vector_scale(theta, pow(ratio, slices[k].init), theta, slices[k].count);
        }
    }
}
