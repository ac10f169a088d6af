/* search.h: a search for the largest value of one option that most replicas survive:
 * "search: {key: train.lr, from: 1e-3, to: 3e-2, rounds: 5, below: 0.2}".
 *
 * The values tried lie on a ladder of 2^rounds - 1 rungs between `from` and `to`, evenly spaced in
 * their logarithm and rounded to three digits, and become an axis like any other: every trial a
 * search may come to ask for is in the plan. Which of them run: plan/search.h. */
#ifndef SPEC_SEARCH_H
#define SPEC_SEARCH_H

#include "spec/document.h"
#include "spec/space.h"

/* Fills space->search from the mapping `node` and adds the ladder as the last of space->axes.
 * STATUS_SPEC: no key that takes positive numbers, one that an axis varies, a ladder with equal
 * rungs. */
status_t search_read(const document_t *document, const yaml_node_t *node, space_t *space);

/* After exclude and include have been read: these may not tear holes into a ladder. */
status_t search_check(const document_t *document, const space_t *space);

#endif
