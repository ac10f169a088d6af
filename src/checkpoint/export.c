#include "checkpoint/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "checkpoint/family.h"
#include "tensors/write.h"

static status_t find_family(const model_t *model, const family_t **family) {
    const model_options_t *o = model_options(model);
    const family_t *const *row = families;
    while (*row && strcmp((*row)->arch, o->arch) != 0) row++;
    *family = *row;
    CHECK(*row, STATUS_SPEC, "model.arch=%s: transformers has no network like it", o->arch);
    CHECK(strcmp((*row)->norm, o->norm) == 0, STATUS_SPEC,
          "model.norm=%s: a %s of transformers has %s", o->norm, (*row)->model_type, (*row)->norm);
    CHECK(!o->qk_norm && o->attention_softcap == 0 && o->logit_softcap == 0, STATUS_SPEC,
          "a %s of transformers has neither model.qk_norm nor soft caps", (*row)->model_type);
    CHECK(model_active(model) == o->layers, STATUS_SPEC,
          "only %d of its %ld blocks take part (architecture warm-up); transformers runs all",
          model_active(model), (long)o->layers);
    return STATUS_OK;
}

/* --- names --- */

/* With a head of its own the body's tensors must be told from it. */
typedef struct naming {
    tensor_store_t into;
    const char *body; /* in front of all names but the head's */
} naming_t;

static status_t write_named(void *context, const tensor_shape_t *shape, const flt *from) {
    const naming_t *naming = context;
    char name[RECORD_PATH_MAX];
    tensor_shape_t named = *shape;
    int is_head = strncmp(shape->name, "lm_head.", strlen("lm_head.")) == 0;
    snprintf(name, sizeof name, "%s%s", is_head ? "" : naming->body, shape->name);
    named.name = name;
    return naming->into.write(naming->into.context, &named, from);
}

static status_t write_tensors(model_t *model, const family_t *family, const char *path) {
    record_t record = {0};
    naming_t naming = {layout_record(&record), model_options(model)->tied_head ? "" : family->body};
    const tensor_store_t store = {.write = write_named, .context = &naming};
    status_t status =
        layout_write(model, layout_find(model, "hf"), &store, graph_theta(model_graph(model)));
    if (status == STATUS_OK) status = safetensors_write(path, &record);
    record_clear(&record);
    return status;
}

/* --- config.json --- */

static char *write_config(const model_t *model, const family_t *family) {
    cJSON *config = cJSON_CreateObject();
    cJSON_AddStringToObject(config, "model_type", family->model_type);
    cJSON_AddItemToObject(config, "architectures", cJSON_CreateStringArray(&family->class_name, 1));
    cJSON_AddStringToObject(config, "torch_dtype", sizeof(flt) == 4 ? "float32" : "float64");
    cJSON_AddBoolToObject(config, "tie_word_embeddings", model_options(model)->tied_head);
    cJSON_AddNumberToObject(config, "vocab_size", model_shape(model)->vocab);
    cJSON_AddNullToObject(config, "bos_token_id"); /* else they are those of the published one */
    cJSON_AddNullToObject(config, "eos_token_id");
    family->write(model, config);
    char *text = cJSON_Print(config);
    cJSON_Delete(config);
    return text;
}

/* What is there already may be the same, and is that of another network otherwise. */
static status_t put_config(const char *path, char *text) {
    bytes_t there = {0}, ours = {(unsigned char *)text, strlen(text)};
    status_t status = disk_read(path, &there);
    int is_same = there.size == ours.size && memcmp(there.at, ours.at, ours.size) == 0;
    bytes_free(&there);
    if (status == STATUS_INCOMPLETE) return disk_replace(path, &ours);
    CHECK(is_same, STATUS_SPEC, "%s: is there and of another network; give a folder of its own",
          path);
    return STATUS_OK;
}

static status_t make_folder_of(const char *path, int length) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", length, path);
    return disk_make_folder(folder);
}

status_t checkpoint_export(model_t *model, const char *path) {
    const family_t *family;
    char config[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    CHECK(snprintf(config, sizeof config, "%.*sconfig.json", folder, path) < PATH_MAX, STATUS_SPEC,
          "%.60s...: the path is too long", path);
    TRY(find_family(model, &family));
    if (folder) TRY(make_folder_of(path, folder));
    char *text = write_config(model, family);
    CHECK(text, STATUS_ENVIRONMENT, "%s: out of memory", config);
    status_t status = put_config(config, text);
    free(text);
    return status == STATUS_OK ? write_tensors(model, family, path) : status;
}
