/* Hugging Face's checkpoints: config.json says what network it is, model.safetensors, or several
 * files under model.safetensors.index.json, hold its parameters. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/text.h"
#include "checkpoint/family.h"

static int ends_with(const char *path, const char *end) {
    size_t length = strlen(path), rest = strlen(end);
    return length >= rest && strcmp(path + length - rest, end) == 0;
}

static int is_file(const char *path) {
    return ends_with(path, ".safetensors") || ends_with(path, ".json");
}

/* PATH/name of a folder, or NAME beside the file PATH. */
static void beside(const char *path, const char *name, char to[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    int length = is_file(path) ? (slash ? (int)(slash - path) : 0) : (int)strlen(path);
    int is_here = is_file(path) && !slash;
    snprintf(to, PATH_MAX, "%.*s%s%s", length, path, is_here ? "" : "/", name);
}

static int is_one(const char *path) {
    char config[PATH_MAX];
    beside(path, "config.json", config);
    return is_file(path) || access(config, F_OK) == 0;
}

static status_t read_family(const cJSON *config, checkpoint_t *c) {
    char help[256];
    const char *names[FAMILIES_MAX] = {NULL};
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(config, "model_type");
    CHECK(cJSON_IsString(type), STATUS_CORRUPT, "is no JSON object with a model_type");
    for (int i = 0; families[i] && i + 1 < FAMILIES_MAX; i++) {
        if (strcmp(families[i]->model_type, type->valuestring) == 0)
            return families[i]->read(config, c);
        names[i] = families[i]->model_type;
    }
    text_join(names, help, sizeof help);
    return status_fail(STATUS_CORRUPT, "model_type is %s; known: %s", type->valuestring, help);
}

static status_t read_config(checkpoint_t *c) {
    char path[PATH_MAX];
    bytes_t file;
    beside(c->path, "config.json", path);
    CHECK(disk_read(path, &file) == STATUS_OK, STATUS_CORRUPT,
          "%s: cannot be read; it says what network the checkpoint is of", path);
    cJSON *config = cJSON_ParseWithLength((const char *)file.at, file.size);
    status_t status = read_family(config, c);
    if (status != STATUS_OK) status_context(status, "%s", path);
    cJSON_Delete(config);
    bytes_free(&file);
    return status;
}

static status_t open_files(checkpoint_t *c) {
    char path[PATH_MAX];
    TRY(read_config(c));
    if (ends_with(c->path, ".safetensors") || ends_with(c->path, ".index.json"))
        return safetensors_open(c->path, &c->tensors);
    beside(c->path, "model.safetensors.index.json", path);
    if (access(path, F_OK) != 0) beside(c->path, "model.safetensors", path);
    return safetensors_open(path, &c->tensors);
}

const checkpoint_kind_t kind_safetensors = {
    .name = "safetensors",
    .doc = "Hugging Face's: config.json and model.safetensors, or several with an index",
    .layout = "hf",
    .is_one = is_one,
    .open = open_files,
};
