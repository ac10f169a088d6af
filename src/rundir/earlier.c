#include "rundir/earlier.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/scope.h"
#include "spec/space.h"

enum { DIGITS = 6, ENTRIES_MAX = 999999 };
static const char expanded[] = "expanded.yaml";

/* "RUN/history/000001.yaml", "RUN/history/000001.expanded.yaml" */
static void name_entry(const char *run_dir, int number, const char *ending, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/history/%0*d.%s", run_dir, DIGITS, number, ending);
}

static void name_present(const char *run_dir, const char *ending, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/spec.%s", run_dir, ending);
}

/* The last whole entry; 0 = none. */
static int count_entries(const char *run_dir) {
    char path[PATH_MAX];
    int number = 0;
    for (int is_there = 1; is_there && number < ENTRIES_MAX; number += is_there) {
        name_entry(run_dir, number + 1, expanded, path);
        FILE *file = fopen(path, "rb");
        is_there = file != NULL;
        if (file) fclose(file);
    }
    return number;
}

static status_t load_entry(const char *run_dir, int number, const field_set_t *const *sets,
                           earlier_t *earlier) {
    char path[PATH_MAX];
    name_entry(run_dir, number, expanded, path);
    TRY(spec_load(path, sets, &earlier->specs[earlier->count]));
    earlier->count++;
    return plan_create(earlier->specs[earlier->count - 1], &earlier->plans[earlier->count - 1]);
}

status_t earlier_load(const char *run_dir, const field_set_t *const *sets, earlier_t *earlier) {
    int count = count_entries(run_dir);
    *earlier = (earlier_t){.specs = calloc((size_t)count + 1, sizeof *earlier->specs),
                           .plans = calloc((size_t)count + 1, sizeof *earlier->plans)};
    CHECK(earlier->specs && earlier->plans, STATUS_ENVIRONMENT, "out of memory for %d specs",
          count);
    for (int number = 1; number <= count; number++) TRY(load_entry(run_dir, number, sets, earlier));
    return STATUS_OK;
}

void earlier_clear(earlier_t *earlier) {
    for (size_t i = 0; i < earlier->count; i++) {
        plan_destroy(&earlier->plans[i]);
        spec_destroy(&earlier->specs[i]);
    }
    free(earlier->plans);
    free(earlier->specs);
    *earlier = (earlier_t){0};
}

/* --- taking turns with the present one --- */

static status_t copy(const char *from, const char *to) {
    HELD(bytes_free) bytes_t file = {0};
    TRY(disk_read(from, &file));
    return disk_replace(to, &file);
}

int earlier_is_begun(const char *run_dir) {
    char path[PATH_MAX];
    HELD(bytes_free) bytes_t last = {0}, present = {0};
    int number = count_entries(run_dir);
    if (number == 0) return 0;
    name_entry(run_dir, number, expanded, path);
    if (disk_read(path, &last) != STATUS_OK) return 0;
    name_present(run_dir, expanded, path);
    if (disk_read(path, &present) != STATUS_OK) return 0;
    return last.size == present.size && memcmp(last.at, present.at, last.size) == 0;
}

status_t earlier_keep(const char *run_dir) {
    static const char *const endings[] = {"yaml", expanded};
    char folder[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    int number = count_entries(run_dir) + 1;
    if (earlier_is_begun(run_dir)) return STATUS_OK;
    CHECK(number <= ENTRIES_MAX, STATUS_SPEC, "%s was extended %d times; begin a new one", run_dir,
          ENTRIES_MAX);
    snprintf(folder, sizeof folder, "%s/history", run_dir);
    TRY(disk_make_folder(folder));
    for (int i = 0; i < 2; i++) {
        name_present(run_dir, endings[i], from);
        name_entry(run_dir, number, endings[i], to);
        TRY(copy(from, to));
    }
    return STATUS_OK;
}

/* In the order that leaves what earlier_is_begun tells true until the last step. */
status_t earlier_restore(const char *run_dir) {
    static const char *const endings[] = {expanded, "yaml"};
    char from[PATH_MAX], to[PATH_MAX];
    int number = count_entries(run_dir);
    if (number == 0) return STATUS_OK;
    for (int i = 0; i < 2; i++) {
        name_entry(run_dir, number, endings[i], from);
        name_present(run_dir, endings[i], to);
        TRY(copy(from, to));
    }
    for (int i = 0; i < 2; i++) {
        name_entry(run_dir, number, endings[i], from);
        TRY(disk_remove(from));
    }
    snprintf(to, sizeof to, "%s/history", run_dir);
    disk_remove_if_empty(to);
    return STATUS_OK;
}

/* --- what two plans have in common --- */

/* Does the trial run with an option that only an arm may set, a gate? Then its base has a say in
 * its results, and its id does not know the base. */
static int is_gated(const trial_t *trial) {
    const catalog_t *catalog = trial->config->grid->catalog;
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog_set(catalog, (int)i)->is_of_arms && !config_is_default_at(trial->config, i))
            return 1;
    return 0;
}

static uint64_t hash_base(const trial_t *trial, uint64_t *scratch) {
    return config_hash(trial->base, NULL, scratch);
}

static void free_words(uint64_t **words) { free(*words); }

status_t growth_between(const plan_t *before, const plan_t *after, growth_t *growth) {
    HELD(free_words) uint64_t *scratch = NULL;
    *growth = (growth_t){.before = plan_count(before), .after = plan_count(after)};
    size_t fields = spec_space(plan_spec(before))->catalog.count;
    size_t more = spec_space(plan_spec(after))->catalog.count;
    scratch = calloc((fields > more ? fields : more) + 1, sizeof *scratch);
    CHECK(scratch, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < growth->before; i++) {
        const trial_t *old = plan_trial(before, i), *here = plan_find(after, old->id);
        if (!here) continue;
        growth->kept++;
        CHECK(!is_gated(here) || hash_base(old, scratch) == hash_base(here, scratch), STATUS_SPEC,
              "%s: trial %s of arm %s has a gate, and another base than it had: with the gate shut "
              "its results would be others. Give that arm's options as they were, or choose "
              "another directory with --out",
              spec_path(plan_spec(after)), here->id, here->arm);
    }
    return STATUS_OK;
}
