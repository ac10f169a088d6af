/* message.h: what ranks say to each other, and the post that carries it.
 *
 *   tag             from     to       fields                        answered by
 *   MESSAGE_HELLO   worker   master   attempt (status), fingerprint RUN or STOP
 *   MESSAGE_RUN     master   worker   attempt (trial), holder       RESULT
 *   MESSAGE_RESULT  worker   master   attempt                       RUN or STOP
 *   MESSAGE_HALT    master   worker   -                             RESULT of the trial it holds
 *   MESSAGE_STOP    master   worker   attempt (status), is_orderly  nothing: the worker leaves
 *   MESSAGE_LEAVE   master   worker   -                             nothing: the worker leaves at
 *                                                                   once, its team is broken
 *
 * The RUN of a trial that is only to be measured at initialisation says so in attempt.is_screening,
 * and so does its RESULT, whose attempt.score is what was measured.
 *
 * A worker that has nothing to do waits; the master may answer late. The master never writes to a
 * rank it believes dead: Open MPI would neither fail nor finish. For the same reason there are only
 * these point-to-point messages, never a collective, once every rank has introduced itself. Waiting
 * polls and sleeps (MPI's own waiting would burn a core per rank). */
#ifndef SWEEP_MESSAGE_H
#define SWEEP_MESSAGE_H

#include <mpi.h>
#include <stdint.h>

#include "dispatch/attempt.h"

typedef enum {
    MESSAGE_HELLO = 1,
    MESSAGE_RUN,
    MESSAGE_RESULT,
    MESSAGE_HALT,
    MESSAGE_STOP,
    MESSAGE_LEAVE,
    MESSAGE_BEAT /* empty: see pulse.h */
} message_tag_t;

/* One layout for all tags, sent as bytes between processes of one binary; unused fields are 0. */
typedef struct message {
    attempt_t attempt;    /* RUN: its trial. HELLO, STOP: its status and text (of a HELLO that is
                                well: isa_describe). RESULT: all                                 */
    uint64_t fingerprint; /* of the expanded spec: do all ranks mean the same trials? */
    int is_orderly;   /* 1: end MPI together; 0: a rank is dead, leave without MPI_Finalize     */
    process_t holder; /* of the run directory's lock: no result is written for another          */
} message_t;

/* The post of one rank. */
typedef struct post {
    MPI_Comm comm;
    int rank, size;
    process_t *processes;  /* owned [size]                                              */
    double *heard_from;    /* owned [size]: clock_seconds of each rank's last sign of life */
    struct letter *unsent; /* owned list: not yet taken over by MPI                     */
    double heard;          /* clock_seconds of the last message in or out, beats apart  */
    double arrived, gap;   /* of the last message in; mean seconds between two of them  */
    double silence_max;    /* seconds of silence after which a rank is taken for dead;
                              INFINITY without a pulse                                  */
} post_t;

/* Collective: all ranks tell each other which process they are. */
status_t post_open(MPI_Comm comm, post_t *post);
void post_close(post_t *post);

/* Sends a copy; returns at once. */
void post_send(post_t *post, int rank, message_tag_t tag, const message_t *message);

/* Takes one arrived message; 0 when there is none. Never waits. Beats are noted and passed over. */
int post_receive(post_t *post, int *rank, message_tag_t *tag, message_t *message);

/* For who may take no other message yet: takes the beats that have arrived, and returns 1 when a
 * MESSAGE_LEAVE has, which stays. Never waits. */
int post_is_dismissed(post_t *post);

/* 1 when a rank has given no sign of life for so long that it is taken for dead. Only worth asking
 * right after all arrived messages, or beats, were received. */
int post_is_silent(const post_t *post, int rank);

/* Takes all others for alive as of now: to be called after a time in which nobody listened. */
void post_forgive(post_t *post);

/* Sleeps as long as rest.h says for the time since the last message in or out. The master sleeps
 * for a tenth of the mean time between two messages, if that is more, but at most 2 ms: looking
 * more often costs more than what it looks for. N workers lose 1 / 20 N of their time. */
void post_rest(post_t *post);

/* Waits up to `seconds` for everything sent to be taken over; 1 when it was. */
int post_flush(post_t *post, double seconds);

#endif
