/* board.h: memory shared by the launching process and rank 0, which mpirun stands between.
 *
 * mpirun passes on neither exit codes (once it is told to outlive dead ranks) nor a gentle Ctrl-C:
 * both go over the board, and so does the state of every trial, which only one of the two then has
 * to read from the files, and the sweep file, which only one of them can read when it is a pipe. It
 * is anonymous memory (memfd), reached as /proc/PID/fd/N of the launching process: it needs no
 * disk, and nothing is left behind. */
#ifndef DISPATCH_BOARD_H
#define DISPATCH_BOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/process.h"
#include "base/status.h"

enum { BOARD_NAME_MAX = 64, BOARD_TEXT_MAX = 2048 };

typedef struct board {
    process_t launcher;     /* holds the run directory's lock                          */
    int terminal_columns;   /* of the launcher's stderr; 0 = a log                     */
    int exec_error;         /* errno of a mpirun that could not be started             */
    atomic_int stop;        /* launcher to master: the signal that asked to stop, or 0 */
    atomic_int joined;      /* ranks to launcher: how many know each other             */
    atomic_int has_verdict; /* master to launcher: the two fields below are written    */
    status_t verdict;
    char text[BOARD_TEXT_MAX]; /* the verdict's sentence, "" when there is none           */
    size_t trials, spec_length;
    atomic_uchar states[]; /* [trials] trial_state_t, as far as the master has heard; behind
                              them the text of the sweep file                          */
} board_t;

/* Makes the board for so many trials and the sweep file's text[length]; `name` is what board_attach
 * of a process below takes. */
status_t board_create(size_t trials, const char *text, size_t length, board_t **board,
                      char name[BOARD_NAME_MAX]);
status_t board_attach(const char *name, board_t **board);

void board_detach(board_t **board); /* NULL inside is fine */

/* The text of the sweep file, board->spec_length long, not terminated. Borrowed. */
const char *board_spec(const board_t *board);

/* Master: writes the verdict with the sentence of status_message(). */
void board_judge(board_t *board, status_t verdict);

#endif
