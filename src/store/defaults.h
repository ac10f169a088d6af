/* defaults.h: the options of a trial that stand at their defaults, as one text.
 *
 * It is YAML, a line for each group of options, and what koopsweep itself reads back:
 *
 *     curvature: {batches: 1, every: 0, method: power}
 *     policy: {audit: 0.1, risk.above: 1, rungs.every: 0}
 *
 * Numbers begin with a digit, a sign or a point, texts with a letter or a quotation mark. */
#ifndef STORE_DEFAULTS_H
#define STORE_DEFAULTS_H

#include "base/record.h"
#include "spec/config.h"

/* The caller frees. */
char *defaults_write(const config_t *config);

/* Puts the options of the item "@defaults", which goes, into the record as "config@KEY".
 * STATUS_CORRUPT when it is no such text, or there is none. */
status_t defaults_read(record_t *record);

#endif
