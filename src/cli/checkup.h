/* checkup.h: what `koopsweep doctor` looks at. */
#ifndef CLI_CHECKUP_H
#define CLI_CHECKUP_H

enum { CHECKUP_TEXT_MAX = 512 };

typedef enum {
    CHECKUP_GOOD,
    CHECKUP_NOTE, /* sweeps run, but slower, or not everywhere */
    CHECKUP_BAD   /* sweeps do not run                         */
} checkup_verdict_t;

/* One thing looked at: writes what it found, one line, into text, and how to mend what is not good.
 * `folder`: where runs are to be.
 */
typedef struct checkup {
    const char *name;
    checkup_verdict_t (*look)(const char *folder, char text[CHECKUP_TEXT_MAX]);
} checkup_t;
extern const checkup_t checkups[]; /* NULL-name-terminated */

#endif
