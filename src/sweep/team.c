#include "sweep/team.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum { PARTS = 1, TOTAL = 2 }; /* tags: slices to add up, sums to keep */

#define SPIN_SECONDS 2e-3 /* of waiting without sleeping: others are about as fast       */
#define NAP_SECONDS  5e-5 /* between two looks after that                                */
#define FATE_SECONDS 0.5  /* between two looks whether the others live                   */

status_t team_open(post_t *post, team_t *team) {
    *team = (team_t){.post = post, .size = 1, .leader = post->rank};
    CHECK(MPI_Comm_dup(post->comm, &team->comm) == MPI_SUCCESS, STATUS_ENVIRONMENT,
          "MPI gave no second communicator");
    return STATUS_OK;
}

/* The communicator goes with MPI_Finalize: freeing it waits for all ranks, and one may be dead. */
void team_close(team_t *team) {
    free(team->room);
    team->room = NULL;
}

int team_size(int workers, int ranks_per_trial) {
    return workers >= ranks_per_trial ? ranks_per_trial : 1;
}

int team_leader(int workers, int size, int rank) {
    int number = (rank - 1) / size;
    return (number + 1) * size <= workers ? number * size + 1 : 0;
}

void team_leave(const team_t *team, const char *why) {
    log_warning("rank %d leaves: %s", team->post->rank, why);
    _exit(STATUS_INCOMPLETE);
}

/* `seconds`: for how long this rank has listened, which must be long before it calls the master
 * silent. */
static void leave_if_alone(const team_t *team, double seconds) {
    char why[64];
    post_t *post = team->post;
    for (int i = 0; i < team->size; i++) {
        if (process_fate(&post->processes[team->leader + i]) != PROCESS_DEAD) continue;
        snprintf(why, sizeof why, "rank %d of its team died", team->leader + i);
        team_leave(team, why);
    }
    if (post_is_dismissed(post)) team_leave(team, "the master misses another rank of its team");
    if (process_fate(&post->processes[0]) == PROCESS_DEAD) team_leave(team, "the master died");
    if (seconds > post->silence_max && post_is_silent(post, 0))
        team_leave(team, "the master is not heard any more");
}

static void await(const team_t *team, int count, MPI_Request *requests) {
    double start = clock_seconds(), looked = start, listening = start;
    int are_done = 0;
    for (;;) {
        MPI_Testall(count, requests, &are_done, MPI_STATUSES_IGNORE);
        if (are_done) return;
        double now = clock_seconds();
        if (now - start < SPIN_SECONDS)
            sched_yield();
        else
            nanosleep(&(struct timespec){.tv_nsec = (long)(NAP_SECONDS * 1e9)}, NULL);
        if (now - looked < FATE_SECONDS) continue;
        if (now - looked > FATE_SECONDS + team->post->silence_max / 2) listening = now;
        looked = now;
        leave_if_alone(team, now - listening);
    }
}

/* Where slice `i` of a vector of n begins. */
static size_t slice(const team_t *team, size_t n, int i) {
    return n * (size_t)i / (size_t)team->size;
}

/* Sends each other rank a slice and receives one from each. `sent` and `received` give the place
 * and length of those for a rank. */
typedef struct piece {
    flt *at;
    size_t count;
} piece_t;

static void exchange(const team_t *team, int tag, const piece_t *sent, const piece_t *received) {
    int count = 0;
    MPI_Request requests[2 * TEAM_MAX];
    for (int i = 0; i < team->size; i++) {
        if (i == team->trial.rank) continue;
        int rank = team->leader + i;
        MPI_Irecv(received[i].at, (int)(received[i].count * sizeof(flt)), MPI_BYTE, rank, tag,
                  team->comm, &requests[count++]);
        MPI_Isend(sent[i].at, (int)(sent[i].count * sizeof(flt)), MPI_BYTE, rank, tag, team->comm,
                  &requests[count++]);
    }
    await(team, count, requests);
}

static void make_room(team_t *team, size_t count) {
    if (count <= team->room_max) return;
    free(team->room);
    team->room = memory_take(count, sizeof *team->room, "the gradients of a team");
    team->room_max = count;
}

/* x := part 0 + part 1 + ..., x being one of the parts. In the order of ranks, whatever arrived
 * first: sums of floats depend on their order, and the same trial has the same bits. */
static void add_up(const team_t *team, const piece_t *part, flt *x, size_t count) {
    for (size_t k = 0; k < count; k++) {
        flt sum = 0;
        for (int i = 0; i < team->size; i++) sum += part[i].at[k];
        x[k] = sum;
    }
}

static void sum(void *context, flt *x, size_t n) {
    team_t *team = context;
    piece_t theirs[TEAM_MAX], parts[TEAM_MAX], mine[TEAM_MAX];
    size_t own = slice(team, n, team->trial.rank);
    size_t count = slice(team, n, team->trial.rank + 1) - own;
    make_room(team, (size_t)team->size * count);
    for (int i = 0; i < team->size; i++) {
        size_t first = slice(team, n, i);
        theirs[i] = (piece_t){x + first, slice(team, n, i + 1) - first};
        parts[i] = (piece_t){team->room + (size_t)i * count, count};
        mine[i] = (piece_t){x + own, count};
    }
    parts[team->trial.rank] = mine[team->trial.rank];
    exchange(team, PARTS, theirs, parts);
    add_up(team, parts, x + own, count);
    exchange(team, TOTAL, mine, theirs);
}

void team_form(team_t *team, int ranks_per_trial) {
    int workers = team->post->size - 1, size = team_size(workers, ranks_per_trial);
    int leader = team_leader(workers, size, team->post->rank);
    if (size == 1 || leader == 0) return;
    team->size = size;
    team->leader = leader;
    team->trial = (trial_team_t){.rank = team->post->rank - leader, .sum = sum, .context = team};
}
