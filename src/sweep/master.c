#include "sweep/master.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define FATE_SECONDS  0.5  /* between two looks for dead ranks                     */
#define HELLO_SECONDS 10.0 /* for ranks that have not said hello when all is over  */
#define FLUSH_SECONDS 5.0

struct standing {
    enum {
        EXPECTED, /* has not said hello yet */
        IDLE,     /* waits for an order     */
        BUSY,     /* holds a trial          */
        GONE      /* believed dead: no message may go there */
    } now;
    int is_halted; /* was told to drop its trial */
};

status_t master_open(post_t *post, master_t *master) {
    *master = (master_t){.post = post};
    master->standings = calloc((size_t)post->size, sizeof *master->standings);
    CHECK(master->standings, STATUS_ENVIRONMENT, "out of memory for %d ranks", post->size);
    return STATUS_OK;
}

void master_close(master_t *master) {
    free(master->standings);
    *master = (master_t){0};
}

/* Ranks 1.. that stand so. */
static int count_workers(const master_t *master, int standing) {
    int count = 0;
    for (int rank = 1; rank < master->post->size; rank++)
        count += (int)master->standings[rank].now == standing;
    return count;
}

/* Every rank made its own plan: does this one mean the same trials? */
static void take_hello(master_t *master, int rank, const message_t *hello) {
    char text[ATTEMPT_TEXT_MAX];
    dispatch_t *dispatch = master->dispatch;
    master->standings[rank].now = IDLE;
    if (!dispatch) return;
    if (hello->attempt.status != STATUS_OK) {
        dispatch_stop(dispatch, hello->attempt.status, hello->attempt.text);
    } else if (hello->fingerprint != dispatch->session->fingerprint) {
        snprintf(text, sizeof text, "rank %d on %s read another spec from %s than rank 0 did", rank,
                 master->post->processes[rank].host, dispatch->session->options->spec_path);
        dispatch_stop(dispatch, STATUS_SPEC, text);
    }
}

static void take_message(master_t *master, int rank, message_tag_t tag, const message_t *message) {
    if (master->standings[rank].now == GONE) return; /* sent before it died; the file counts */
    if (tag == MESSAGE_HELLO) take_hello(master, rank, message);
    if (tag != MESSAGE_RESULT || !master->dispatch) return;
    master->standings[rank] = (struct standing){.now = IDLE};
    dispatch_report(master->dispatch, rank, &message->attempt);
}

static int take_all_messages(master_t *master) {
    int rank, count = 0;
    message_tag_t tag;
    message_t message;
    for (; post_receive(master->post, &rank, &tag, &message); count++)
        take_message(master, rank, tag, &message);
    return count;
}

static void hand_out(master_t *master) {
    message_t order = {.holder = master->dispatch->session->holder};
    for (int rank = 1; rank < master->post->size; rank++) {
        if (master->standings[rank].now != IDLE) continue;
        if (!dispatch_next(master->dispatch, rank, &order.attempt.trial)) return;
        master->standings[rank].now = BUSY;
        post_send(master->post, rank, MESSAGE_RUN, &order);
    }
}

static void halt_busy(master_t *master) {
    message_t halt = {0};
    for (int rank = 1; rank < master->post->size; rank++) {
        struct standing *standing = &master->standings[rank];
        if (standing->now != BUSY || standing->is_halted) continue;
        standing->is_halted = 1;
        post_send(master->post, rank, MESSAGE_HALT, &halt);
    }
}

/* Ranks on other machines cannot be seen from here: there the launcher ends the job when one dies,
 * and the next run resumes. */
static void bury_dead(master_t *master) {
    double now = clock_seconds();
    if (now - master->looked < FATE_SECONDS) return;
    master->looked = now;
    for (int rank = 1; rank < master->post->size; rank++) {
        const process_t *process = &master->post->processes[rank];
        if (master->standings[rank].now == GONE || process_fate(process) != PROCESS_DEAD) continue;
        take_all_messages(master); /* its last word may have arrived */
        master->standings[rank].now = GONE;
        if (master->dispatch) dispatch_bury(master->dispatch, rank, process);
    }
    if (master->dispatch && count_workers(master, GONE) == master->post->size - 1)
        dispatch_stop(master->dispatch, STATUS_INCOMPLETE, "all workers died");
}

void master_lead(master_t *master, dispatch_t *dispatch) {
    master->dispatch = dispatch;
    master->looked = clock_seconds();
    for (;;) {
        int count = take_all_messages(master);
        dispatch_beat(dispatch);
        bury_dead(master);
        if (dispatch->stop_status == STATUS_OK)
            hand_out(master);
        else
            halt_busy(master);
        if (dispatch_is_over(dispatch)) break;
        if (count == 0) post_rest(master->post);
    }
    teller_break(&dispatch->teller);
    master->dispatch = NULL;
}

int master_dismiss(master_t *master, status_t verdict) {
    message_t stop = {.attempt.status = verdict};
    double deadline = clock_seconds() + HELLO_SECONDS;
    while (count_workers(master, EXPECTED) && clock_seconds() < deadline) {
        if (take_all_messages(master) == 0) post_rest(master->post);
        bury_dead(master);
    }
    stop.is_orderly = count_workers(master, IDLE) == master->post->size - 1;
    for (int rank = 1; rank < master->post->size; rank++)
        if (master->standings[rank].now == IDLE) post_send(master->post, rank, MESSAGE_STOP, &stop);
    return post_flush(master->post, FLUSH_SECONDS) && stop.is_orderly;
}
