#include "probe/coords.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/flt_record.h"

struct options {
    int_list_t steps;
};

#define OPTIONS struct options
static const field_t fields[] = {
    INT_LIST_FIELD("probe.coords.steps", steps, .min = 0, .max = 1e9, .fallback = "[]",
                   .doc = "coordinate check: measure the sizes of hidden states and logits when so "
                          "many optimizer steps are done, ascending"),
};
const field_set_t coords_fields = FIELD_SET("coordinate check", fields, .is_shared = true);

/* What is looked at a second time: the last hidden state, and the logits. */
enum { HIDDEN, LOGITS, KINDS };

struct coords_probe {
    int_list_t steps;
    size_t count, places;  /* measurements so far; sizes of each: h_0 .. h_L, logits    */
    double *sizes;         /* owned [steps.count, places]                               */
    flt *first[KINDS];     /* owned: at the first of the steps                          */
    size_t numbers[KINDS]; /* of these                                                  */
    double change[KINDS];  /* mean |x - first x| at the last measurement                */
};

static status_t read_options(const config_t *config, int64_t steps, struct options *options) {
    config_read(config, &coords_fields, options);
    const int_list_t *list = &options->steps;
    for (int i = 0; i < list->count; i++)
        CHECK(
            list->at[i] <= steps && (i == 0 || list->at[i] > list->at[i - 1]), STATUS_SPEC,
            "probe.coords.steps: step %ld comes after the last one, train.steps %ld, or not after "
            "the one before it",
            (long)list->at[i], (long)steps);
    return STATUS_OK;
}

status_t coords_probe_estimate(const config_t *config, int64_t steps, double *passes) {
    struct options options;
    TRY(read_options(config, steps, &options));
    *passes = options.steps.count;
    return STATUS_OK;
}

static matrix_t state_of(const model_t *model, int kind) {
    return kind == LOGITS ? model_logits(model)
                          : model_hidden(model, (int)model_options(model)->layers);
}

status_t coords_probe_create(const config_t *config, const model_t *model, int64_t steps,
                             coords_probe_t **out) {
    struct options options;
    *out = NULL;
    TRY(read_options(config, steps, &options));
    if (options.steps.count == 0) return STATUS_OK;
    coords_probe_t *probe = *out = calloc(1, sizeof *probe);
    CHECK(probe, STATUS_ENVIRONMENT, "out of memory for the coordinate check");
    probe->steps = options.steps;
    probe->places = (size_t)model_options(model)->layers + 2;
    probe->sizes = calloc((size_t)options.steps.count * probe->places, sizeof *probe->sizes);
    int is_complete = probe->sizes != NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        matrix_t state = state_of(model, kind);
        probe->numbers[kind] = (size_t)(state.rows * state.cols);
        probe->first[kind] = calloc(probe->numbers[kind], sizeof *probe->first[kind]);
        is_complete &= probe->first[kind] != NULL;
        probe->change[kind] = NAN;
    }
    CHECK(is_complete, STATUS_ENVIRONMENT, "out of memory for the coordinate check");
    return STATUS_OK;
}

void coords_probe_destroy(coords_probe_t **probe) {
    if (!*probe) return;
    for (int kind = 0; kind < KINDS; kind++) free((*probe)->first[kind]);
    free((*probe)->sizes);
    free(*probe);
    *probe = NULL;
}

/* Mean of |x - from|; from NULL = 0. */
static double mean_size(const flt *x, const flt *from, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs((double)x[i] - (from ? (double)from[i] : 0));
    return sum / (double)n;
}

static double size_of(matrix_t m) { return mean_size(m.at.v, NULL, (size_t)(m.rows * m.cols)); }

static int is_due(const coords_probe_t *probe, int64_t step) {
    return probe && probe->count < (size_t)probe->steps.count &&
           probe->steps.at[probe->count] == step;
}

void coords_probe_run(coords_probe_t *probe, const probe_batches_t *batches, model_t *model,
                      batch_t *batch, int64_t step) {
    if (!is_due(probe, step)) return;
    double *sizes = probe->sizes + probe->count * probe->places;
    const precision_t *of_training = model_set_precision(model, &precision_f32);
    batches->draw(batches->context, 0, batch);
    model_load(model, batch);
    model_hidden_states(model);
    model_set_precision(model, of_training);
    for (size_t layer = 0; layer + 1 < probe->places; layer++)
        sizes[layer] = size_of(model_hidden(model, (int)layer));
    sizes[probe->places - 1] = size_of(model_logits(model));
    for (int kind = 0; kind < KINDS; kind++) {
        const flt *now = state_of(model, kind).at.v;
        if (probe->count == 0) memcpy(probe->first[kind], now, probe->numbers[kind] * sizeof *now);
        probe->change[kind] = mean_size(now, probe->first[kind], probe->numbers[kind]);
    }
    probe->count++;
}

void coords_probe_record(const coords_probe_t *probe, record_t *record) {
    if (!probe || !probe->count) return;
    const size_t shape[] = {probe->count, probe->places};
    const double *first = probe->sizes, *last = first + (probe->count - 1) * probe->places;
    size_t logits = probe->places - 1, hidden = probe->places - 2;
    record_put(record, "coords/step", RECORD_I64, 1, shape, probe->steps.at);
    record_put(record, "coords/size", RECORD_F64, 2, shape, probe->sizes);
    record_put_f64(record, "coords/hidden_first", first[hidden]);
    record_put_f64(record, "coords/hidden_last", last[hidden]);
    record_put_f64(record, "coords/hidden_change", probe->change[HIDDEN]);
    record_put_f64(record, "coords/logits_first", first[logits]);
    record_put_f64(record, "coords/logits_last", last[logits]);
    record_put_f64(record, "coords/logits_change", probe->change[LOGITS]);
}

static const char *const first_paths[] = {"coords_probe/hidden", "coords_probe/logits"};

void coords_probe_save(const coords_probe_t *probe, record_t *record) {
    if (!probe) return;
    size_t sizes = (size_t)probe->steps.count * probe->places, kinds = KINDS;
    record_put_i64(record, "coords_probe/count", (int64_t)probe->count);
    record_put(record, "coords_probe/sizes", RECORD_F64, 1, &sizes, probe->sizes);
    record_put(record, "coords_probe/change", RECORD_F64, 1, &kinds, probe->change);
    for (int kind = 0; kind < KINDS; kind++)
        record_put(record, first_paths[kind], RECORD_FLT, 1, &probe->numbers[kind],
                   probe->first[kind]);
}

status_t coords_probe_load(coords_probe_t *probe, const record_t *record) {
    int64_t count;
    if (!probe) return STATUS_OK;
    size_t sizes = (size_t)probe->steps.count * probe->places;
    TRY(record_get(record, "coords_probe/count", RECORD_I64, 1, &count));
    CHECK(count >= 0 && count <= probe->steps.count, STATUS_CORRUPT,
          "%ld measurements of coordinates where %d were asked for", (long)count,
          probe->steps.count);
    TRY(record_get(record, "coords_probe/sizes", RECORD_F64, sizes, probe->sizes));
    TRY(record_get(record, "coords_probe/change", RECORD_F64, KINDS, probe->change));
    for (int kind = 0; kind < KINDS; kind++)
        TRY(record_get(record, first_paths[kind], RECORD_FLT, probe->numbers[kind],
                       probe->first[kind]));
    probe->count = (size_t)count;
    return STATUS_OK;
}
