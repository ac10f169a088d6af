#include "model/arch.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const arch_row_t *const arch_rows[] = {
#define ARCH(name) &arch_##name,
#include "model/archs.def"
#undef ARCH
    NULL};

enum { ARCHS = sizeof arch_rows / sizeof arch_rows[0] };

const arch_row_t *arch_find(const char *name) {
    for (int i = 0; arch_rows[i]; i++)
        if (strcmp(arch_rows[i]->name, name) == 0) return arch_rows[i];
    return NULL;
}

void arch_users(const field_set_t *set, char *text, size_t size) {
    snprintf(text, size, "model.arch");
    char separator = '=';
    for (int i = 0; arch_rows[i]; i++) {
        if (arch_rows[i]->options != set) continue;
        text_append(text, size, "%c%s", separator, arch_rows[i]->name);
        separator = '|';
    }
}

const char *const *arch_names(void) {
    static const char *names[ARCHS];
    for (int i = 0; arch_rows[i]; i++) names[i] = arch_rows[i]->name;
    return names;
}
