#include "external/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/free.h"

static const char prefix[] = "params.";

int params_next(const config_t *config, size_t *i, param_t *param) {
    for (const char *key; (key = config_key(config, *i)); ++*i) {
        int is_one = strncmp(key, prefix, sizeof prefix - 1) == 0;
        if (!is_one || config_is_absent_at(config, *i)) continue;
        *param = (param_t){key + sizeof prefix - 1, config_text_at(config, *i)};
        ++*i;
        return 1;
    }
    return 0;
}

const char *params_find(const config_t *config, const char *name) {
    param_t param;
    for (size_t i = 0; params_next(config, &i, &param);)
        if (strcmp(param.name, name) == 0) return param.text;
    return NULL;
}

char *params_json(const config_t *config) {
    char *text = NULL;
    size_t size;
    param_t param;
    FILE *out = open_memstream(&text, &size);
    if (!out) return NULL;
    const char *separator = "{";
    for (size_t i = 0; params_next(config, &i, &param); separator = ", ") {
        fprintf(out, "%s\"%s\": ", separator, param.name);
        free_print_json(out, param.text);
    }
    fputs(*separator == '{' ? "{}" : "}", out);
    if (fclose(out) == 0) return text;
    free(text);
    return NULL;
}
