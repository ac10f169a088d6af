/* pulse.h: heartbeats between ranks, by which a dead one is found on whatever machine it was.
 *
 * A thread of every rank sends an empty message now and then: those of the workers to the master,
 * the master's to all workers. It does nothing else and touches no file, so it lives on while the
 * rank's main thread computes or waits for a file system that stalls, be it for minutes; it ends
 * with its process, its machine or its network, and pauses while the process is stopped. Sending is
 * non-blocking, and a rank that takes no beats is sent no more of them.
 *
 * The thread sends while the main thread is in MPI too: that takes MPI_THREAD_MULTIPLE. An MPI
 * that does not offer it leaves the ranks without a pulse; then only dead processes of the master's
 * own machine are found, and the launcher must end the job when another machine dies. */
#ifndef SWEEP_PULSE_H
#define SWEEP_PULSE_H

#include "sweep/message.h"

typedef struct pulse pulse_t;

/* Starts beating, eight times within `silence` seconds but at most twenty times a second, and has
 * the post take ranks that are silent for so long for dead. The post is borrowed. *pulse is NULL,
 * with STATUS_OK, when this MPI allows no such thread. */
status_t pulse_start(post_t *post, double silence, pulse_t **pulse);

/* No more beats for a rank that is believed dead, or beats again; NULL is fine. Master only. */
void pulse_mute(pulse_t *pulse, int rank, int is_mute);

/* Ends the thread; before MPI_Finalize. NULL inside is fine. */
void pulse_stop(pulse_t **pulse);

#endif
