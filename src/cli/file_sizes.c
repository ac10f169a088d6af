#include "cli/file_sizes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "store/store.h"
#include "train/train.h"

/* Header, attributes and checksums of one data set; measured on files of 48 KB to 750 KB. */
enum { BYTES_PER_DATA_SET = 1000 };

/* The options that say how long a dimension of the schema is: a number, or a list with one entry
 * each. Other dimensions are short. */
static const struct {
    const char *dimension, *key;
} lengths[] = {
    {"step", "train.steps"},
    {"layer", "model.layers"},
    {"mode", "model.width"},
    {"probe", "probe.rksp.steps"},
};

static double list_length(const char *text) {
    double count = strcmp(text, "[]") != 0;
    for (; *text; text++) count += *text == ',';
    return count;
}

/* Length of the axis whose name has `length` letters; digits are a length themselves. */
static double axis_length(const config_t *config, const char *name, size_t length) {
    if (strspn(name, "0123456789") >= length) return atof(name);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (strlen(lengths[i].dimension) != length) continue;
        if (strncmp(lengths[i].dimension, name, length) != 0) continue;
        const char *text = config_text(config, lengths[i].key);
        if (!text) return 1;
        return *text == '[' ? list_length(text) : config_number(config, lengths[i].key);
    }
    return 1;
}

/* Entries of a data set of that shape, "[probe,layer]". */
static double count_entries(const config_t *config, const char *shape) {
    double count = 1;
    for (shape += strspn(shape, "["); *shape && *shape != ']'; shape += strspn(shape, ",")) {
        size_t length = strcspn(shape, ",]");
        count *= axis_length(config, shape, length);
        shape += length;
    }
    return count;
}

/* The network, where it is kept: 0 where the options do not say how large it is. */
static double weights_size(const config_t *config) {
    trial_cost_t cost;
    int is_kept = config_number(config, "train.keep_weights") == 1;
    return is_kept && trial_estimate(config, &cost) == STATUS_OK ? cost.parameters * sizeof(float)
                                                                 : 0;
}

double file_sizes_trial(const config_t *config) {
    double bytes = weights_size(config);
    for (const schema_row_t *row = trial_schema; row->path; row++)
        bytes += BYTES_PER_DATA_SET +
                 count_entries(config, row->shape) * (double)record_type_size(row->type);
    return bytes;
}

double file_sizes_index(const plan_t *plan) {
    double options = 0, varied = 0, results = 0;
    const config_t *config = plan_trial(plan, 0)->config;
    while (config_key(config, (size_t)options)) options++;
    for (const char *const *key = spec_varied(plan_spec(plan)); *key; key++) varied++;
    for (const schema_row_t *row = trial_schema; row->path; row++) results += !*row->shape;
    return (options + results) * BYTES_PER_DATA_SET +
           (varied + results) * (double)plan_count(plan) * (double)sizeof(double);
}
