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
} family_t;

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
