#include "checkpoint/family.h"

#include <string.h>

#include "base/text.h"

const family_t *const families[] = {
#define FAMILY(name) &family_##name,
#include "checkpoint/families.def"
#undef FAMILY
    NULL};
_Static_assert(sizeof families / sizeof *families <= FAMILIES_MAX, "raise FAMILIES_MAX");

static const cJSON *find(const cJSON *config, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(config, key);
    return cJSON_IsNull(item) ? NULL : item;
}

status_t config_numbers(const cJSON *config, const config_number_t *row) {
    for (; row->key; row++) {
        const cJSON *item = find(config, row->key);
        double x = item ? item->valuedouble : (double)row->fallback;
        CHECK(item || row->fallback, STATUS_CORRUPT, "has no %s", row->key);
        CHECK((!item || cJSON_IsNumber(item)) && x >= 1 && x <= 1e9 && x == (double)(int64_t)x,
              STATUS_CORRUPT, "%s is no whole number from 1 on", row->key);
        *row->to = (int64_t)x;
    }
    return STATUS_OK;
}

double config_real(const cJSON *config, const char *key, double fallback) {
    const cJSON *item = find(config, key);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

int config_flag(const cJSON *config, const char *key, int fallback) {
    const cJSON *item = find(config, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

status_t config_one_of(const cJSON *config, const char *key, const char *const *known) {
    char list[256];
    const cJSON *item = find(config, key);
    const char *const *name = known;
    while (item && *name && !(cJSON_IsString(item) && !strcmp(item->valuestring, *name))) name++;
    text_join(known, list, sizeof list);
    CHECK(!item || *name, STATUS_CORRUPT, "%s is %s; known: %s", key,
          cJSON_IsString(item) ? item->valuestring : "no text", list);
    return STATUS_OK;
}
