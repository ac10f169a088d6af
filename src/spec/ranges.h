/* ranges.h: short forms of axes, written out as lists before the file is read.
 *
 *   product: {train.lr: {logspace: {from: 1e-4, to: 1e-1, count: 5}}}     or linspace, or in zip
 *   random:  {count: 20, seed: 7, train.lr: {log: [1e-4, 1e-1]},          one zip of 20 samples
 *             train.clip: {uniform: [0.1, 2]}, model.depth: {integer: [2, 8]},
 *             model.norm: {choice: [pre_ln, none]}}
 *
 * A draw is a function of seed, option and number of the sample alone: more samples keep those
 * before, and another option beside changes none of the others. Samples that are the same in every
 * option are drawn once. Numbers are rounded to three digits, or to as many as tell them from what
 * they are spaced by; ends stand as the file gives them. */
#ifndef SPEC_RANGES_H
#define SPEC_RANGES_H

#include "spec/document.h"
#include "spec/field.h"

/* Replaces them in the tree of the document: whoever reads it meets product and zip with lists.
 * Options of `sets` that take whole numbers get these. STATUS_SPEC: a part that is missing or no
 * number, ends in the wrong order, values that cannot be told apart. */
status_t ranges_expand(document_t *document, const field_set_t *const *sets);

#endif
