#include "optim/mup.h"

#include <math.h>
#include <string.h>

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

status_t mup_check(const config_t *config) {
    static const char *const known[] = {"gpt", "llama", "vit"};
    struct mup_options options;
    config_read(config, &mup_fields, &options);
    if (!options.base_width) return STATUS_OK;
    const char *arch = config_text(config, "model.arch");
    int is_known = 0;
    for (int i = 0; i < 3; i++) is_known |= strcmp(arch, known[i]) == 0;
    CHECK(is_known, STATUS_SPEC,
          "train.mup_base_width: muP is laid down for gpt, llama and vit, not for %s; set it to 0",
          arch);
    CHECK(
        config_number(config, "model.tied_head") == 0, STATUS_SPEC,
        "train.mup_base_width: a tied output matrix is input and output at once, which muP scales "
        "differently; set model.tied_head to false");
    return STATUS_OK;
}

static int ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The table of mup.h. */
static mup_slice_t whole(const parameter_t *p, const mup_exponents_t *e) {
    mup_slice_t slice = {.count = p->rows * p->cols, .exponent = e->input};
    if (strncmp(p->name, "block.", 6) == 0 && ends_with(p->name, ".weight"))
        slice.exponent = e->hidden, slice.init = -0.5;
    else if (strcmp(p->name, "head.weight") == 0)
        slice.exponent = e->output, slice.init = -1;
    else if (strcmp(p->name, "head.bias") == 0)
        slice.exponent = 0;
    return slice;
}

/* Queries are the first `width` rows of attn.qkv, the first `width` numbers of its bias. */
int mup_slices(const parameter_t *p, const mup_exponents_t *e, mup_slice_t slices[2]) {
    slices[0] = whole(p, e);
    int is_weight = ends_with(p->name, "attn.qkv.weight");
    if (!is_weight && !ends_with(p->name, "attn.qkv.bias")) return 1;
    long width = is_weight ? p->cols : p->cols / 3;
    long queries = is_weight ? width * p->cols : width;
    slices[1] = slices[0];
    slices[0].count = slices[1].first = queries;
    slices[1].count -= queries;
    slices[0].exponent += e->query;
    slices[0].init -= 0.5;
    return 2;
}

void mup_scale_init(const config_t *config, graph_t *graph) {
    double ratio = mup_width_ratio(config);
    const parameter_t *parameters = graph_parameters(graph);
    for (long p = 0; ratio != 1 && p < graph_parameter_count(graph); p++) {
        mup_slice_t slices[2];
        int count = mup_slices(&parameters[p], &(const mup_exponents_t){0}, slices);
        for (int k = 0; k < count; k++) {
            flt *theta = graph_theta(graph) + parameters[p].offset + slices[k].first;
            vector_scale(theta, pow(ratio, slices[k].init), theta, slices[k].count);
        }
    }
}
