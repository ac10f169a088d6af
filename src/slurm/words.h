/* words.h: the user's words after "--", which are options of sbatch.
 *
 * An option is "--name=VALUE", "--name VALUE", "-l VALUE" or "-lVALUE", as getopt takes them. All
 * lists are NULL-terminated. */
#ifndef SLURM_WORDS_H
#define SLURM_WORDS_H

#include <stddef.h>

#include "base/status.h"

enum { WORDS_LINE_MAX = 4096 };

/* The line "#SBATCH WORDS" of a job script, so that the script may be submitted again without them;
 * a comment when there are none. What is meant for one submission alone stays out: --test-only,
 * --wait, --dependency and so on. STATUS_SPEC: a line break in a word, or no room. */
status_t words_print(char *const *words, char line[WORDS_LINE_MAX]);

/* What the words say of an option: its value, "" when it has none there, NULL when it is not named.
 * The last one counts. `letter` 0: it has no short name. Borrowed from the words. */
const char *words_find(char *const *words, const char *name, char letter);

/* "4G", "512M", "2000" (of --mem and its kin; megabytes without a letter) in MiB; NAN: no size. */
double words_mebibytes(const char *size);

#endif
