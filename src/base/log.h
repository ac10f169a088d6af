/* log.h: one line per event on stderr, "koopsweep: text". */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* What the user should know. Silenced by log_set_quiet. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the user should act on: "koopsweep: warning: text". Never silenced. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "koopsweep: error: text". Never silenced. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Workers under MPI are quiet: only the master tells what happens. */
void log_set_quiet(int quiet);

#endif
