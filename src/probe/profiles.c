#include "probe/profiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/moments.h"

/* One number per layer, and the item that holds its mean over the layers of the first profile;
 * with _max, _min and _sd at its end, the ones that hold these. */
static const struct column {
    const char *path;
    size_t offset;
    const char *summary; /* NULL = none */
} columns[] = {
#define AT(member) offsetof(rksp_result_t, member)
    {"rksp/m_expansive", AT(all.expansive), "summary/m_expansive"},
    {"rksp/m_near_unit", AT(all.near_unit), "summary/m_near_unit"},
    {"rksp/m_contractive", AT(all.contractive), "summary/m_contractive"},
    {"rksp/m_mid", AT(all.mid), NULL},
    {"rksp/m_near_unit_reliable", AT(reliable.near_unit), NULL},
    {"rksp/m_expansive_reliable", AT(reliable.expansive), NULL},
    {"rksp/reliable", AT(reliable_share), "summary/reliable"},
    {"rksp/rho", AT(rho), "summary/rho"},
    {"rksp/kappa_v", AT(kappa_v), "summary/kappa_v"},
    {"rksp/eta_nl", AT(eta_nl), "summary/eta_nl"},
    {"rksp/change", AT(change), NULL},
    {"rksp/kreiss", AT(kreiss), NULL},
    {"rksp/kreiss_scaled", AT(kreiss_scaled), NULL},
    {"rksp/henrici", AT(henrici), NULL},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static double number(const rksp_result_t *result, size_t offset) {
    return *(const double *)((const char *)result + offset);
}

static void set_number(rksp_result_t *result, size_t offset, double x) {
    *(double *)((char *)result + offset) = x;
}

status_t profiles_create(int capacity, int layers, int modes, profiles_t *out) {
    size_t rows = (size_t)capacity, results = rows * (size_t)layers;
    size_t numbers = results * (size_t)modes;
    *out = (profiles_t){
        .capacity = capacity,
        .layers = layers,
        .modes = modes,
        .step = calloc(rows + 1, sizeof *out->step),
        .seconds = calloc(rows + 1, sizeof *out->seconds),
        .results = calloc(results + 1, sizeof *out->results),
        .lambda = calloc(2 * numbers + 1, sizeof *out->lambda),
        .residual = calloc(numbers + 1, sizeof *out->residual),
        .work = calloc(results + 1, sizeof(double)),
    };
    int is_complete =
        out->step && out->seconds && out->results && out->lambda && out->residual && out->work;
    if (!is_complete) profiles_destroy(out);
    CHECK(is_complete, STATUS_ENVIRONMENT, "out of memory for %d layer profiles", capacity);
    return STATUS_OK;
}

void profiles_destroy(profiles_t *p) {
    free(p->step);
    free(p->seconds);
    free(p->results);
    free(p->lambda);
    free(p->residual);
    free(p->work);
    *p = (profiles_t){0};
}

static void keep_modes(double *to, const double *from, int used, int room) {
    for (int i = 0; i < room; i++) to[i] = i < used ? from[i] : NAN;
}

void profiles_keep(profiles_t *p, int layer, const rksp_result_t *result) {
    size_t at = (size_t)p->count * (size_t)p->layers + (size_t)layer, modes = (size_t)p->modes;
    int rank = result ? result->rank : 0;
    keep_modes(p->lambda + 2 * at * modes, rank ? result->lambda : NULL, 2 * rank, 2 * p->modes);
    keep_modes(p->residual + at * modes, rank ? result->residual : NULL, rank, p->modes);
    p->results[at] = result ? *result : (rksp_result_t){0};
    for (int c = 0; !result && c < COLUMNS; c++)
        set_number(&p->results[at], columns[c].offset, NAN);
}

void profiles_end(profiles_t *p, int64_t step, double seconds) {
    p->step[p->count] = step;
    p->seconds[p->count++] = seconds;
}

/* 1/L sum_l x_l over the layers of the first profile. NaN of one layer is NaN of the mean: a
 * summary over the layers that happen to have a number would compare unlike things. */
static double layer_mean(const profiles_t *p, size_t offset) {
    double sum = 0;
    for (int layer = 0; layer < p->layers; layer++) sum += number(&p->results[layer], offset);
    return sum / p->layers;
}

double profiles_first_near_unit(const profiles_t *p) {
    return p->count ? layer_mean(p, AT(all.near_unit)) : NAN;
}

/* Mean over layers at the last of several probes; NaN when there is but one. */
static double last_near_unit(const profiles_t *p) {
    const rksp_result_t *last = p->results + (p->count - 1) * p->layers;
    double sum = 0;
    for (int layer = 0; layer < p->layers; layer++) sum += last[layer].all.near_unit;
    return p->count > 1 ? sum / p->layers : NAN;
}

static void put_suffixed(record_t *record, const char *path, const char *suffix, double x) {
    char whole[RECORD_PATH_MAX];
    snprintf(whole, sizeof whole, "%s%s", path, suffix);
    record_put_f64(record, whole, x);
}

/* Mean, largest, smallest and standard deviation over the layers of the first profile. */
static void record_column(const profiles_t *p, const struct column *column, record_t *record) {
    double *numbers = p->work;
    for (int layer = 0; layer < p->layers; layer++)
        numbers[layer] = number(&p->results[layer], column->offset);
    extent_t e = extent((size_t)p->layers, numbers);
    put_suffixed(record, column->summary, "", layer_mean(p, column->offset));
    put_suffixed(record, column->summary, "_max", e.high);
    put_suffixed(record, column->summary, "_min", e.low);
    put_suffixed(record, column->summary, "_sd", moments((size_t)p->layers, numbers).sd);
}

static void record_summary(const profiles_t *p, record_t *record) {
    for (int c = 0; c < COLUMNS; c++)
        if (columns[c].summary) record_column(p, &columns[c], record);
    record_put_f64(record, "summary/m_near_unit_last", last_near_unit(p));
    double near_unit = layer_mean(p, AT(all.near_unit)), kappa = layer_mean(p, AT(kappa_v));
    record_put_f64(record, "summary/near_unit_log_kappa", near_unit * log10(kappa));
    int64_t degenerate = 0;
    for (int layer = 0; layer < p->layers; layer++) degenerate += p->results[layer].degenerate;
    record_put_i64(record, "summary/degenerate", degenerate);
}

/* Arrays [profile, layer]. */
static void record_layers(const profiles_t *p, record_t *record) {
    const size_t shape[] = {(size_t)p->count, (size_t)p->layers};
    size_t results = shape[0] * shape[1];
    double *numbers = p->work;
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < results; i++) numbers[i] = number(&p->results[i], columns[c].offset);
        record_put(record, columns[c].path, RECORD_F64, 2, shape, numbers);
    }
    int64_t *integers = p->work;
    for (size_t i = 0; i < results; i++) integers[i] = p->results[i].rank;
    record_put(record, "rksp/rank", RECORD_I64, 2, shape, integers);
    for (size_t i = 0; i < results; i++) integers[i] = p->results[i].degenerate;
    record_put(record, "rksp/degenerate", RECORD_I64, 2, shape, integers);
}

void profiles_record(const profiles_t *p, record_t *record) {
    if (p->count == 0) return;
    const size_t shape[] = {(size_t)p->count, (size_t)p->layers, (size_t)p->modes, 2};
    record_put(record, "rksp/step", RECORD_I64, 1, shape, p->step);
    record_put(record, "rksp/seconds", RECORD_F64, 1, shape, p->seconds);
    record_put(record, "rksp/lambda", RECORD_F64, 4, shape, p->lambda);
    record_put(record, "rksp/residual", RECORD_F64, 3, shape, p->residual);
    record_layers(p, record);
    record_summary(p, record);
}

/* Arrays [profile, layer]. */
static status_t load_layers(profiles_t *p, const record_t *record) {
    size_t results = (size_t)p->count * (size_t)p->layers;
    double *numbers = p->work;
    int64_t *integers = p->work;
    for (int c = 0; c < COLUMNS; c++) {
        TRY(record_get(record, columns[c].path, RECORD_F64, results, numbers));
        for (size_t i = 0; i < results; i++)
            set_number(&p->results[i], columns[c].offset, numbers[i]);
    }
    TRY(record_get(record, "rksp/rank", RECORD_I64, results, integers));
    for (size_t i = 0; i < results; i++) p->results[i].rank = (int)integers[i];
    TRY(record_get(record, "rksp/degenerate", RECORD_I64, results, integers));
    for (size_t i = 0; i < results; i++) p->results[i].degenerate = (int)integers[i];
    return STATUS_OK;
}

status_t profiles_load(profiles_t *p, const record_t *record) {
    const record_item_t *steps = record_find(record, "rksp/step");
    size_t count = steps ? record_item_count(steps) : 0;
    CHECK(count <= (size_t)p->capacity, STATUS_CORRUPT, "%zu profiles where %d were asked for",
          count, p->capacity);
    size_t numbers = count * (size_t)p->layers * (size_t)p->modes;
    if (count == 0) return STATUS_OK;
    p->count = (int)count;
    TRY(record_get(record, "rksp/step", RECORD_I64, count, p->step));
    TRY(record_get(record, "rksp/seconds", RECORD_F64, count, p->seconds));
    TRY(record_get(record, "rksp/lambda", RECORD_F64, 2 * numbers, p->lambda));
    TRY(record_get(record, "rksp/residual", RECORD_F64, numbers, p->residual));
    return load_layers(p, record);
}
