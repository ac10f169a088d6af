/* simulation.h: sweeps of many workers in one process: the code that hands out is the real one
 * (dispatch/dispatch.h with its schedule), workers and clock are simulated.
 *
 * Discrete events. A worker's report reaches the master after LATENCY; the master wakes from its
 * rest (rest_seconds), takes all reports that have come and hands out; both cost it the CPU
 * time they really take here, and `message_seconds` per trial for receiving and sending. The worker
 * finds its order when it next looks into its post. */
#ifndef TESTS_DISPATCH_SIMULATION_H
#define TESTS_DISPATCH_SIMULATION_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"
#include "dispatch/dispatch.h"
#include "dispatch/rest.h"
#include "tests/dispatch/fake.h"

#define SIMULATION_LATENCY  20e-6 /* seconds from rank to rank            */
#define SIMULATION_SPREAD   0.5   /* of the logarithm of expected seconds */
#define SIMULATION_SURPRISE 0.25  /* of the logarithm of real / expected  */
enum { SIMULATION_COSTS = 250 };  /* different expected durations         */

typedef struct simulation {
    int workers, trials;    /* given                                                          */
    double message_seconds; /* given: the master's CPU per trial for its messages             */

    double makespan;       /* virtual seconds                                                */
    double lower_bound;    /* no schedule is shorter: work / workers, or the longest trial   */
    double utilisation;    /* share of the workers' time spent in trials until none waits    */
    double tail;           /* seconds from then to the end                                   */
    double dispatch_cpu;   /* real CPU seconds in the code that hands out                    */
    int ended, most_often; /* trials that ended; how often the most frequent one was run     */
} simulation_t;

static double simulation_now; /* virtual seconds; dispatch takes a clock without context */

static double simulation_clock(void) { return simulation_now; }

static inline double simulation_cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Expected durations: mean 1 s, log-normal. */
static inline int simulation_write_spec(const char *path, int trials) {
    FILE *file = fopen(path, "w");
    if (!file) return 0;
    rng_t rng = rng_open(1, 0, "simulation/expected", 0);
    double s = SIMULATION_SPREAD;
    fprintf(file, "name: simulated\nseed: 1\nreplicas: %d\naxes:\n  zip:\n    fake.number: [",
            trials / SIMULATION_COSTS);
    for (int i = 0; i < SIMULATION_COSTS; i++) fprintf(file, "%s%d", i ? ", " : "", i);
    fprintf(file, "]\n    fake.milliseconds: [");
    for (int i = 0; i < SIMULATION_COSTS; i++)
        fprintf(file, "%s%.0f", i ? ", " : "", 1e3 * exp(s * rng_normal(&rng) - s * s / 2));
    fprintf(file, "]\n");
    return fclose(file) == 0;
}

/* What the trial really takes: the expectation, and a surprise that is always the same. */
static inline double simulation_seconds(const trial_t *trial) {
    rng_t rng = rng_open(2, 0, "simulation/real", (uint32_t)trial->index);
    double s = SIMULATION_SURPRISE, expected = config_number(trial->config, "fake.milliseconds");
    return 1e-3 * expected * exp(s * rng_normal(&rng) - s * s / 2);
}

typedef struct simulated_worker {
    attempt_t report; /* on its way, or being earned */
    double ends;      /* of its trial                */
} simulated_worker_t;

typedef struct simulator {
    simulation_t *result; /* borrowed */
    dispatch_t dispatch;
    simulated_worker_t *workers; /* owned [workers+1], by rank                             */
    schedule_t arrivals;         /* a queue of events: the rank, by minus the arrival time */
    unsigned char *runs;         /* owned [trials] */
    int *idle, idle_count;       /* owned [workers]: ranks to be served */
    double busy, emptied, heard; /* seconds in trials that began; when nothing waited any more */
    rng_t rng;
} simulator_t;

static inline void simulation_hand_out(simulator_t *s) {
    simulation_t *result = s->result;
    while (s->idle_count) {
        size_t index;
        int rank = s->idle[s->idle_count - 1];
        if (!dispatch_next(&s->dispatch, rank, &index)) return;
        s->idle_count--;
        const trial_t *trial = plan_trial(s->dispatch.session->plan, index);
        double wait = SIMULATION_LATENCY + rng_uniform(&s->rng) * rest_seconds(0);
        double seconds = simulation_seconds(trial), ends = simulation_now + wait + seconds;
        s->workers[rank] = (simulated_worker_t){
            {.trial = index, .state = TRIAL_COMPLETED, .seconds = seconds}, ends};
        const schedule_entry_t arrival = {(size_t)rank, -(ends + SIMULATION_LATENCY), 0};
        schedule_put(&s->arrivals, &arrival);
        s->busy += seconds;
        result->lower_bound = fmax(result->lower_bound, seconds);
        simulation_now += result->message_seconds;
        if (++s->runs[index] > result->most_often) result->most_often = s->runs[index];
        if (s->dispatch.schedule.count == 0 && s->emptied == 0) s->emptied = simulation_now;
    }
}

/* Sleeps until the next report is noticed; takes it and all others that have come by then. */
static inline void simulation_take_reports(simulator_t *s) {
    schedule_entry_t arrival;
    int count = 0;
    while (schedule_take(&s->arrivals, &arrival)) {
        double time = -arrival.priority;
        if (time > simulation_now) {
            if (count) {
                schedule_put(&s->arrivals, &arrival);
                return;
            }
            simulation_now = time + rng_uniform(&s->rng) * rest_seconds(fmax(time - s->heard, 0));
        }
        int rank = (int)arrival.trial;
        dispatch_report(&s->dispatch, rank, &s->workers[rank].report);
        s->idle[s->idle_count++] = rank;
        s->heard = simulation_now;
        s->result->ended++;
        s->result->makespan = fmax(s->result->makespan, s->workers[rank].ends);
        count++;
    }
}

static inline void simulation_loop(simulator_t *s) {
    do {
        double before = simulation_cpu();
        simulation_take_reports(s);
        dispatch_beat(&s->dispatch);
        simulation_hand_out(s);
        double cpu = simulation_cpu() - before;
        s->result->dispatch_cpu += cpu;
        simulation_now += cpu;
    } while (!dispatch_is_over(&s->dispatch));
}

/* Trial seconds that lie behind the moment at which nothing waited any more. */
static inline double simulation_tail_work(const simulator_t *s) {
    double work = 0;
    for (int rank = 1; rank <= s->result->workers; rank++)
        work += fmax(s->workers[rank].ends - s->emptied, 0);
    return work;
}

static inline void simulation_conclude(simulator_t *s) {
    simulation_t *result = s->result;
    double before = s->busy - simulation_tail_work(s);
    result->lower_bound = fmax(result->lower_bound, s->busy / result->workers);
    result->utilisation = before / (result->workers * s->emptied);
    result->tail = result->makespan - s->emptied;
}

/* Simulates in `folder`, an existing one. STATUS_OK, or why it could not. */
static inline status_t simulate(const char *folder, simulation_t *result) {
    status_t status;
    char spec[256], run[256];
    snprintf(spec, sizeof spec, "%s/simulated.yaml", folder);
    snprintf(run, sizeof run, "%s/simulated", folder);
    const sweep_options_t options = {.spec_path = spec,
                                     .run_dir = run,
                                     .is_quiet = 1,
                                     .estimate = fake_estimate,
                                     .clock = simulation_clock,
                                     .field_sets = fake_sets};
    session_t session = {0};
    simulator_t s = {.result = result, .rng = rng_open(3, 0, "simulation/phase", 0)};
    int workers = result->workers;
    simulation_now = 0;
    CHECK_OR_DONE(simulation_write_spec(spec, result->trials), STATUS_ENVIRONMENT, "%s", spec);
    TRY_OR_DONE(session_load(&options, &session));
    TRY_OR_DONE(session_take(&session));
    TRY_OR_DONE(session_survey(&session));
    TRY_OR_DONE(dispatch_open(&session, NULL, workers + 1, workers, &s.dispatch));
    TRY_OR_DONE(schedule_create((size_t)workers, &s.arrivals));
    s.workers = calloc((size_t)workers + 1, sizeof *s.workers);
    s.idle = calloc((size_t)workers, sizeof *s.idle);
    s.runs = calloc(plan_count(session.plan), 1);
    CHECK_OR_DONE(s.workers && s.idle && s.runs, STATUS_ENVIRONMENT, "out of memory");
    while (s.idle_count < workers) s.idle[s.idle_count] = workers - s.idle_count, s.idle_count++;
    simulation_hand_out(&s);
    simulation_loop(&s);
    simulation_conclude(&s);
    status = dispatch_verdict(&s.dispatch);
done:
    free(s.workers);
    free(s.idle);
    free(s.runs);
    schedule_destroy(&s.arrivals);
    dispatch_close(&s.dispatch);
    session_close(&session);
    return status;
}

#endif
