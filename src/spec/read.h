/* read.h: a parsed sweep file turned into the space it spans; all checks that need one file only.
 */
#ifndef SPEC_READ_H
#define SPEC_READ_H

#include "spec/document.h"
#include "spec/space.h"

/* Fills `space`, whose catalog and defaults are set. The caller destroys it, also on failure. */
status_t read_space(const document_t *document, space_t *space);

/* One mapping of single values as a grid of one point; `name` is what messages call it, `is_arm`
 * says whether it may have what only arms may set. */
status_t read_grid(const document_t *document, const char *name, const yaml_node_t *node,
                   int is_arm, space_t *space, grid_t *grid);

#endif
