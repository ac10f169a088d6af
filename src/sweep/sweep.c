#include "sweep/sweep.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "dispatch/alone.h"
#include "dispatch/stop.h"
#include "rundir/run_dir.h"
#include "rundir/stopped.h"
#include "rundir/turns.h"
#include "store/store.h"
#include "sweep/handover.h"
#include "sweep/keeper.h"
#include "sweep/launch.h"
#include "sweep/launcher.h"
#include "sweep/master.h"
#include "sweep/worker.h"
#include "train/checkpoint.h"

static int has_ended(const void *context, const char *id) {
    const session_t *session = context;
    const trial_t *trial = plan_find(session->plan, id);
    return trial && session->states[trial->index] != TRIAL_PENDING;
}

/* Can the trials that are left be run here? */
static status_t check_needs(const session_t *session) {
    TRY(session_check(session));
    return session_inspect(session);
}

/* The holder's first steps: everything that can refuse the sweep comes before any rank starts; of a
 * sweep that has never run, before anything is made; of one that grows, before it has. */
static status_t prepare(session_t *session) {
    int is_new = run_dir_is_new(session->run_dir);
    TRY(session_estimate(session));
    if (!is_new && session->options->extend) TRY(session_look(session));
    if (is_new || session->options->extend) TRY(check_needs(session));
    TRY(session_take(session));
    TRY(session_survey(session));
    checkpoint_tidy(session->checkpoints, has_ended, session);
    if (session->options->retry_failed) TRY(session_reopen_failed(session));
    return is_new ? STATUS_OK : check_needs(session);
}

static void count_states(const session_t *session, size_t count[TRIAL_STATES]) {
    for (trial_state_t state = 0; state < TRIAL_STATES; state++)
        count[state] = session_count(session, state);
}

/* One sentence for an end that is neither complete nor a failure of the sweep itself. */
static status_t explain_end(const session_t *session, status_t status) {
    size_t total = plan_count(session->plan);
    size_t failed = session_count(session, TRIAL_FAILED);
    size_t pending = session_count(session, TRIAL_PENDING);
    if (status == STATUS_FAILED)
        return status_fail(status,
                           "%zu of %zu trials FAILED: `koopsweep status %s` lists them, "
                           "--retry-failed runs them again",
                           failed, total, session->run_dir);
    if (status == STATUS_INCOMPLETE || status == STATUS_ENVIRONMENT || status == STATUS_REQUEUE)
        return status_fail(status,
                           "%s; %zu of %zu trials have ended and are kept: run the same command "
                           "again to resume",
                           status_message(), total - pending, total);
    return status;
}

/* What is derived from the trial files. They are safe already, and this can always be written anew:
 * failing to is no failure of the sweep. */
static void write_summary(const session_t *session) {
    if (store_write_index(session->run_dir, session->plan, turns_weigh) != STATUS_OK)
        log_warning("the index was not written: %s", status_message());
    if (turns_write(session->run_dir, session->plan, session->states) != STATUS_OK)
        log_warning("%s", status_message());
}

/* The holder's last steps. */
static status_t finish(session_t *session, status_t status) {
    char states[PROGRESS_TEXT_MAX], duration[CLOCK_TEXT_MAX], sentence[1024],
        stopped[STOPPED_TEXT_MAX];
    size_t count[TRIAL_STATES];
    snprintf(sentence, sizeof sentence, "%s", status_message());
    if (status != STATUS_ENVIRONMENT && status != STATUS_BUSY) write_summary(session);
    count_states(session, count);
    progress_print_states(count, states);
    clock_duration(clock_seconds() - session->started, duration, sizeof duration);
    stopped_read(session->run_dir, stopped);
    if (!session->options->is_quiet) {
        printf("%s in %s; results in %s\n", states, duration, session->run_dir);
        if (*stopped) printf("stopped: %s\n", stopped);
        if (status == STATUS_OK || status == STATUS_FAILED)
            printf("next: koopsweep table %s\n", session->run_dir);
    }
    status_fail(status, "%s", sentence);
    return explain_end(session, status);
}

/* The run before may have been killed after its last trial, or its index damaged since. */
static status_t finish_at_once(const session_t *session) {
    char states[PROGRESS_TEXT_MAX];
    size_t count[TRIAL_STATES];
    write_summary(session);
    count_states(session, count);
    progress_print_states(count, states);
    if (!session->options->is_quiet)
        printf("%s: all %zu trials have ended already (%s); nothing to do\nnext: koopsweep table "
               "%s\n",
               session->run_dir, plan_count(session->plan), states, session->run_dir);
    return explain_end(session, session_verdict(session));
}

/* Hands out what is pending: to the ranks of `master`; NULL, or no rank but this: to itself. */
static status_t run_pending(session_t *session, board_t *board, master_t *master) {
    dispatch_t dispatch = {0};
    packer_t *packer = NULL;
    journal_t *journal = journal_open(session->run_dir);
    status_t status;
    int others = master ? master->post->size - 1 : 0;
    int workers = others ? others / team_size(others, session->ranks_per_trial) : 1;
    TRY_OR_DONE(dispatch_open(session, board, 1 + others, workers, &dispatch));
    TRY_OR_DONE(packer_start(session->run_dir, &packer));
    dispatch_attach(&dispatch, packer, journal, master ? master->post->processes : &session->self);
    if (others)
        master_lead(master, &dispatch);
    else
        alone_work(&dispatch);
    status = dispatch_verdict(&dispatch);
done:
    packer_stop(&packer);
    dispatch_close(&dispatch);
    journal_close(&journal);
    return status;
}

static status_t run_alone(session_t *session) {
    stop_catch();
    status_t status = run_pending(session, NULL, NULL);
    stop_release();
    return status;
}

/* Without a verdict rank 0 is dead, and files may have been written it never heard of. */
static void read_board(session_t *session, const board_t *board) {
    if (!atomic_load(&board->has_verdict)) {
        if (session_survey(session) != STATUS_OK) log_warning("%s", status_message());
        return;
    }
    for (size_t i = 0; i < board->trials; i++)
        session->states[i] = (trial_state_t)atomic_load(&board->states[i]);
}

static status_t run_launched(session_t *session, int workers, char **argv) {
    status_t status;
    char name[BOARD_NAME_MAX], sentence[BOARD_TEXT_MAX];
    board_t *board = NULL;
    TRY(board_create(plan_count(session->plan), session->spec_text, session->spec_length, &board,
                     name));
    board->launcher = session->self;
    board->terminal_columns = teller_columns();
    for (size_t i = 0; i < board->trials; i++)
        atomic_store(&board->states[i], (unsigned char)session->states[i]);
    status = launch_ranks(workers, argv, board, name);
    snprintf(sentence, sizeof sentence, "%s", status_message());
    read_board(session, board);
    board_detach(&board);
    return status_fail(status, "%s", sentence);
}

/* Of one trial: those of its ranks, or of the program that trains for its one rank. */
static int cores_each(const session_t *session) {
    double cores = config_number(plan_trial(session->plan, 0)->config, "external.cores");
    return cores > session->ranks_per_trial ? (int)cores : session->ranks_per_trial;
}

/* No MPI yet: this process holds the run directory and works alone or launches ranks. */
static status_t start(const sweep_options_t *options, char **argv) {
    session_t session = {0};
    status_t status;
    TRY_OR_DONE(session_load(options, &session));
    int ranks = session.ranks_per_trial, each = cores_each(&session);
    int cores = launch_usable_cores(), fit = cores < each ? 1 : cores / each;
    int workers = options->workers ? options->workers : fit;
    TRY_OR_DONE(prepare(&session));
    size_t pending = session_count(&session, TRIAL_PENDING);
    if (pending == 0) {
        status = finish_at_once(&session);
        goto done;
    }
    int at_once = pending < (size_t)workers ? (int)pending : workers;
    launch_warn_of_crowd(each * at_once);
    /* A single trial that is left is launched too: should it crash, somebody has to say so. */
    status =
        workers * ranks == 1 ? run_alone(&session) : run_launched(&session, ranks * at_once, argv);
    status = finish(&session, status);
done:
    session_close(&session);
    return status;
}

/* Below a launching process, which holds the directory and has looked at the files. */
static status_t take_over(session_t *session, board_t *board) {
    size_t count = plan_count(session->plan);
    CHECK(board->trials == count, STATUS_SPEC,
          "%s changed while the ranks started: run the command again", session->options->spec_path);
    session->holder = board->launcher;
    for (size_t i = 0; i < count; i++)
        session->states[i] = (trial_state_t)atomic_load(&board->states[i]);
    return session_estimate(session);
}

/* Rank 0. Whatever goes wrong, the workers are told and sent home. */
static status_t be_master(const sweep_options_t *options, const char *board_name, post_t *post,
                          pulse_t *pulse, int *is_orderly) {
    session_t session = {0};
    master_t master = {0};
    board_t *board = NULL;
    status_t status;
    TRY_OR_DONE(master_open(post, pulse, &master));
    if (board_name) TRY_OR_DONE(board_attach(board_name, &board));
    TRY_OR_DONE(session_load(options, &session));
    TRY_OR_DONE(board ? take_over(&session, board) : prepare(&session));
    if (session_count(&session, TRIAL_PENDING)) {
        status = run_pending(&session, board, &master);
        if (!board) status = finish(&session, status);
    } else {
        status = finish_at_once(&session);
    }
done:
    if (master.standings) *is_orderly = master_dismiss(&master, status);
    if (board) board_judge(board, status);
    board_detach(&board);
    master_close(&master);
    session_close(&session);
    return status;
}

static status_t be_worker(const sweep_options_t *options, post_t *post, team_t *team,
                          int *is_orderly) {
    session_t session = {0};
    log_set_quiet(1);
    status_t ready = session_load(options, &session);
    if (ready == STATUS_OK) ready = session_check(&session);
    status_t status = worker_serve(&session, ready, post, team, is_orderly);
    session_close(&session);
    return status;
}

/* A rank that dies while MPI starts or ends leaves the others waiting for it, and srun told to
 * outlive dead ranks with them: what takes this long has failed, on every rank. */
enum { PATIENCE_SECONDS = 120 };

static void lose_patience(int number) {
    static const char text[] = "koopsweep: error: MPI did not start or end within two minutes\n";
    (void)number;
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(STATUS_INCOMPLETE);
}

/* Under MPI. A rank below a launching process exits with 0: mpirun would tell of every other code
 * at length, and the verdict is on the board. */
static status_t join(sweep_options_t *options, int argc, char **argv) {
    post_t post;
    team_t team = {0};
    pulse_t *pulse = NULL;
    char *text = NULL;
    int is_orderly = 1, level;
    const char *board_name = launch_find_board();
    if (board_name) keeper_stand_in(argv);
    signal(SIGALRM, lose_patience);
    launcher_ignore_obituaries();
    stop_catch_warnings(); /* a batch system may warn a short job while MPI starts */
    alarm(PATIENCE_SECONDS);
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
    status_t status = post_open(MPI_COMM_WORLD, &post);
    if (status == STATUS_OK) status = team_open(&post, &team);
    if (status == STATUS_OK) handover_spec(MPI_COMM_WORLD, board_name, options, &text);
    alarm(0);
    stop_catch();
    if (board_name) launch_announce(board_name);
    if (status == STATUS_OK) status = pulse_start(&post, options->silence, &pulse);
    if (status == STATUS_OK)
        status = post.rank == 0 ? be_master(options, board_name, &post, pulse, &is_orderly)
                                : be_worker(options, &post, &team, &is_orderly);
    stop_release();
    pulse_stop(&pulse);
    team_close(&team);
    post_close(&post);
    free(text);
    alarm(PATIENCE_SECONDS);
    if (is_orderly) MPI_Finalize();
    alarm(0);
    return board_name ? STATUS_OK : launch_pass_on(status, post.rank);
}

status_t sweep_run(const sweep_options_t *options, int argc, char **argv) {
    char mpi[64];
    sweep_options_t known = *options;
    launcher_name(mpi, sizeof mpi);
    known.mpi = mpi;
    if (options->is_quiet) log_set_quiet(1);
    return launch_is_rank() ? join(&known, argc, argv) : start(&known, argv);
}
