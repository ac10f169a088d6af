#include "train/states.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/text.h"
#include "tensors/safetensors.h"

void states_open(const probe_setting_t *setting, states_t *states) {
    *states = (states_t){.setting = *setting, .last = -1};
    rksp_probe_steps(setting->config, &states->steps);
}

void states_close(states_t *states) { rksp_probe_destroy(&states->probe); }

void states_describe(const states_t *states, char *text, size_t size) {
    *text = '\0';
    for (int i = 0; i < states->steps.count; i++)
        text_append(text, size, "%s%ld", i ? " " : "", (long)states->steps.at[i]);
}

int states_is_asked(const states_t *states, int64_t step) {
    int i = 0;
    while (i < states->steps.count && states->steps.at[i] != step) i++;
    return i < states->steps.count;
}

/* --- one file --- */

static const tensor_entry_t *layer_of(const tensor_list_t *list, int layer) {
    char name[32];
    snprintf(name, sizeof name, "h.%d", layer);
    return tensor_list_find(list, name);
}

static status_t read_shape(const tensor_list_t *list, rksp_shape_t *shape) {
    const tensor_entry_t *first = layer_of(list, 0);
    CHECK(first && list->count >= 2, STATUS_FAILED,
          "it has not the arrays h.0, h.1, ...: the states before the first block and behind every "
          "block");
    for (int layer = 0; layer < (int)list->count; layer++) {
        const tensor_entry_t *states = layer_of(list, layer);
        CHECK(states, STATUS_FAILED, "it has %zu arrays, but no h.%d; h.0 ... h.%zu are wanted",
              list->count, layer, list->count - 1);
        CHECK(states->rank == 2 && states->shape[0] <= INT_MAX && states->shape[1] <= INT_MAX,
              STATUS_FAILED, "%s has %d axes where [positions, features] are wanted; reshape it",
              states->name, states->rank);
        CHECK(!memcmp(states->shape, first->shape, 2 * sizeof *first->shape), STATUS_FAILED,
              "%s is [%ld, %ld] where h.0 is [%ld, %ld]; all take the same positions", states->name,
              (long)states->shape[0], (long)states->shape[1], (long)first->shape[0],
              (long)first->shape[1]);
    }
    *shape = (rksp_shape_t){(int)list->count - 1, (int)first->shape[1], first->shape[0]};
    return STATUS_OK;
}

static status_t check_shape(states_t *states, const rksp_shape_t *shape) {
    const rksp_shape_t *first = &states->shape;
    if (!states->probe) {
        states->shape = *shape;
        return rksp_probe_create_for(&states->setting, shape, &states->probe);
    }
    CHECK(shape->layers == first->layers && shape->width == first->width &&
              shape->rows == first->rows,
          STATUS_FAILED, "it has %d arrays of [%ld, %d] where those before had %d of [%ld, %d]",
          shape->layers + 1, (long)shape->rows, shape->width, first->layers + 1, (long)first->rows,
          first->width);
    return STATUS_OK;
}

static status_t load(void *context, int layer, float *to) {
    const safetensors_t *file = context;
    const tensor_entry_t *states = layer_of(safetensors_list(file), layer);
    return safetensors_read_f32(file, states, 0, states->count, to);
}

static status_t profile(states_t *states, const char *path, int64_t step) {
    HELD(safetensors_close) safetensors_t *file = NULL;
    rksp_shape_t shape = {0};
    TRY(safetensors_open(path, &file));
    TRY(read_shape(safetensors_list(file), &shape));
    TRY(check_shape(states, &shape));
    TRY(rksp_probe_run_on(states->probe, load, file, step));
    states->last = step;
    states->has_initial |= step == 0;
    return STATUS_OK;
}

/* --- all that have come --- */

/* The smallest step above the last one whose file is there; -1 = none. */
static int64_t find_next(const states_t *states, const char *dir, char path[PATH_MAX]) {
    int64_t next = -1;
    for (int i = 0; i < states->steps.count; i++) {
        char candidate[PATH_MAX] = "";
        int64_t step = states->steps.at[i];
        if (step <= states->last || (next >= 0 && step >= next)) continue;
        text_append(candidate, sizeof candidate, "%s/snapshots/%06ld.safetensors", dir, (long)step);
        if (access(candidate, R_OK) != 0) continue;
        next = step;
        strcpy(path, candidate);
    }
    return next;
}

status_t states_look(states_t *states, const char *dir) {
    char path[PATH_MAX];
    for (int64_t step; (step = find_next(states, dir, path)) >= 0;) {
        status_t status = profile(states, path, step);
        if (status == STATUS_ENVIRONMENT) return status;
        if (status != STATUS_OK && !strstr(status_message(), path))
            return status_context(STATUS_FAILED, "%s", path);
        if (status != STATUS_OK) return STATUS_FAILED;
    }
    return STATUS_OK;
}

double states_risk(const states_t *states) {
    return states->has_initial ? rksp_probe_risk(states->probe) : NAN;
}

void states_record(const states_t *states, record_t *record) {
    if (states->probe) rksp_probe_record(states->probe, record);
}
