#include "model/arch.h"

#include <string.h>

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

const char *const *arch_names(void) {
    static const char *names[ARCHS];
    for (int i = 0; arch_rows[i]; i++) names[i] = arch_rows[i]->name;
    return names;
}
