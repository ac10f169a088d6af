#include "sweep/message.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "dispatch/rest.h"

#define REST_BUSY  2e-3 /* seconds: the longest rest of a master, however seldom messages come */
#define GAP_WEIGHT 0.05 /* of the latest time between two messages in their mean */

/* A message that MPI may still be reading. */
struct letter {
    MPI_Request request;
    struct letter *next;
    message_t message;
};

static void drop_sent(post_t *post) {
    for (struct letter **at = &post->unsent; *at;) {
        struct letter *letter = *at;
        int is_sent;
        MPI_Test(&letter->request, &is_sent, MPI_STATUS_IGNORE);
        if (is_sent) {
            *at = letter->next;
            free(letter);
        } else {
            at = &letter->next;
        }
    }
}

status_t post_open(MPI_Comm comm, post_t *post) {
    process_t self = process_self();
    *post = (post_t){.comm = comm,
                     .heard = clock_seconds(),
                     .arrived = clock_seconds(),
                     .silence_max = INFINITY};
    MPI_Comm_rank(comm, &post->rank);
    MPI_Comm_size(comm, &post->size);
    post->processes = calloc((size_t)post->size, sizeof *post->processes);
    post->heard_from = calloc((size_t)post->size, sizeof *post->heard_from);
    CHECK(post->processes && post->heard_from, STATUS_ENVIRONMENT, "out of memory for %d ranks",
          post->size);
    post_forgive(post);
    MPI_Allgather(&self, sizeof self, MPI_BYTE, post->processes, sizeof self, MPI_BYTE, comm);
    return STATUS_OK;
}

/* Letters to the dead stay with MPI, which may still read them. */
void post_close(post_t *post) {
    drop_sent(post);
    free(post->processes);
    free(post->heard_from);
    post->processes = NULL;
    post->heard_from = NULL;
}

void post_send(post_t *post, int rank, message_tag_t tag, const message_t *message) {
    struct letter *letter = memory_take(1, sizeof *letter, "a message");
    letter->message = *message;
    letter->next = post->unsent;
    post->unsent = letter;
    MPI_Isend(&letter->message, sizeof letter->message, MPI_BYTE, rank, (int)tag, post->comm,
              &letter->request);
    drop_sent(post);
    post->heard = clock_seconds(); /* an answer may come at once */
}

/* One arrived message, be it a beat. */
static int receive_any(post_t *post, MPI_Status *envelope, message_t *message) {
    int has_arrived;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, post->comm, &has_arrived, envelope);
    if (!has_arrived) return 0;
    MPI_Recv(message, sizeof *message, MPI_BYTE, envelope->MPI_SOURCE, envelope->MPI_TAG,
             post->comm, MPI_STATUS_IGNORE);
    post->heard_from[envelope->MPI_SOURCE] = clock_seconds();
    return 1;
}

int post_receive(post_t *post, int *rank, message_tag_t *tag, message_t *message) {
    MPI_Status envelope;
    if (post->unsent) drop_sent(post);
    do
        if (!receive_any(post, &envelope, message)) return 0;
    while (envelope.MPI_TAG == MESSAGE_BEAT);
    *rank = envelope.MPI_SOURCE;
    *tag = (message_tag_t)envelope.MPI_TAG;
    post->heard = clock_seconds();
    post->gap += GAP_WEIGHT * (post->heard - post->arrived - post->gap);
    post->arrived = post->heard;
    return 1;
}

int post_is_dismissed(post_t *post) {
    int has_arrived;
    MPI_Status envelope;
    for (;;) {
        MPI_Iprobe(MPI_ANY_SOURCE, MESSAGE_BEAT, post->comm, &has_arrived, &envelope);
        if (!has_arrived) break;
        MPI_Recv(NULL, 0, MPI_BYTE, envelope.MPI_SOURCE, MESSAGE_BEAT, post->comm,
                 MPI_STATUS_IGNORE);
        post->heard_from[envelope.MPI_SOURCE] = clock_seconds();
    }
    MPI_Iprobe(MPI_ANY_SOURCE, MESSAGE_LEAVE, post->comm, &has_arrived, MPI_STATUS_IGNORE);
    return has_arrived;
}

int post_is_silent(const post_t *post, int rank) {
    return clock_seconds() - post->heard_from[rank] > post->silence_max;
}

void post_forgive(post_t *post) {
    for (int rank = 0; rank < post->size; rank++) post->heard_from[rank] = clock_seconds();
}

void post_rest(post_t *post) {
    double rest = rest_seconds(clock_seconds() - post->heard);
    if (post->rank == 0) rest = fmax(rest, fmin(0.1 * post->gap, REST_BUSY));
    nanosleep(&(struct timespec){.tv_nsec = (long)(rest * 1e9)}, NULL);
}

int post_flush(post_t *post, double seconds) {
    double deadline = clock_seconds() + seconds;
    post->heard = clock_seconds();
    for (drop_sent(post); post->unsent && clock_seconds() < deadline; drop_sent(post))
        post_rest(post);
    return post->unsent == NULL;
}
