/* stop.h: a request from outside to stop early: Ctrl-C, SIGTERM, or a warning, SIGUSR1 or SIGUSR2,
 * as batch systems send it before a time limit.
 *
 * The first signal only raises a flag, which the sweep looks at (a request after a warning raises
 * it anew); SIGINT or SIGTERM half a second after a request or more kills at once. (Half a second,
 * because one Ctrl-C may arrive twice: from the terminal, and passed on by a parent.) */
#ifndef DISPATCH_STOP_H
#define DISPATCH_STOP_H

#include <signal.h>

/* Catches the signals from now on, until stop_release puts their old handling back and forgets
 * what came. */
void stop_catch(void);
void stop_release(void);

/* Catches the warnings alone, for the time before stop_catch: while nothing has begun, there is
 * nothing to save, and a request ends the process as it always does. */
void stop_catch_warnings(void);

/* Adds the signals that ask to stop to a set, for who waits for them instead. */
void stop_add_signals(sigset_t *set);

/* The signal that asked to stop, or 0. */
int stop_requested(void);

/* 1 when that signal is a warning: what to do about it is the master's to decide. */
int stop_is_warning(int signal);

#endif
