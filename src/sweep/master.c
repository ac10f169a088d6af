/* The life of a trial as the master sees it:
 *
 *   1. A rank says hello, and that it means the same trials: it is IDLE.
 *   2. The dispatch has a trial for it (dispatch.h): RUN is sent, the rank is BUSY.
 *   3. RESULT comes: the dispatch takes the report, the rank is IDLE again.
 *   4. A trial that was cancelled, and every one when the sweep stops: HALT is sent, once; RESULT
 *      comes all the same, and says how far the trial came.
 *   5. The process is gone, or silent for too long: the rank is DEAD or SILENT, the dispatch buries
 *      it, and its trial goes to another one. A SILENT rank that is heard again is told to drop
 * what it has; if it had ended that already, the first end counts.
 *
 * The master waits for nobody: each round takes what has come, looks at ranks and clock, hands out,
 * and sleeps for as long as the last messages suggest. */
#include "sweep/master.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define FATE_SECONDS  0.5  /* between two looks for dead ranks                     */
#define DROP_SECONDS  0.05 /* between two looks for trials that were cancelled     */
#define HELLO_SECONDS 10.0 /* for ranks that have not said hello when all is over  */
#define FLUSH_SECONDS 5.0

struct standing {
    enum {
        EXPECTED, /* has not said hello yet */
        IDLE,     /* waits for an order     */
        BUSY,     /* holds a trial          */
        SILENT,   /* believed dead: no message may go there */
        DEAD      /* its process is gone */
    } now;
    int is_halted; /* was told to drop its trial              */
    int is_listed; /* in master->idle                         */
    int has_trial; /* when SILENT: it was computing till then */
};

status_t master_open(post_t *post, pulse_t *pulse, master_t *master) {
    *master = (master_t){.post = post, .pulse = pulse};
    master->standings = calloc((size_t)post->size, sizeof *master->standings);
    master->idle = calloc((size_t)post->size, sizeof *master->idle);
    CHECK(master->standings && master->idle, STATUS_ENVIRONMENT, "out of memory for %d ranks",
          post->size);
    return STATUS_OK;
}

void master_close(master_t *master) {
    free(master->standings);
    free(master->idle);
    *master = (master_t){0};
}

/* The rank waits for an order. It is listed once, however often it does so before it gets one. */
static void set_idle(master_t *master, int rank) {
    struct standing *standing = &master->standings[rank];
    if (!standing->is_listed) master->idle[master->idle_count++] = rank;
    *standing = (struct standing){.now = IDLE, .is_listed = 1};
}

/* Ranks 1.. that stand so. */
static int count_workers(const master_t *master, int standing) {
    int count = 0;
    for (int rank = 1; rank < master->post->size; rank++)
        count += (int)master->standings[rank].now == standing;
    return count;
}

/* Tells a rank to drop its trial, once. */
static void halt(master_t *master, int rank) {
    const message_t order = {0};
    if (master->standings[rank].is_halted) return;
    master->standings[rank].is_halted = 1;
    post_send(master->post, rank, MESSAGE_HALT, &order);
}

/* A rank that was believed dead gave a sign of life. Its trial is another one's now. */
static void revive(master_t *master, int rank) {
    struct standing *standing = &master->standings[rank];
    int has_trial = standing->has_trial;
    pulse_mute(master->pulse, rank, 0);
    if (has_trial)
        standing->now = BUSY;
    else
        set_idle(master, rank);
    if (has_trial) halt(master, rank);
    log_info("rank %d on %s is heard again", rank, master->post->processes[rank].host);
}

/* Ranks that round differently make the bits of a trial depend on who runs it. Said once. */
static void compare_isa(master_t *master, int rank, const char *isa) {
    const process_t *processes = master->post->processes;
    if (!master->first_rank) {
        master->first_rank = rank;
        snprintf(master->first_isa, sizeof master->first_isa, "%.120s", isa);
    }
    if (strcmp(isa, master->first_isa) == 0 || master->has_warned) return;
    master->has_warned = 1;
    log_warning("rank %d on %s computes with %s, rank %d on %s with %s: the last bits of a trial "
                "depend on who runs it; KOOPSWEEP_ISA=x86-64-v3, or the lowest of all, pins both",
                rank, processes[rank].host, isa, master->first_rank,
                processes[master->first_rank].host, master->first_isa);
}

/* Every rank made its own plan: does this one mean the same trials? */
static void take_hello(master_t *master, int rank, const message_t *hello) {
    char text[ATTEMPT_TEXT_MAX];
    dispatch_t *dispatch = master->dispatch;
    set_idle(master, rank);
    if (!dispatch) return;
    if (hello->attempt.status != STATUS_OK) {
        dispatch_stop(dispatch, hello->attempt.status, hello->attempt.text);
    } else if (hello->fingerprint != dispatch->session->fingerprint) {
        snprintf(text, sizeof text, "rank %d on %s read another spec from %s than rank 0 did", rank,
                 master->post->processes[rank].host, dispatch->session->options->spec_path);
        dispatch_stop(dispatch, STATUS_SPEC, text);
    } else {
        compare_isa(master, rank, hello->attempt.text);
    }
}

static void take_message(master_t *master, int rank, message_tag_t tag, const message_t *message) {
    if (master->standings[rank].now == DEAD) return; /* sent before it died; the file counts */
    if (master->standings[rank].now == SILENT) revive(master, rank);
    if (tag == MESSAGE_HELLO) take_hello(master, rank, message);
    if (tag != MESSAGE_RESULT || !master->dispatch) return;
    set_idle(master, rank);
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

static int is_gone(const struct standing *standing) {
    return standing->now == SILENT || standing->now == DEAD;
}

/* Ranks of a team; 1 when trials are not shared, or before the sweep is known. */
static int size_of_teams(const master_t *master) {
    if (!master->dispatch) return 1;
    return team_size(master->post->size - 1, master->dispatch->session->ranks_per_trial);
}

/* 1 when `rank` leads a team all of which lives. */
static int leads_team(const master_t *master, int rank) {
    int size = size_of_teams(master);
    if (team_leader(master->post->size - 1, size, rank) != rank) return 0;
    for (int i = 0; i < size; i++)
        if (is_gone(&master->standings[rank + i])) return 0;
    return 1;
}

static int has_team(const master_t *master) {
    for (int rank = 1; rank < master->post->size; rank++)
        if (leads_team(master, rank)) return 1;
    return 0;
}

/* Sends the next trial there; 0 when there is none. */
static int send_order(master_t *master, int rank) {
    message_t order = {.holder = master->dispatch->session->holder};
    if (!dispatch_next(master->dispatch, rank, &order.attempt.trial)) return 0;
    order.attempt.is_screening = dispatch_is_screening(master->dispatch, rank);
    master->standings[rank].now = BUSY;
    post_send(master->post, rank, MESSAGE_RUN, &order);
    return 1;
}

/* Looks at those alone that wait: there may be ten thousand others. The rest of a team never leads.
 */
static void hand_out(master_t *master) {
    int kept = 0, has_more = 1, size = size_of_teams(master);
    for (int i = 0; i < master->idle_count; i++) {
        int rank = master->idle[i];
        int waits = master->standings[rank].now == IDLE &&
                    team_leader(master->post->size - 1, size, rank) == rank;
        if (waits && has_more && leads_team(master, rank))
            waits = !(has_more = send_order(master, rank));
        master->standings[rank].is_listed = waits;
        if (waits) master->idle[kept++] = rank;
    }
    master->idle_count = kept;
}

static void halt_cancelled(master_t *master) {
    double now = clock_seconds();
    if (now - master->dropped < DROP_SECONDS) return;
    master->dropped = now;
    for (int rank = 1; rank < master->post->size; rank++)
        if (dispatch_is_cancelled(master->dispatch, rank)) halt(master, rank);
}

static void halt_busy(master_t *master) {
    for (int rank = 1; rank < master->post->size; rank++)
        if (master->standings[rank].now == BUSY) halt(master, rank);
}

/* Several ranks of one machine silent at once: that is the machine's fault, and no trial's. */
static int has_lost_machine(const master_t *master, int rank) {
    const post_t *post = master->post;
    int others = 0;
    for (int other = 1; other < post->size; other++) {
        if (other == rank) continue;
        if (strcmp(post->processes[other].host, post->processes[rank].host) != 0) continue;
        if (!is_gone(&master->standings[other]) && !post_is_silent(post, other)) return 0;
        others++;
    }
    return others > 0;
}

static void bury(master_t *master, int rank, int fate) {
    struct standing *standing = &master->standings[rank];
    const process_t *process = &master->post->processes[rank];
    int was_silent = standing->now == SILENT, has_trial = standing->now == BUSY;
    int is_blamed = fate == DEAD || !has_lost_machine(master, rank);
    *standing =
        (struct standing){.now = fate, .has_trial = has_trial, .is_listed = standing->is_listed};
    pulse_mute(master->pulse, rank, 1);
    if (master->dispatch && !was_silent)
        dispatch_bury(master->dispatch, rank, process, fate == DEAD ? RANK_DIED : RANK_FELL_SILENT,
                      is_blamed);
}

/* A rank that lost another one of its team. It must not wait for that one, nor is it waited for. */
static void let_go(master_t *master, int rank, int is_blamed) {
    const message_t order = {0};
    post_send(master->post, rank, MESSAGE_LEAVE, &order);
    master->standings[rank].now = DEAD;
    pulse_mute(master->pulse, rank, 1);
    dispatch_bury(master->dispatch, rank, &master->post->processes[rank], RANK_LET_GO, is_blamed);
}

static void dissolve_broken_teams(master_t *master) {
    int size = size_of_teams(master);
    for (int leader = 1; size > 1 && leader + size <= master->post->size; leader += size) {
        int is_blamed = 0;
        if (leads_team(master, leader)) continue;
        for (int rank = leader; rank < leader + size; rank++)
            if (is_gone(&master->standings[rank])) is_blamed |= !has_lost_machine(master, rank);
        for (int rank = leader; rank < leader + size; rank++)
            if (!is_gone(&master->standings[rank])) let_go(master, rank, is_blamed);
    }
}

/* Looks whether ranks live. Should the master itself have been away for long, it first has to
 * listen for a while before it can call anybody silent. */
static void look_after_ranks(master_t *master) {
    const post_t *post = master->post;
    double now = clock_seconds();
    if (now - master->looked < FATE_SECONDS) return;
    if (now - master->looked > FATE_SECONDS + post->silence_max / 2) post_forgive(master->post);
    master->looked = now;
    take_all_messages(master); /* its last word may have arrived */
    for (int rank = 1; rank < post->size; rank++) {
        struct standing *standing = &master->standings[rank];
        int is_silent = post_is_silent(post, rank);
        if (standing->now == DEAD) continue;
        if (process_fate(&post->processes[rank]) == PROCESS_DEAD)
            bury(master, rank, DEAD);
        else if (standing->now == SILENT && !is_silent)
            revive(master, rank);
        else if (standing->now != SILENT && is_silent)
            bury(master, rank, SILENT);
    }
    dissolve_broken_teams(master);
    if (master->dispatch && !has_team(master))
        dispatch_stop(master->dispatch, STATUS_INCOMPLETE,
                      size_of_teams(master) > 1 ? "no team has all its ranks any more"
                                                : "all workers died");
}

void master_lead(master_t *master, dispatch_t *dispatch) {
    master->dispatch = dispatch;
    master->looked = clock_seconds();
    post_forgive(master->post);
    for (;;) {
        int count = take_all_messages(master);
        dispatch_beat(dispatch);
        look_after_ranks(master);
        halt_cancelled(master);
        if (!dispatch_is_stopping(dispatch))
            hand_out(master);
        else
            halt_busy(master);
        if (dispatch_is_over(dispatch)) break;
        if (count == 0) post_rest(master->post);
    }
    master->dispatch = NULL;
}

int master_dismiss(master_t *master, status_t verdict) {
    message_t stop = {.attempt.status = verdict};
    double deadline = clock_seconds() + HELLO_SECONDS;
    while (count_workers(master, EXPECTED) && clock_seconds() < deadline) {
        if (take_all_messages(master) == 0) post_rest(master->post);
        look_after_ranks(master);
    }
    stop.is_orderly = count_workers(master, IDLE) == master->post->size - 1;
    for (int rank = 1; rank < master->post->size; rank++)
        if (master->standings[rank].now == IDLE) post_send(master->post, rank, MESSAGE_STOP, &stop);
    return post_flush(master->post, FLUSH_SECONDS) && stop.is_orderly;
}
