#include "rundir/live.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"

static cJSON *make_json(const live_t *live) {
    const progress_t *progress = &live->progress;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "updated_unix_s", live->updated);
    cJSON_AddNumberToObject(json, "workers", live->workers);
    cJSON_AddNumberToObject(json, "trials", (double)progress->total);
    cJSON *states = cJSON_AddObjectToObject(json, "states");
    for (trial_state_t state = 0; state < TRIAL_STATES; state++)
        cJSON_AddNumberToObject(states, trial_state_name(state), (double)progress->count[state]);
    cJSON_AddNumberToObject(json, "screened", (double)progress->screened);
    cJSON_AddNumberToObject(json, "to_screen", (double)progress->to_screen);
    cJSON_AddNumberToObject(json, "session_seconds", progress->seconds);
    cJSON_AddNumberToObject(json, "session_ended", (double)progress->ended);
    cJSON_AddNumberToObject(json, "session_cost", progress->cost_ended);
    cJSON_AddNumberToObject(json, "cost_left", progress->cost_left);
    cJSON *running = cJSON_AddArrayToObject(json, "running");
    for (size_t i = 0; i < live->running_count; i++) {
        cJSON *trial = cJSON_CreateObject();
        cJSON_AddStringToObject(trial, "id", live->running[i].id);
        cJSON_AddNumberToObject(trial, "rank", live->running[i].rank);
        cJSON_AddNumberToObject(trial, "seconds", live->running[i].seconds);
        cJSON_AddItemToArray(running, trial);
    }
    return json;
}

void live_write(const char *run_dir, const live_t *live) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/progress.json", run_dir);
    cJSON *json = make_json(live);
    char *text = cJSON_Print(json);
    size_t length = text ? strlen(text) : 0;
    if (text) text[length] = '\n'; /* in place of its end */
    if (text) disk_show(path, &(bytes_t){(unsigned char *)text, length + 1});
    cJSON_free(text);
    cJSON_Delete(json);
}

void live_remove(const char *run_dir) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/progress.json", run_dir);
    unlink(path);
}

static double number(const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : 0;
}

static int small(const cJSON *json, const char *key) {
    double value = number(json, key);
    return fabs(value) < 1e9 ? (int)value : 0;
}

static size_t whole(const cJSON *json, const char *key) {
    double value = number(json, key);
    return value > 0 && value < 1e15 ? (size_t)value : 0;
}

static void read_progress(const cJSON *json, progress_t *progress) {
    const cJSON *states = cJSON_GetObjectItemCaseSensitive(json, "states");
    progress->total = whole(json, "trials");
    for (trial_state_t state = 0; state < TRIAL_STATES; state++)
        progress->count[state] = whole(states, trial_state_name(state));
    progress->screened = whole(json, "screened");
    progress->to_screen = whole(json, "to_screen");
    progress->seconds = number(json, "session_seconds");
    progress->ended = whole(json, "session_ended");
    progress->cost_ended = number(json, "session_cost");
    progress->cost_left = number(json, "cost_left");
}

static void read_running(const cJSON *json, live_t *live) {
    const cJSON *running = cJSON_GetObjectItemCaseSensitive(json, "running"), *trial;
    live->running = calloc((size_t)cJSON_GetArraySize(running) + 1, sizeof *live->running);
    if (!live->running) return;
    cJSON_ArrayForEach(trial, running) {
        live_trial_t *entry = &live->running[live->running_count];
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(trial, "id"));
        if (!id) continue;
        snprintf(entry->id, sizeof entry->id, "%s", id);
        entry->rank = small(trial, "rank");
        entry->seconds = number(trial, "seconds");
        live->running_count++;
    }
    live->progress.running = live->running_count;
}

status_t live_read(const char *run_dir, live_t *live) {
    char path[PATH_MAX];
    static const size_t longest = 16 << 20; /* 100 000 running trials */
    *live = (live_t){0};
    snprintf(path, sizeof path, "%s/progress.json", run_dir);
    FILE *file = fopen(path, "r");
    CHECK(file, STATUS_INCOMPLETE, "%s: no master has written one yet", path);
    char *text = calloc(1, longest + 1);
    if (text) text[fread(text, 1, longest, file)] = '\0';
    fclose(file);
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    free(text);
    CHECK(json, STATUS_INCOMPLETE, "%s: is no JSON", path);
    live->updated = number(json, "updated_unix_s");
    live->workers = small(json, "workers");
    read_progress(json, &live->progress);
    read_running(json, live);
    cJSON_Delete(json);
    return STATUS_OK;
}

void live_clear(live_t *live) {
    free(live->running);
    *live = (live_t){0};
}
