#include "model/resources.h"

#include <string.h>

#define OPTIONS struct resources
static const field_t fields[] = {
    CHOICE_FIELD("resources.device", device, .fallback = "host", .choices = backend_names,
                 .doc = "where models live; cuda: a GPU (make CUDA=1); emulated: device kernels on "
                        "the host, for tests"),
    REAL_FIELD("resources.gpus_per_trial", gpus_per_trial, .min = 0.01, .max = 1, .fallback = "1",
               .doc = "share of a GPU and of its memory that each rank of a trial takes; 0.25: "
                      "four ranks to a GPU",
               .keeps_results = true),
    BOOL_FIELD("resources.tf32", tf32, .fallback = "false",
               .doc = "matrix products on a GPU may round their factors to 10 bits (TF32)",
               .off_with = "resources.device=host|emulated"),
};
const field_set_t resources_fields = FIELD_SET("resources", fields, .is_shared = true);

#undef OPTIONS
#define OPTIONS struct precision_options
static const field_t of_precision[] = {
    CHOICE_FIELD("train.precision", name, .fallback = "f32", .choices = precision_names,
                 .doc = "of matrix products while training; bf16: factors in bfloat16, sums in "
                        "float32; bf16_emulated: the same without the instructions, slower",
                 .is_later = true),
};
const field_set_t precision_fields = FIELD_SET("precision", of_precision);

static struct resources read_options(const config_t *config) {
    struct resources resources;
    config_read(config, &resources_fields, &resources);
    return resources;
}

const precision_t *resources_precision(const config_t *config) {
    struct precision_options options;
    config_read(config, &precision_fields, &options);
    return precision_find(options.name);
}

const backend_t *resources_find(const config_t *config) {
    struct resources resources = read_options(config);
    const backend_t *const *row = backend_rows();
    while (*row && strcmp((*row)->name, resources.device) != 0) row++;
    return *row ? *row : &backend_host;
}

/* Of the device first: where there is none, what it could multiply does not matter. */
status_t resources_check(const config_t *config) {
    TRY(backend_check(read_options(config).device));
    return precision_check(resources_precision(config), resources_find(config));
}

status_t resources_open(const config_t *config, const backend_t **backend) {
    struct resources resources = read_options(config);
    const backend_options_t options = {.gpus_per_process = resources.gpus_per_trial,
                                       .tf32 = resources.tf32};
    TRY(resources_check(config));
    return backend_open(resources.device, &options, backend);
}

double resources_gpus(const config_t *config) {
    struct resources resources = read_options(config);
    return strcmp(resources.device, "cuda") == 0 ? resources.gpus_per_trial : 0;
}
