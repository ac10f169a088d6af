/* needs.h: options that mean something only beside another one.
 *
 * A field's `needs` lists what it takes, any of: "kss.alpha" (set to something else than its
 * default), "train.optimizer=adamw|lamb" (has one of these values); several are separated by
 * spaces. Its `off_with` lists in the same way what switches it off. What is listed must itself
 * have effect: "curvature.method=power" is not met where no curvature is measured.
 *
 * An option that is switched off counts as its default (config.h): trials that differ in it alone
 * are one trial. One that no trial of the sweep could use because nothing it needs is there is
 * refused; where the file itself switches a part of the program off (probe.rksp.steps: []), the
 * options of that part may stay.
 *
 * Options that are equal by value only stay apart: model.kv_heads: 0 stands for the number of
 * heads, and is another configuration than that number. Were they one, an axis [1, 2, 4] over 4
 * heads would show its last value as 0, and results written under one would be read as the other.
 */
#ifndef SPEC_NEEDS_H
#define SPEC_NEEDS_H

#include "spec/document.h"
#include "spec/space.h"

/* Fails with STATUS_SPEC, with file and line, when the file gives an option a value other than its
 * default and no trial could have what the option needs, so that it would be read and do nothing:
 * most likely the file does not say what its author meant. Or where an arm gives it, no trial of
 * that arm: it would be another arm under a wrong name. */
status_t needs_check(const document_t *document, const space_t *space);

/* Writes `needs` for people, "train.optimizer: adamw or lamb", into text[0..size). */
void needs_describe(const char *needs, char *text, size_t size);

#endif
