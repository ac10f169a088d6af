#include "figure/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "probe/gradients.h"
#include "report/cohort.h"
#include "report/roles.h"
#include "store/store.h"
#include "train/train.h"

static const char purpose[] = "a report";

/* Points of all curves of one kind together: what keeps a page small. */
enum { POINTS_OF_ALL = 40000, POINTS_MIN = 16, POINTS_MAX = 160, SPECTRA_MAX = 8 };
enum { SPIKES_OF_ALL = 4000, SPIKES_MIN = 1, SPIKES_MAX = 32 };

/* The share of one curve among `curves` in what all may have. */
static size_t share_of(size_t all, size_t curves, size_t least, size_t most) {
    size_t share = all / (curves + 1);
    return share < least ? least : share > most ? most : share;
}

const double *study_numbers(const study_t *study, const char *column) {
    const frame_column_t *found = frame_find(&study->trials, column);
    return found ? found->number : NULL;
}

char *const *study_texts(const study_t *study, const char *column) {
    const frame_column_t *found = frame_find(&study->trials, column);
    return found ? found->text : NULL;
}

static trial_state_t state_of(const study_t *study, size_t row) {
    return trial_state_find(study_texts(study, "state")[row]);
}

int study_has_diverged(const study_t *study, size_t row) {
    return state_of(study, row) == TRIAL_DIVERGED;
}

int study_is_sample(const study_t *study) {
    cohort_t cohort = cohort_create(&study->trials, COHORT_ALL);
    int is_sample = cohort.is_weighted;
    cohort_destroy(&cohort);
    return is_sample;
}

static int has_result(const study_t *study, size_t row) {
    trial_state_t state = state_of(study, row);
    return state == TRIAL_COMPLETED || state == TRIAL_DIVERGED || state == TRIAL_PRUNED;
}

/* --- options --- */

static int varies(const frame_column_t *column, size_t rows) {
    for (size_t i = 1; i < rows; i++)
        if (column->text ? strcmp(column->text[i], column->text[0]) != 0
                         : column->number[i] != column->number[0])
            return 1;
    return 0;
}

/* The spec knows which options may differ; whether they do, the trials. */
static void find_varied(study_t *study) {
    const char *const *keys = spec_varied(plan_spec(study->plan));
    size_t room = 0;
    while (keys[room]) room++;
    study->varied = memory_take(room + 1, sizeof *study->varied, purpose);
    for (size_t k = 0; k < room; k++) {
        const frame_column_t *column = frame_find(&study->trials, keys[k]);
        if (column && varies(column, study->trials.rows))
            study->varied[study->varied_count++] = keys[k];
    }
}

groups_t study_groups(const study_t *study, const char *key) {
    size_t rows = study->trials.rows;
    char *const *texts = study_texts(study, key);
    groups_t groups = {.names = memory_take(rows + 1, sizeof *groups.names, purpose),
                       .of = memory_take(rows + 1, sizeof *groups.of, purpose)};
    for (size_t row = 0; row < rows; row++) {
        const config_t *config = plan_trial(study->plan, row)->config;
        const char *value = texts ? texts[row] : config_text(config, key);
        size_t g = 0;
        if (!value) value = "";
        while (g < groups.count && strcmp(groups.names[g], value) != 0) g++;
        if (g == groups.count) groups.names[groups.count++] = value;
        groups.of[row] = g;
    }
    return groups;
}

void groups_free(groups_t *groups) {
    free(groups->names);
    free(groups->of);
    *groups = (groups_t){0};
}

/* --- series and spectra --- */

static layers_t take_layers(const record_t *record, const char *path) {
    layers_t layers = {0};
    const record_item_t *item = record_find(record, path), *step = record_find(record, "rksp/step");
    if (!item || item->rank != 2 || !step || record_item_count(step) != item->shape[0])
        return layers;
    layers.probes = item->shape[0];
    layers.layers = item->shape[1];
    layers.number = curve_numbers(item);
    layers.step = curve_numbers(step);
    return layers;
}

static eigenvalues_t take_eigenvalues(const record_t *record) {
    const record_item_t *item = record_find(record, "rksp/lambda");
    if (!item || item->rank != 4 || item->shape[0] == 0) return (eigenvalues_t){0};
    return (eigenvalues_t){
        .layers = item->shape[1], .modes = item->shape[2], .part = curve_numbers(item)};
}

/* Of a matrix over records and layers, the largest of every record. */
static curve_t take_largest(const record_t *record, const char *x, const char *y, size_t points) {
    record_t flat = {0};
    const record_item_t *steps = record_find(record, x), *item = record_find(record, y);
    if (!steps || !item || item->rank != 2) return (curve_t){0};
    double *step = curve_numbers(steps), *number = curve_numbers(item);
    size_t count = item->shape[0], layers = item->shape[1];
    for (size_t i = 0; i < count; i++) {
        double largest = NAN; /* layers that have none are NaN */
        for (size_t l = 0; l < layers; l++) largest = fmax(largest, number[i * layers + l]);
        number[i] = largest;
    }
    record_put_vector(&flat, x, step, count);
    record_put_vector(&flat, y, number, count);
    curve_t curve = curve_take(&flat, x, y, points);
    record_clear(&flat);
    free(step);
    free(number);
    return curve;
}

/* Where a spike begins: a step that is one, after one that is none. */
static curve_t take_spikes(const record_t *record, size_t most) {
    curve_t spikes = {0};
    const record_item_t *item = record_find(record, "series/loss");
    double *loss = curve_numbers(item), *step = curve_numbers(record_find(record, "series/step"));
    size_t count = loss && step ? record_item_count(item) : 0;
    for (size_t s = 1, before = 0; s < count && spikes.count < most; s++) {
        size_t is_spike = (size_t)gradient_is_loss_spike(loss, s);
        if (is_spike && !before) {
            if (!spikes.x) spikes.x = memory_take(most, sizeof *spikes.x, purpose);
            if (!spikes.y) spikes.y = memory_take(most, sizeof *spikes.y, purpose);
            spikes.x[spikes.count] = step[s];
            spikes.y[spikes.count++] = loss[s];
        }
        before = is_spike;
    }
    free(loss);
    free(step);
    return spikes;
}

/* One trial a norm is enough to show what spectra look like. */
static int is_chosen(const study_t *study, const groups_t *norms, unsigned char *seen, size_t row) {
    if (study->chosen_count == SPECTRA_MAX || seen[norms->of[row]]) return 0;
    seen[norms->of[row]] = 1;
    return 1;
}

typedef struct taking {
    study_t *study;
    groups_t norms;
    unsigned char *seen;   /* [norms.count]: one of it is chosen */
    size_t points, spikes; /* of a curve, at most */
} taking_t;

/* All that is read of a trial's file. */
static const char *const items[] = {"series/step",
                                    "series/loss",
                                    "series/grad_norm",
                                    "series/active_blocks",
                                    "curvature/step",
                                    "kss/step",
                                    "curvature/preconditioned_lr_lambda",
                                    "kss/m_soft",
                                    "layers/step",
                                    "layers/expert_load_max",
                                    "rksp/step",
                                    "rksp/m_near_unit",
                                    "rksp/lambda",
                                    NULL};

static void take_trial(void *context, const trial_t *source, const record_t *record) {
    taking_t *taking = context;
    study_t *study = taking->study;
    size_t row = source->index, points = taking->points;
    shown_trial_t *trial = &study->shown[study->shown_count];
    *trial = (shown_trial_t){
        .row = row,
        .loss = curve_take(record, "series/step", "series/loss", points),
        .grad_norm = curve_take(record, "series/step", "series/grad_norm", points),
        .spikes = take_spikes(record, taking->spikes),
        .active_blocks = curve_take(record, "series/step", "series/active_blocks", points),
        .lr_lambda =
            curve_take(record, "curvature/step", "curvature/preconditioned_lr_lambda", points),
        .shaping = curve_take(record, "kss/step", "kss/m_soft", points),
        .expert_load = take_largest(record, "layers/step", "layers/expert_load_max", points),
        .near_unit = take_layers(record, "rksp/m_near_unit")};
    if (trial->near_unit.probes && is_chosen(study, &taking->norms, taking->seen, row)) {
        study->spectra[study->chosen_count] = take_eigenvalues(record);
        study->chosen[study->chosen_count++] = study->shown_count;
    }
    study->shown_count++;
}

/* Is this one of STUDY_SHOWN_MAX evenly chosen ones among all that have a result? */
static int is_shown(const study_t *study, size_t result) {
    size_t count = study->result_count, most = STUDY_SHOWN_MAX;
    return count <= most || result * most / count != (result + 1) * most / count;
}

static size_t choose_trials(study_t *study, const trial_t **chosen) {
    size_t rows = study->trials.rows, result = 0, count = 0;
    for (size_t row = 0; row < rows; row++) study->result_count += (size_t)has_result(study, row);
    for (size_t row = 0; row < rows; row++)
        if (has_result(study, row) && is_shown(study, result++))
            chosen[count++] = plan_trial(study->plan, row);
    return count;
}

static status_t read_trials(study_t *study) {
    const trial_t **chosen = memory_take(study->trials.rows + 1, sizeof(const trial_t *), purpose);
    size_t count = choose_trials(study, chosen);
    taking_t taking = {.study = study, .norms = study_groups(study, "model.norm")};
    taking.points = share_of(POINTS_OF_ALL, count, POINTS_MIN, POINTS_MAX);
    taking.spikes = share_of(SPIKES_OF_ALL, count, SPIKES_MIN, SPIKES_MAX);
    taking.seen = memory_take(taking.norms.count + 1, 1, purpose);
    study->shown = memory_take(count + 1, sizeof *study->shown, purpose);
    study->chosen = memory_take(SPECTRA_MAX, sizeof *study->chosen, purpose);
    study->spectra = memory_take(SPECTRA_MAX, sizeof *study->spectra, purpose);
    status_t status = store_read_trials(study->run_dir, chosen, count, items, take_trial, &taking);
    free(taking.seen);
    groups_free(&taking.norms);
    free(chosen);
    return status;
}

/* --- the whole --- */

static void make_tables(study_t *study) {
    for (const recipe_t *recipe = recipes; recipe->name; recipe++) {
        report_table_t table = recipe->make(&study->trials);
        if (table.row_count && study->table_count < STUDY_TABLES_MAX)
            study->tables[study->table_count++] = table;
        else
            report_table_destroy(&table);
    }
}

const report_table_t *study_table(const study_t *study, const char *name) {
    for (size_t i = 0; i < study->table_count; i++)
        if (strcmp(study->tables[i].name, name) == 0) return &study->tables[i];
    return NULL;
}

status_t study_open(const char *run_dir, const plan_t *plan, frame_t *trials, study_t *study) {
    *study = (study_t){.run_dir = run_dir, .plan = plan, .trials = *trials};
    *trials = (frame_t){0};
    CHECK(study_texts(study, "state"), STATUS_BUG, "a table of trials without their states");
    roles_fill(&study->trials);
    find_varied(study);
    TRY(read_trials(study));
    make_tables(study);
    study->lanes = lanes_read(run_dir, plan);
    return STATUS_OK;
}

void study_of_profile(record_t *profile, report_table_t *tables, size_t count, study_t *study) {
    *study = (study_t){.run_dir = "", .profile = *profile};
    *profile = (record_t){0};
    for (; study->table_count < count; study->table_count++) {
        study->tables[study->table_count] = tables[study->table_count];
        tables[study->table_count] = (report_table_t){0};
    }
}

const char *study_name(const study_t *study) {
    const record_item_t *source = record_find(&study->profile, "source");
    return study->plan ? spec_name(plan_spec(study->plan)) : source ? source->data : "";
}

static void free_shown(shown_trial_t *trial) {
    curve_free(&trial->loss);
    curve_free(&trial->grad_norm);
    curve_free(&trial->active_blocks);
    curve_free(&trial->lr_lambda);
    curve_free(&trial->shaping);
    curve_free(&trial->expert_load);
    curve_free(&trial->spikes);
    free(trial->near_unit.step);
    free(trial->near_unit.number);
}

void study_close(study_t *study) {
    for (size_t i = 0; i < study->shown_count; i++) free_shown(&study->shown[i]);
    for (size_t i = 0; i < study->chosen_count; i++) free(study->spectra[i].part);
    for (size_t i = 0; i < study->table_count; i++) report_table_destroy(&study->tables[i]);
    free(study->shown);
    free(study->chosen);
    free(study->spectra);
    free(study->varied);
    lanes_free(&study->lanes);
    frame_clear(&study->trials);
    record_clear(&study->profile);
    *study = (study_t){0};
}
