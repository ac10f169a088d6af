#include "model/norm.h"

#include <string.h>

#include "base/text.h"

const norm_row_t *const norm_rows[] = {
#define NORM(name) &norm_##name,
#include "model/norms.def"
#undef NORM
    NULL};

enum { NORMS = sizeof norm_rows / sizeof norm_rows[0] };

const norm_row_t *norm_find(const char *name) {
    for (int i = 0; norm_rows[i]; i++)
        if (strcmp(norm_rows[i]->name, name) == 0) return norm_rows[i];
    return NULL;
}

const char *const *norm_names(void) {
    static const char *names[NORMS];
    for (int i = 0; norm_rows[i]; i++) names[i] = norm_rows[i]->name;
    return names;
}

const char *norm_keepers(char *text, size_t size) {
    *text = '\0';
    for (int i = 0; norm_rows[i]; i++)
        if (norm_rows[i]->keeps_stream)
            text_append(text, size, "%s%s", *text ? ", " : "", norm_rows[i]->name);
    return text;
}

void norm_dividers(char *text, size_t size) {
    const char *separator = "model.norm=";
    *text = '\0';
    for (int i = 0; norm_rows[i]; i++) {
        if (norm_rows[i]->is_plain) continue;
        text_append(text, size, "%s%s", separator, norm_rows[i]->name);
        separator = "|";
    }
}
