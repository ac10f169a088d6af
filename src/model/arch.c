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

/* Every struct begins where any member may. */
static size_t room_of(const arch_options_t *options) { return (options->size + 15) / 16 * 16; }

size_t arch_own_size(const arch_row_t *row) {
    size_t at = 0, size = 0;
    for (const arch_options_t *o = row->options; o->set; at += room_of(o++)) size = at + o->size;
    return size;
}

void *arch_part(const arch_row_t *row, void *own, const field_set_t *set) {
    char *at = own;
    for (const arch_options_t *o = row->options; o->set; at += room_of(o++))
        if (o->set == set) return at;
    return NULL;
}

const void *arch_own(const model_options_t *options, const field_set_t *set) {
    return arch_part(arch_find(options->arch), (void *)options->own, set);
}

static int has_set(const arch_row_t *row, const field_set_t *set) {
    const arch_options_t *o = row->options;
    while (o->set && o->set != set) o++;
    return o->set != NULL;
}

void arch_users(const field_set_t *set, char *text, size_t size) {
    snprintf(text, size, "model.arch");
    char separator = '=';
    for (int i = 0; arch_rows[i]; i++) {
        if (!has_set(arch_rows[i], set)) continue;
        text_append(text, size, "%c%s", separator, arch_rows[i]->name);
        separator = '|';
    }
}

void arch_watched(char *text, size_t size) {
    snprintf(text, size, "model.arch");
    char separator = '=';
    for (int i = 0; arch_rows[i]; i++) {
        if (!arch_rows[i]->is_watched) continue;
        text_append(text, size, "%c%s", separator, arch_rows[i]->name);
        separator = '|';
    }
}

const char *const *arch_names(void) {
    static const char *names[ARCHS];
    for (int i = 0; arch_rows[i]; i++) names[i] = arch_rows[i]->name;
    return names;
}
