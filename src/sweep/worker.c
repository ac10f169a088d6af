/* The life of a trial as its worker sees it:
 *
 *   1. RUN comes, with the name of the run directory's holder: no result is written for another.
 *      The leader of a team passes it on.
 *   2. The trial runs (attempt.h). Before every step it asks the watch, which looks into the post
 *      now and then: at HALT, at a stop signal, or when the master is silent, the trial leaves a
 *      checkpoint and ends as PENDING.
 *   3. Its file is written by this process, whole; then RESULT tells the master. A worker that dies
 *      in between has lost nothing: the master looks for the file.
 *
 * A worker whose master is gone ends: without a holder nobody may write results. */
#include "sweep/worker.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "dispatch/stop.h"
#include "kernel/host/isa.h"

/* How often a computing rank looks into its post, and a waiting one after the master; seconds. */
#define LOOK_SECONDS 0.02
#define FATE_SECONDS 1.0

static const char broken_team[] = "the master misses another rank of its team";

typedef struct desk {
    post_t *post;
    const team_t *team;
    double looked; /* clock_seconds */
    int is_halted; /* the master wants the trial in hand dropped */
} desk_t;

/* Who has not listened for long cannot call the master silent. */
static void listen_anew(post_t *post, double seconds) {
    if (seconds > FATE_SECONDS + post->silence_max / 2) post_forgive(post);
}

/* Called by the trial every step: must cost next to nothing. */
static int watch(void *context, int64_t step, int64_t steps) {
    desk_t *desk = context;
    (void)step, (void)steps;
    double now = clock_seconds();
    if (now - desk->looked >= LOOK_SECONDS) {
        int rank;
        message_tag_t tag;
        message_t message;
        listen_anew(desk->post, now - desk->looked);
        desk->looked = now;
        while (post_receive(desk->post, &rank, &tag, &message)) {
            if (tag == MESSAGE_LEAVE) team_leave(desk->team, broken_team);
            desk->is_halted |= tag == MESSAGE_HALT;
        }
        desk->is_halted |= post_is_silent(desk->post, 0);
    }
    int number = stop_requested();
    return desk->is_halted || (number && !stop_is_warning(number));
}

/* The leader of a team passes the order on to the others. */
static void work(session_t *session, post_t *post, const team_t *team, const message_t *order) {
    desk_t desk = {.post = post, .team = team};
    session->holder = order->holder;
    if (order->attempt.is_screening) {
        message_t score = {.attempt = attempt_screen(session, order->attempt.trial, watch, &desk)};
        post_send(post, 0, MESSAGE_RESULT, &score);
        return;
    }
    if (team->trial.rank > 0) {
        attempt_help(session, order->attempt.trial, watch, &desk);
        return;
    }
    for (int i = 1; i < team->size; i++) post_send(post, team->leader + i, MESSAGE_RUN, order);
    message_t result = {.attempt = attempt_trial(session, order->attempt.trial, watch, &desk)};
    post_send(post, 0, MESSAGE_RESULT, &result);
}

static void say_hello(const session_t *session, status_t ready, post_t *post) {
    message_t hello = {.attempt.status = ready, .fingerprint = session->fingerprint};
    if (ready != STATUS_OK)
        snprintf(hello.attempt.text, sizeof hello.attempt.text, "rank %d on %s: %.900s", post->rank,
                 post->processes[post->rank].host, status_message());
    else
        isa_describe(hello.attempt.text);
    post_send(post, 0, MESSAGE_HELLO, &hello);
}

/* Waits for the next order. 0 when the master is dead and none will come. */
static int wait_for_order(post_t *post, message_tag_t *tag, message_t *order) {
    int rank;
    double looked = clock_seconds();
    post_forgive(post);
    while (!post_receive(post, &rank, tag, order)) {
        post_rest(post);
        if (clock_seconds() - looked < FATE_SECONDS) continue;
        listen_anew(post, clock_seconds() - looked);
        looked = clock_seconds();
        if (process_fate(&post->processes[0]) == PROCESS_DEAD || post_is_silent(post, 0)) return 0;
    }
    return 1;
}

status_t worker_serve(session_t *session, status_t ready, post_t *post, team_t *team,
                      int *is_orderly) {
    message_tag_t tag;
    message_t order;
    if (ready == STATUS_OK) team_form(team, session->ranks_per_trial);
    if (team->size > 1) session->team = &team->trial;
    say_hello(session, ready, post);
    while (wait_for_order(post, &tag, &order)) {
        if (tag == MESSAGE_RUN) work(session, post, team, &order);
        if (tag == MESSAGE_LEAVE) team_leave(team, broken_team);
        if (tag != MESSAGE_STOP) continue; /* a late HALT: the trial has ended by itself */
        *is_orderly = order.is_orderly;
        return status_fail(order.attempt.status, "%s", "");
    }
    *is_orderly = 0;
    return status_fail(
        STATUS_INCOMPLETE,
        "the master (process %ld on %s) died or cannot be reached; run the same command "
        "again to resume",
        post->processes[0].pid, post->processes[0].host);
}
