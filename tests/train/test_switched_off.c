/* Options that are switched off do nothing: with `needs` and `off_with` of all rows taken away, so
 * that no option counts as its default, a trial's results are the same bits whatever it is given
 * for one that the rows call switched off. Oracle: trial_run of the rows without them. */
#include "task/folder.h"
#include "train/bare_sets.h"

#include "spec/catalog.h"
#include "spec/space.h"
#include "store/store.h"

#define SMALL                                                                                      \
    "name: a\nmodel.width: 16\nmodel.layers: 2\nmodel.heads: 2\ntrain.steps: 3\n"                  \
    "train.batch: 4\ntask.seq_len: 16\ntask.vocab: 32\n"
#define PROBED SMALL "probe.rksp.samples: 48\n"

/* Between them, every option that needs another one is switched off. */
static const char *const bases[] = {
    PROBED,
    PROBED "train: {optimizer: sgd, weight_decay: 0}\nmodel.ffn: 24\n",
    PROBED "train.optimizer: lamb\nmodel.arch: llama\nmodel.zero_output: true\n",
    PROBED "train.optimizer: lion\ntrain.valid_batches: 0\ntask.name: synthetic_lm\n",
    SMALL "probe.rksp.steps: []\ncurvature: {every: 2, method: lanczos, lanczos_steps: 3}\n",
    PROBED "curvature: {every: 2, products: 2}\narch_warmup: {groups: 1, begin: 1}\n",
    PROBED "model.norm: none\n",
    PROBED "task: {name: tokens, files: a.bin, held_out_files: b.bin}\n",
};

/* The token files of the last one. */
static int write_files(void **state) {
    (void)state;
    uint16_t ids[4000];
    for (size_t i = 0; i < 4000; i++) ids[i] = (uint16_t)(i * i % 31);
    folder_write("a.bin", ids, sizeof ids);
    folder_write("b.bin", ids + 500, 1000 * sizeof *ids);
    return setenv("KOOPSWEEP_DATA", folder_path(), 1);
}

static int remove_files(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

static record_t results_of(const char *text) {
    record_t record = {0};
    sweep_text_t sweep = sweep_of_sets(text, bare_sets());
    run_trial(plan_trial(sweep.plan, 0), &record);
    sweep_end(&sweep);
    return record;
}

/* Clocks are no results. */
static int is_result(const record_item_t *item) {
    const schema_row_t *row = trial_schema;
    while (row->path && strcmp(row->path, item->path) != 0) row++;
    return !row->path || strcmp(row->unit, "s") != 0;
}

/* NULL, or the first data set that differs. */
static const char *find_difference(const record_t *a, const record_t *b) {
    for (size_t i = 0; i < a->count; i++) {
        const record_item_t *item = &a->items[i], *other = record_find(b, item->path);
        if (!is_result(item)) continue;
        if (!other || other->type != item->type) return item->path;
        size_t count = record_item_count(item);
        if (record_item_count(other) != count) return item->path;
        int is_text = item->type == RECORD_TEXT;
        size_t bytes = is_text ? strlen(item->data) + 1 : count * record_type_size(item->type);
        if (memcmp(item->data, other->data, bytes) != 0) return item->path;
    }
    return a->count == b->count ? NULL : "number of data sets";
}

/* Another value than the default, unlike it in what the option is for. */
static void other_value(const field_t *field, char text[64]) {
    double fallback = atof(field->fallback), twice = 2 * fallback;
    const char *const *names = field->choices ? field->choices() : NULL;
    int fits = fallback != 0 && twice >= field->min && twice <= field->max;
    snprintf(text, 64, "%.17g", fits ? twice : field->max > 4 ? 4 : field->max);
    if (field->type == FIELD_BOOL) strcpy(text, strcmp(field->fallback, "true") ? "true" : "false");
    if (field->type == FIELD_TEXT) strcpy(text, "other");
    if (field->type == FIELD_INT_LIST) strcpy(text, "[1]");
    for (; names && *names; names++)
        if (strcmp(*names, field->fallback) != 0) snprintf(text, 64, "%s", *names);
}

static void assert_idle(const char *base, const record_t *expected, const field_t *field) {
    char text[1024], value[64];
    other_value(field, value);
    snprintf(text, sizeof text, "%s%s: %s\n", base, field->key, value);
    record_t found = results_of(text);
    const char *difference = find_difference(expected, &found);
    if (difference) fail_msg("%s is not switched off in \"%s\": %s", field->key, text, difference);
    record_clear(&found);
}

static void what_is_switched_off_changes_no_bit(void **state) {
    (void)state;
    unsigned char was_off[SETS_MAX * FIELDS_MAX] = {0};
    sweep_text_t first = sweep_of_text(bases[0]);
    const catalog_t *catalog = &spec_space(first.spec)->catalog;
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
        sweep_text_t sweep = sweep_of_text(bases[b]);
        record_t expected = results_of(bases[b]);
        for (size_t i = 0; i < catalog->count; i++) {
            if (config_acts(plan_trial(sweep.plan, 0)->config, (int)i)) continue;
            assert_idle(bases[b], &expected, catalog->fields[i]);
            was_off[i] = 1;
        }
        record_clear(&expected);
        sweep_end(&sweep);
    }
    for (size_t i = 0; i < catalog->count; i++)
        if ((catalog->fields[i]->needs || catalog->fields[i]->off_with) && !was_off[i])
            fail_msg("no base switches %s off", catalog->keys[i]);
    sweep_end(&first);
}

/* Bits alone would not tell of one that is idle and counts all the same. */
static void what_is_idle_is_switched_off(void **state) {
    (void)state;
    static const struct {
        const char *text, *key;
        int is_off;
    } cases[] = {
        {PROBED "model.norm: none\n", "model.norm_epsilon", 1},
        {PROBED "model: {norm: none, qk_norm: true}\n", "model.norm_epsilon", 0},
        {PROBED, "model.norm_epsilon", 0},
        {PROBED "task: {name: tokens, files: a.bin}\n", "task.held_out_share", 0},
        {PROBED "task: {name: tokens, files: a.bin, held_out_files: b.bin}\n",
         "task.held_out_share", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sweep_text_t sweep = sweep_of_text(cases[i].text);
        if (config_is_off(plan_trial(sweep.plan, 0)->config, cases[i].key) != cases[i].is_off)
            fail_msg("%s in \"%s\"", cases[i].key, cases[i].text);
        sweep_end(&sweep);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_switched_off_changes_no_bit),
                                       cmocka_unit_test(what_is_idle_is_switched_off)};
    return cmocka_run_group_tests(tests, write_files, remove_files);
}
