/* verify.c: store_verify: is every file of a run what it should be? */
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "store/archive.h"
#include "store/index.h"
#include "store/schema.h"
#include "store/trial_file.h"

typedef struct verdict {
    size_t whole, pending;           /* trials of the plan   */
    size_t left_out;                 /* whole, of an earlier one */
    size_t damaged, gone, foreign;   /* problems: files      */
    size_t aside, unfinished, index; /* notes; 1 = has index */
} verdict_t;

/* The plan of the run, and those that it had before: what is of none of them is foreign. */
typedef struct plans {
    const plan_t *now;
    plan_t *const *earlier; /* [count], the oldest first */
    size_t count;
} plans_t;

/* The trial in the newest plan that has it, or NULL. */
static const trial_t *find_trial(const plans_t *plans, const char *id) {
    const trial_t *trial = plan_find(plans->now, id);
    for (size_t i = plans->count; !trial && i-- > 0;) trial = plan_find(plans->earlier[i], id);
    return trial;
}

/* --- one trial's file --- */

static status_t check_text(const record_t *about, const char *path, const char *expected) {
    const record_item_t *item = record_find(about, path);
    CHECK(item && item->type == RECORD_TEXT, STATUS_CORRUPT, "it has no text %s", path);
    CHECK(strcmp(item->data, expected) == 0, STATUS_CORRUPT, "%s is \"%s\", not \"%s\"", path,
          (const char *)item->data, expected);
    return STATUS_OK;
}

/* Files of older programs lack some. */
static status_t check_attributes(const record_t *about, const trial_t *trial, const seal_t *seal) {
    for (const attribute_row_t *row = trial_attributes; row->name; row++) {
        char path[RECORD_PATH_MAX];
        snprintf(path, sizeof path, "@%s", row->name);
        const record_item_t *item = record_find(about, path);
        CHECK(!item || item->type == row->type, STATUS_CORRUPT, "its %s is no %s", path,
              schema_type_name(row->type));
    }
    TRY(check_text(about, "@id", trial->id));
    return check_text(about, "@state", seal->state);
}

static int is_same_option(const record_item_t *item, const config_t *config, size_t i) {
    if (!config_is_number_at(config, i))
        return item->type == RECORD_TEXT && !strcmp(item->data, config_text_at(config, i));
    return item->type == RECORD_F64 &&
           *(double *)item->data == config_number(config, config_key(config, i));
}

/* One that is not there, or another: in words. */
static status_t refuse_option(const record_t *about, const char *path, const config_t *config,
                              size_t i) {
    if (!config_is_number_at(config, i)) return check_text(about, path, config_text_at(config, i));
    const record_item_t *item = record_find(about, path);
    CHECK(item && item->type == RECORD_F64, STATUS_CORRUPT, "it has no number %s", path);
    return status_fail(STATUS_CORRUPT, "%s is %.17g, not %.17g", path, *(double *)item->data,
                       config_number(config, config_key(config, i)));
}

/* The options it ran with are those the plan gives its id; some came after the file was written,
 * and those that change no result, or are switched off, may have been others. */
static status_t check_config(const record_t *about, const config_t *config) {
    char path[RECORD_PATH_MAX];
    for (size_t i = 0; config_key(config, i); i++) {
        const char *key = config_key(config, i);
        text_concat(path, sizeof path, "config@", key);
        const record_item_t *item = record_find(about, path);
        if (item ? is_same_option(item, config, i) : config_is_default_at(config, i)) continue;
        if (config_keeps_results(config, key) || config_is_off(config, key)) continue;
        TRY(refuse_option(about, path, config, i));
    }
    return STATUS_OK;
}

/* Every item is one of the schema, of its type, shape and unit. */
static status_t check_items(const record_t *items, const record_t *about) {
    size_t extent[DIMENSION_MAX];
    TRY(schema_check(items, STATUS_CORRUPT, extent));
    for (size_t i = 0; i < items->count; i++) {
        const char *path = items->items[i].path;
        char unit[RECORD_PATH_MAX + 8];
        if (schema_is_counter(path)) continue;
        text_concat(unit, sizeof unit, path, "@unit");
        TRY(check_text(about, unit, schema_find(path)->unit));
    }
    return STATUS_OK;
}

static status_t check_bytes(bytes_t *file, const trial_t *trial) {
    HELD(record_clear) record_t items = {0}, about = {0};
    seal_t seal;
    TRY(seal_check(file, "trial", &seal));
    CHECK(strcmp(seal.name, trial->id) == 0, STATUS_CORRUPT, "it is the file of trial %s",
          seal.name);
    TRY(trial_decode_all(file, &items, &about));
    TRY(check_attributes(&about, trial, &seal));
    TRY(check_config(&about, trial->config));
    return check_items(&items, &about);
}

static status_t verify_trial(archive_t *archive, const trial_t *trial, uint64_t indexed,
                             verdict_t *verdict) {
    char where[PATH_MAX];
    HELD(bytes_free) bytes_t file = {0};
    status_t status = archive_fetch(archive, trial->id, &file, where);
    if (status == STATUS_INCOMPLETE) {
        int is_gone = indexed && !archive_is_withdrawn(archive, trial->id, indexed);
        if (is_gone) printf("%s: gone: sweep.h5 has its row\n", where);
        *(is_gone ? &verdict->gone : &verdict->pending) += 1;
        return STATUS_OK;
    }
    if (status == STATUS_OK) status = check_bytes(&file, trial);
    if (status == STATUS_CORRUPT)
        printf("%s: damaged: %s\n", where, status_message());
    else if (status != STATUS_OK)
        return status;
    *(status == STATUS_OK ? &verdict->whole : &verdict->damaged) += 1;
    return STATUS_OK;
}

/* Results that are in no table, but may come back with another spec. */
static status_t verify_left_out(archive_t *archive, const plans_t *plans, verdict_t *verdict) {
    for (size_t k = 0; k < plans->count; k++)
        for (size_t i = 0; i < plan_count(plans->earlier[k]); i++) {
            const trial_t *trial = plan_trial(plans->earlier[k], i);
            verdict_t own = {0};
            if (find_trial(plans, trial->id) != trial) continue;
            TRY(verify_trial(archive, trial, 0, &own));
            verdict->left_out += own.whole;
            verdict->damaged += own.damaged;
        }
    return STATUS_OK;
}

/* --- what else lies there --- */

static int has_suffix(const char *name, const char *suffix) {
    size_t length = strlen(name), end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

/* By whatever id: a twin that an older program ran lies where its own id says. */
static int is_trial_file(const char *name, int folder, const plans_t *plans) {
    int is_trial = trial_of_file(plans->now, name) != NULL;
    for (size_t i = 0; i < plans->count; i++)
        is_trial |= trial_of_file(plans->earlier[i], name) != NULL;
    return is_trial && path_folder_of(name) == folder;
}

/* A folder being listed: trials/, segments/, or one of the folders of trials/. */
enum { TRIALS = -1, SEGMENTS = -2 };
typedef struct listing {
    const char *path;
    int number;
    const plans_t *plans;
    verdict_t *verdict;
} listing_t;

static status_t judge_entry(void *context, const char *name) {
    const listing_t *folder = context;
    verdict_t *verdict = folder->verdict;
    int is_inner = folder->number != TRIALS;
    if (!is_inner && strlen(name) == 2 && path_folder_of(name) >= 0) return STATUS_OK;
    if (folder->number == SEGMENTS && path_segment_number(name) >= 0) return STATUS_OK;
    if (is_inner && is_trial_file(name, folder->number, folder->plans)) return STATUS_OK;
    if (is_inner && disk_is_temporary(name)) {
        printf("%s/%s: note: a write that has not ended\n", folder->path, name);
        verdict->unfinished++;
    } else if (is_inner && has_suffix(name, ".damaged")) {
        printf("%s/%s: note: moved aside when it was found damaged\n", folder->path, name);
        verdict->aside++;
    } else {
        printf("%s/%s: foreign: no trial of this plan\n", folder->path, name);
        verdict->foreign++;
    }
    return STATUS_OK;
}

/* Trial files themselves were verified with their trials: here is what else lies there. */
static status_t list_folders(const char *run_dir, const plans_t *plans, verdict_t *verdict) {
    char path[PATH_MAX];
    listing_t folder = {path, TRIALS, plans, verdict};
    TRY(disk_list(path_trials(run_dir, path), judge_entry, &folder));
    folder.number = SEGMENTS;
    TRY(disk_list(path_segments(run_dir, path), judge_entry, &folder));
    for (folder.number = 0; folder.number < FOLDERS; folder.number++)
        TRY(disk_list(path_folder(run_dir, folder.number, path), judge_entry, &folder));
    return STATUS_OK;
}

static void list_foreign_holdings(const archive_t *archive, const plans_t *plans,
                                  verdict_t *verdict) {
    for (size_t i = 0; i < archive->count; i++) {
        const holding_t *holding = &archive->holdings[i];
        if (find_trial(plans, holding->entry.id)) continue;
        printf("%s/segments/%06d.segment: foreign: trial %s is none of this plan\n",
               archive->run_dir, holding->segment, holding->entry.id);
        verdict->foreign++;
    }
}

/* --- the whole --- */

static status_t verify_index(const char *run_dir, const plan_t *plan, table_t *table,
                             verdict_t *verdict) {
    char path[PATH_MAX];
    status_t status = index_read(path_index(run_dir, path), plan, NULL, table);
    if (status == STATUS_CORRUPT) {
        printf("%s; the index is damaged: `koopsweep run` rebuilds it\n", status_message());
        verdict->damaged++;
        memset(table->checksum, 0, table->frame.rows * sizeof *table->checksum);
    } else if (status == STATUS_OK) {
        verdict->index = 1;
    } else if (status != STATUS_INCOMPLETE) {
        return status;
    }
    return STATUS_OK;
}

static status_t conclude(const char *run_dir, const verdict_t *v, size_t trials) {
    printf("%s: %zu of %zu trials whole, %zu not run", run_dir, v->whole, trials, v->pending);
    if (v->left_out) printf(", %zu left out by the present spec", v->left_out);
    if (v->aside) printf(", %zu moved aside earlier", v->aside);
    if (v->unfinished) printf(", %zu being written", v->unfinished);
    printf("; %zu files damaged, %zu gone, %zu foreign; %s\n", v->damaged, v->gone, v->foreign,
           v->index ? "index whole" : "no index of this plan");
    CHECK(v->damaged + v->gone + v->foreign == 0, STATUS_CORRUPT,
          "%s: %zu files are damaged, %zu gone, %zu foreign%s", run_dir, v->damaged, v->gone,
          v->foreign,
          v->damaged + v->gone ? "; `koopsweep run` runs damaged and lost trials again" : "");
    CHECK(v->pending == 0, STATUS_INCOMPLETE, "%s: %zu of %zu trials have not been run", run_dir,
          v->pending, trials);
    return STATUS_OK;
}

status_t store_verify(const char *run_dir, const plan_t *plan, plan_t *const *earlier,
                      size_t count) {
    HELD(table_destroy) table_t table = {0};
    HELD(archive_close) archive_t archive = {0};
    const plans_t plans = {plan, earlier, count};
    verdict_t verdict = {0};
    TRY(archive_open(run_dir, &archive));
    TRY(verify_index(run_dir, plan, &table, &verdict));
    for (size_t i = 0; i < plan_count(plan); i++)
        TRY(verify_trial(&archive, plan_trial(plan, i), table.checksum[i], &verdict));
    TRY(verify_left_out(&archive, &plans, &verdict));
    verdict.damaged += archive.damaged_lists; /* told when they were read */
    list_foreign_holdings(&archive, &plans, &verdict);
    TRY(list_folders(run_dir, &plans, &verdict));
    return conclude(run_dir, &verdict, plan_count(plan));
}
