/* arms.h: the arms of a paired comparison: "arms: {base: {}, clip1: {train.clip: 1}}".
 *
 * Every configuration of axes and include runs once in every arm, with that arm's options in place
 * of its own: a pair shares everything else, and so initial weights, data order and every random
 * number that is not the arm's own. */
#ifndef SPEC_ARMS_H
#define SPEC_ARMS_H

#include "spec/document.h"
#include "spec/space.h"

/* Fills space->arms from the mapping `node`, after axes and include. STATUS_SPEC where a pair would
 * not be one: no base, an option that an axis or include varies, or one that the trials of a pair
 * share by their nature (field_set_t); or a gate alone. */
status_t arms_read(const document_t *document, const yaml_node_t *node, space_t *space);

#endif
