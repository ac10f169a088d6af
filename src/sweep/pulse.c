#include "sweep/pulse.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "rundir/ticker.h"

#define BEATS_PER_SILENCE 8
#define INTERVAL_MIN      0.05 /* seconds */

struct pulse {
    MPI_Comm comm;
    int first, end;        /* ranks that are sent beats                                */
    MPI_Request *beats;    /* owned [end]: each rank's last one, until MPI took it over */
    atomic_uchar *is_mute; /* owned [end]: believed dead                               */
    ticker_t *ticker;      /* owned                                                    */
};

/* A beat that was not taken over yet says that the rank takes none: no second one behind it. */
static void send_beats(void *context) {
    pulse_t *pulse = context;
    for (int rank = pulse->first; rank < pulse->end; rank++) {
        int is_sent;
        if (atomic_load(&pulse->is_mute[rank])) continue;
        MPI_Test(&pulse->beats[rank], &is_sent, MPI_STATUS_IGNORE);
        if (is_sent)
            MPI_Isend(NULL, 0, MPI_BYTE, rank, MESSAGE_BEAT, pulse->comm, &pulse->beats[rank]);
    }
}

static int may_thread(void) {
    int level;
    return MPI_Query_thread(&level) == MPI_SUCCESS && level == MPI_THREAD_MULTIPLE;
}

static void release(pulse_t *pulse) {
    free(pulse->beats);
    free(pulse->is_mute);
    free(pulse);
}

status_t pulse_start(post_t *post, double silence, pulse_t **out) {
    *out = NULL;
    if (post->size == 1) return STATUS_OK;
    if (!may_thread()) {
        if (post->rank == 0)
            log_warning("this MPI has no MPI_THREAD_MULTIPLE, so there is no heartbeat: a rank "
                        "that dies on another machine is not noticed, --silence has no effect");
        return STATUS_OK;
    }
    int first = post->rank == 0, end = post->rank == 0 ? post->size : 1;
    pulse_t *pulse = calloc(1, sizeof *pulse);
    CHECK(pulse, STATUS_ENVIRONMENT, "out of memory for the heartbeat");
    *pulse = (pulse_t){.comm = post->comm, .first = first, .end = end};
    pulse->beats = malloc((size_t)end * sizeof *pulse->beats);
    pulse->is_mute = calloc((size_t)end, sizeof *pulse->is_mute);
    for (int rank = 0; pulse->beats && rank < end; rank++) pulse->beats[rank] = MPI_REQUEST_NULL;
    if (pulse->beats && pulse->is_mute)
        pulse->ticker =
            ticker_start(fmax(silence / BEATS_PER_SILENCE, INTERVAL_MIN), send_beats, pulse);
    if (!pulse->ticker) {
        release(pulse);
        return status_fail(STATUS_ENVIRONMENT, "cannot start the heartbeat thread of rank %d",
                           post->rank);
    }
    post->silence_max = silence;
    *out = pulse;
    return STATUS_OK;
}

void pulse_mute(pulse_t *pulse, int rank, int is_mute) {
    if (pulse) atomic_store(&pulse->is_mute[rank], (unsigned char)is_mute);
}

void pulse_stop(pulse_t **beating) {
    pulse_t *pulse = *beating;
    if (!pulse) return;
    ticker_stop(&pulse->ticker);
    release(pulse);
    *beating = NULL;
}
