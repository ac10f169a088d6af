/* status.h: errors are values with one sentence.
 *
 * A function that can fail returns status_t. The code is also the process's exit code; the sentence
 * (what, value, limit, remedy) is kept per thread and read with status_message(). */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

typedef enum status {
    STATUS_OK = 0,          /* complete; diverged trials are results                     */
    STATUS_BUG = 1,         /* our fault                                                 */
    STATUS_SPEC = 2,        /* usage or spec error; nothing was started                  */
    STATUS_FAILED = 3,      /* complete, but some trials FAILED                          */
    STATUS_INCOMPLETE = 4,  /* incomplete and resumable                                  */
    STATUS_CORRUPT = 5,     /* corrupt, foreign or missing data found                    */
    STATUS_BUSY = 6,        /* another master holds the run directory                    */
    STATUS_ENVIRONMENT = 7, /* the machine does not fit: no memory, full disk, no GPU    */
    STATUS_REQUEUE = 75     /* checkpointed; the scheduler is asked to requeue           */
} status_t;

/* Records the sentence (without a final newline) and returns `code`. */
status_t status_fail(status_t code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the sentence recorded last and returns `code` unchanged. */
status_t status_context(status_t code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The sentence of this thread's last failure; "" when there was none. Borrowed, valid until the
 * next failure. */
const char *status_message(void);

/* Return at once when `condition` does not hold. Only where nothing is held. */
#define CHECK(condition, code, ...)                                                                \
    do {                                                                                           \
        if (!(condition)) return status_fail(code, __VA_ARGS__);                                   \
    } while (0)

/* Pass a failure on at once. Only where nothing is held. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        status_t try_status_ = (call);                                                             \
        if (try_status_ != STATUS_OK) return try_status_;                                          \
    } while (0)

/* The same in a function that holds something: needs `status_t status` and a label `done`. */
#define CHECK_OR_DONE(condition, code, ...)                                                        \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            status = status_fail(code, __VA_ARGS__);                                               \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)
#define TRY_OR_DONE(call)                                                                          \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != STATUS_OK) goto done;                                                        \
    } while (0)

#endif
