/* roles.h: what a program outside calls norm, depth and learning rate, so that tables made for our
 * own engine say as much of it (analysis/roles.def). */
#ifndef REPORT_ROLES_H
#define REPORT_ROLES_H

#include "base/frame.h"

/* In runs of programs outside (external.command), columns of our own options hold what the
 * program's parameter of that meaning holds, and nothing where it has none: the defaults of an
 * engine that did not run say nothing. Other runs stay as they are. */
void roles_fill(frame_t *frame);

/* The same, and the parameters' own columns go: what varies is to be counted once. */
void roles_move(frame_t *frame);

/* "params.norm stands for model.norm, params.lr for ..." into text[0..size): what roles_fill would
 * read of these trials; "" for none. */
void roles_describe(const frame_t *frame, char *text, size_t size);

#endif
