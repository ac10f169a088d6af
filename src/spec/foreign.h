/* foreign.h: sweeps as other programs write them are refused with the lines that do the same here:
 * W&B's sweep files, Hydra's multirun, and calls such as NumPy's logspace(-4, -1, 5). */
#ifndef SPEC_FOREIGN_H
#define SPEC_FOREIGN_H

#include "spec/document.h"
#include "spec/field.h"

/* Fails with STATUS_SPEC when the document is a sweep file of W&B or a multirun of Hydra; the lines
 * follow the sentence. Parameters that are called like an option of `sets` are that option, the
 * others are those of a program of the user's own, params.NAME. */
status_t foreign_check(const document_t *document, const field_set_t *const *sets);

/* Fails with STATUS_SPEC: the axis of the option `name` is the word `text`. */
status_t foreign_range(const document_t *document, const yaml_node_t *key, const char *name,
                       const char *text);

#endif
