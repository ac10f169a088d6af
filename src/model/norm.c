#include "model/norm.h"

#include <string.h>

extern const norm_row_t norm_pre_ln, norm_post_ln, norm_rms_norm, norm_deep_norm,
    norm_deep_norm_nofn, norm_sub_ln, norm_none;

const norm_row_t *const norm_rows[] = {
    &norm_pre_ln,         &norm_post_ln, &norm_rms_norm, &norm_deep_norm,
    &norm_deep_norm_nofn, &norm_sub_ln,  &norm_none,     NULL};

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
