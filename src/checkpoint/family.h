/* family.h: networks that Hugging Face's config.json describes. */
#ifndef CHECKPOINT_FAMILY_H
#define CHECKPOINT_FAMILY_H

#include <cjson/cJSON.h>

#include "checkpoint/checkpoint.h"

typedef struct family {
    const char *model_type;
    /* Fills in options, vocab and positions. STATUS_CORRUPT, without the file's name: something is
     * missing, or asks for what our network does not do. */
    status_t (*read)(const cJSON *config, checkpoint_t *c);

    /* Which networks of ours are written as one (export.h), and what its config.json says of them
     * beside what all have. */
    const char *arch, *norm;
    const char *class_name; /* of transformers */
    const char *body; /* before the names of all tensors but the head's, where it has its own */
    void (*write)(const model_t *model, cJSON *config);
} family_t;

enum { FAMILIES_MAX = 16 };
extern const family_t *const families[]; /* NULL-terminated, fewer than FAMILIES_MAX */

#define FAMILY(name) extern const family_t family_##name;
#include "checkpoint/families.def"
#undef FAMILY

/* Whole numbers at least 1 under their keys, into `to`. A row {0} ends the list. */
typedef struct config_number {
    const char *key;
    int64_t *to;
    int64_t fallback; /* where the key is missing or null; 0: it must be there */
} config_number_t;
status_t config_numbers(const cJSON *config, const config_number_t *rows);

double config_real(const cJSON *config, const char *key, double fallback);
int config_flag(const cJSON *config, const char *key, int fallback);

/* STATUS_CORRUPT unless the text under the key is one of `known` (NULL-terminated), or missing. */
status_t config_one_of(const cJSON *config, const char *key, const char *const *known);

#endif
