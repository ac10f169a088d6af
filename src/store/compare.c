/* compare.c: store_compare: did two runs of one sweep give the same bits? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "store/archive.h"
#include "store/schema.h"
#include "store/trial_file.h"

/* What may differ although the results are equal: where and with which build a trial ran, and what
 * it was called in its sweep. */
static const char *const machine_items[] = {"@program",
                                            "@commit",
                                            "@version",
                                            "@hdf5",
                                            "@host",
                                            "@created",
                                            "@id",
                                            "@sweep",
                                            "@arm",
                                            "@pair",
                                            "@index",
                                            "outcome/host",
                                            "outcome/compiler",
                                            "outcome/isa",
                                            "outcome/blas",
                                            "outcome/blas_core",
                                            "outcome/mpi"};

/* Clocks are the data sets in seconds. */
static int is_ignored(const char *path, const config_t *config) {
    static const char options[] = "config@";
    const schema_row_t *row = schema_find(path);
    if (row && strcmp(row->unit, "s") == 0) return 1;
    if (strncmp(path, options, sizeof options - 1) == 0)
        return config_keeps_results(config, path + sizeof options - 1) ||
               config_is_off(config, path + sizeof options - 1);
    const char *at = strchr(path, '@');
    if (schema_is_counter(path) || (at && at != path)) return 1; /* a label */
    for (size_t i = 0; i < sizeof machine_items / sizeof *machine_items; i++)
        if (strcmp(machine_items[i], path) == 0) return 1;
    return 0;
}

/* What a run was merely asked to keep (train.keep_weights): no difference where one was not. */
static int is_extra(const char *path) { return strncmp(path, "weights/", 8) == 0; }

static void print_value(const record_item_t *item, size_t i, int as_bits, char *text, size_t size) {
    uint64_t bits = 0;
    switch (item->type) {
    case RECORD_F64:
        memcpy(&bits, (const double *)item->data + i, sizeof(double));
        snprintf(text, size, "%.17g", ((const double *)item->data)[i]);
        break;
    case RECORD_F32:
        memcpy(&bits, (const float *)item->data + i, sizeof(float));
        snprintf(text, size, "%.9g", (double)((const float *)item->data)[i]);
        break;
    case RECORD_I64:
        snprintf(text, size, "%" PRId64, ((const int64_t *)item->data)[i]);
        break;
    case RECORD_I32:
        snprintf(text, size, "%" PRId32, ((const int32_t *)item->data)[i]);
        break;
    case RECORD_TEXT:
        snprintf(text, size, "\"%s\"", (const char *)item->data);
        break;
    }
    if (as_bits) snprintf(text + strlen(text), size - strlen(text), " (%016" PRIx64 ")", bits);
}

/* "[1,0,2]" of the flat index `flat`; "" for a scalar. */
static void print_index(const record_item_t *item, size_t flat, char *text, size_t size) {
    size_t index[RECORD_RANK_MAX], used = 0;
    for (int axis = item->rank - 1; axis >= 0; axis--) {
        index[axis] = flat % item->shape[axis];
        flat /= item->shape[axis];
    }
    text[0] = '\0';
    for (int axis = 0; axis < item->rank && used < size; axis++)
        used += (size_t)snprintf(text + used, size - used, "%c%zu%s", axis ? ',' : '[', index[axis],
                                 axis == item->rank - 1 ? "]" : "");
}

static int has_same_shape(const record_item_t *a, const record_item_t *b) {
    return a->type == b->type && a->rank == b->rank &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

/* Prints the first of the entries that differ; 1 when there is one. */
static int compare_values(const char *id, const record_item_t *a, const record_item_t *b) {
    size_t size = record_type_size(a->type), count = record_item_count(a), first = 0, differing = 0;
    if (a->type == RECORD_TEXT) {
        differing = strcmp(a->data, b->data) != 0;
    } else {
        for (size_t i = count; i-- > 0;) {
            const char *x = (const char *)a->data + i * size, *y = (const char *)b->data + i * size;
            if (memcmp(x, y, size) == 0) continue;
            differing++;
            first = i;
        }
    }
    if (!differing) return 0;
    char at[96], left[512], right[512];
    print_index(a, first, at, sizeof at);
    print_value(a, first, 0, left, sizeof left);
    print_value(b, first, 0, right, sizeof right);
    if (strcmp(left, right) == 0 && a->type != RECORD_TEXT) { /* two kinds of NaN */
        print_value(a, first, 1, left, sizeof left);
        print_value(b, first, 1, right, sizeof right);
    }
    printf("%s %s%s: %s and %s", id, a->path, at, left, right);
    if (differing > 1) printf(", and %zu more of %zu", differing - 1, count);
    printf("\n");
    return 1;
}

static size_t compare_records(const trial_t *trial, const record_t *a, const record_t *b) {
    const char *id = trial->id;
    size_t differences = 0;
    for (size_t i = 0; i < a->count; i++) {
        const record_item_t *x = &a->items[i], *y = record_find(b, x->path);
        if (is_ignored(x->path, trial->config)) continue;
        if (y && has_same_shape(x, y)) {
            differences += (size_t)compare_values(id, x, y);
            continue;
        }
        if (!y && is_extra(x->path)) continue;
        printf("%s %s: %s\n", id, x->path, y ? "types or shapes differ" : "only in the first run");
        differences++;
    }
    for (size_t i = 0; i < b->count; i++) {
        const char *path = b->items[i].path;
        if (record_find(a, path) || is_ignored(path, trial->config) || is_extra(path)) continue;
        printf("%s %s: only in the second run\n", id, b->items[i].path);
        differences++;
    }
    return differences;
}

/* What a trial's file holds. */
typedef struct content {
    record_t items, about; /* as trial_decode_all has them */
} content_t;

static void content_clear(content_t *content) {
    record_clear(&content->items);
    record_clear(&content->about);
}

/* Reads everything in a trial's file; *has = 0 and OK when there is none, or no trial (NULL). */
static status_t read_all(archive_t *archive, const trial_t *trial, content_t *content, int *has) {
    HELD(bytes_free) bytes_t file = {0};
    seal_t seal;
    *has = 0;
    if (!trial) return STATUS_OK;
    status_t status = archive_read(archive, trial->id, &file, &seal);
    *has = status != STATUS_INCOMPLETE;
    if (!*has) return STATUS_OK;
    TRY(status);
    status = trial_decode_all(&file, &content->items, &content->about);
    return status == STATUS_OK ? STATUS_OK : status_context(status, "%s", archive->run_dir);
}

typedef struct tally {
    size_t equal, different, missing, damaged; /* trials */
} tally_t;

/* `there`: what the second run calls the trial, which may have been run by an older program. */
static status_t compare_trial(archive_t *run_a, archive_t *run_b, const trial_t *trial,
                              const trial_t *there, tally_t *tally) {
    HELD(content_clear) content_t a = {0}, b = {0};
    int has_a = 0, has_b = 0;
    status_t status = read_all(run_a, trial, &a, &has_a);
    if (status == STATUS_OK) status = read_all(run_b, there, &b, &has_b);
    if (status == STATUS_CORRUPT) {
        printf("%s damaged: %s\n", trial->id, status_message());
        tally->damaged++;
        return STATUS_OK;
    }
    TRY(status);
    if (has_a != has_b) printf("%s: only in the %s run\n", trial->id, has_a ? "first" : "second");
    if (!has_a || !has_b) tally->missing++;
    if (has_a != has_b) tally->different++;
    if (!has_a || !has_b) return STATUS_OK;
    size_t differences =
        compare_records(trial, &a.items, &b.items) + compare_records(trial, &a.about, &b.about);
    *(differences ? &tally->different : &tally->equal) += 1;
    return STATUS_OK;
}

status_t store_compare(const char *run_a, const char *run_b, const plan_t *plan,
                       const plan_t *plan_b) {
    HELD(archive_close) archive_t a = {0}, b = {0};
    tally_t tally = {0};
    TRY(archive_open(run_a, &a));
    TRY(archive_open(run_b, &b));
    for (size_t i = 0; i < plan_count(plan); i++) {
        char id[TRIAL_ID_LENGTH + 1];
        const trial_t *trial = plan_trial(plan, i);
        plan_own_id(plan, trial, id);
        TRY(compare_trial(&a, &b, trial, plan_find(plan_b, id), &tally));
    }
    printf("%zu of %zu trials are equal but for clocks and machine, %zu differ, %zu are damaged, "
           "%zu have not been run in both\n",
           tally.equal, plan_count(plan), tally.different, tally.damaged, tally.missing);
    CHECK(tally.different + tally.damaged == 0, STATUS_CORRUPT,
          "%s and %s differ in %zu trials, %zu are damaged", run_a, run_b, tally.different,
          tally.damaged);
    CHECK(tally.equal > 0, STATUS_INCOMPLETE, "%s and %s have no trial that was run in both", run_a,
          run_b);
    return STATUS_OK;
}
