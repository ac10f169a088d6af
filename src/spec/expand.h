/* expand.h: a space written out as a sweep file with all defaults filled in. */
#ifndef SPEC_EXPAND_H
#define SPEC_EXPAND_H

#include "spec/space.h"

/* YAML that spec_load reads back to the same space; malloc'd, the caller frees; NULL when memory is
 * out. One line per option, axis and entry, so that two texts can be compared line by line. */
char *expand_space(const space_t *space);

/* The same without the options that keep results (field.h): what the trials are. */
char *expand_terms(const space_t *space);

#endif
