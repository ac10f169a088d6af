/* stop.h: a request from outside to stop early: Ctrl-C, SIGTERM, or SIGUSR1 and SIGUSR2 as batch
 * systems send before a time limit.
 *
 * The first signal only raises a flag, which the sweep looks at; SIGINT or SIGTERM half a second
 * later or more kills at once. (Half a second, because one Ctrl-C may arrive twice: from the
 * terminal, and passed on by a parent.) */
#ifndef SWEEP_STOP_H
#define SWEEP_STOP_H

/* Catches the signals from now on, until stop_release puts their old handling back. */
void stop_catch(void);
void stop_release(void);

/* The signal that asked to stop, or 0. */
int stop_requested(void);

#endif
