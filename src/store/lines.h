/* lines.h: what trial files say in words: data sets of lines of text, deflated.
 *
 *   /labels            of each item that the file holds: "PATH SHAPE UNIT WRITER MEANING", "-" for
 *                      what there is none of: "rksp/rho [probe,layer] 1 probe spectral radius, ..."
 *   /config/defaults   of each option that is at its default: "train.lr: 0.001",
 *                      "model.norm: \"pre_ln\"", text as JSON has it; the others are attributes
 *
 * As attributes of their own these some three hundred would be most of a small trial's file. */
#ifndef STORE_LINES_H
#define STORE_LINES_H

#include "plan/plan.h"
#include "store/image.h"
#include "store/store.h"

/* Write the data set `labels` below `place`, `defaults` below the group of the options. */
status_t labels_put(hid_t place, const record_t *record);
status_t defaults_put(hid_t group, const config_t *config);

/* Read an open data set into `about`: units as texts "PATH@unit", options as "config@KEY", texts or
 * float64. STATUS_CORRUPT when it holds no such lines. */
status_t labels_read(hid_t dataset, record_t *about);
status_t defaults_read(hid_t dataset, record_t *about);

/* The same of one line; 0 when it is none. */
int labels_take(const char *line, record_t *about);
int defaults_take(const char *line, record_t *about);

#endif
