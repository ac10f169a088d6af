/* bench_crowd: what a trial costs the master of many workers, all of it: messages, ledger,
 * journal, beats, packing.
 *
 * usage: bench_crowd [WORKERS SECONDS TRIALS [CROWDS [FOLDER]]]
 *                                     default: 500 1 2000 1 /dev/shm
 *
 * Rank 0 is a real master, below mpirun. CROWDS other processes stand for so many workers: each
 * worker says hello, takes orders, "computes" for SECONDS (times 0.5 to 1.5), writes a real result
 * file into the run directory in FOLDER, reports, and beats every 7.5 s. Every message is an MPI
 * message of its real size; the number of the worker travels in its tag, and rank 0's calls of MPI,
 * which the profiling interface lets us stand in front of, take it from there.
 *
 * Prints the master's processor time per trial, in all and without the thread that packs; how long
 * workers waited for an order; and what the workers / trial length would be at which the master has
 * nothing to rest from. The crowd writes the files, so a machine of few cores gives fewer trials a
 * second than the master could bear: the processor time tells. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/scope.h"
#include "bench/tiny.h"
#include "rundir/journal.h"
#include "sweep/master.h"
#include "tests/dispatch/fake.h"

#define BEAT_SECONDS 7.5 /* eight within a minute, see pulse.h */
enum { TAGS = 8, MACHINE = 64 /* workers of each */ };

typedef struct crowd {
    int workers, trials, crowds;
    double seconds;
    char folder[256], spec[300], run[300];
} crowd_t;

/* --- MPI as rank 0 sees it --- */

static crowd_t crowd;
static int is_master, last_source;

static int rank_of_crowd(int worker) { return 1 + (worker - 1) % crowd.crowds; }

int MPI_Comm_size(MPI_Comm comm, int *size) {
    int code = PMPI_Comm_size(comm, size);
    if (is_master) *size = crowd.workers + 1;
    return code;
}

int MPI_Isend(const void *bytes, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm,
              MPI_Request *request) {
    return PMPI_Isend(bytes, count, type, rank_of_crowd(rank), rank * TAGS + tag, comm, request);
}

int MPI_Iprobe(int source, int tag, MPI_Comm comm, int *has_arrived, MPI_Status *status) {
    int code = PMPI_Iprobe(source, tag, comm, has_arrived, status);
    if (!is_master || !*has_arrived) return code;
    last_source = status->MPI_SOURCE;
    status->MPI_SOURCE = status->MPI_TAG / TAGS;
    status->MPI_TAG %= TAGS;
    return code;
}

int MPI_Recv(void *bytes, int count, MPI_Datatype type, int source, int tag, MPI_Comm comm,
             MPI_Status *status) {
    if (!is_master) return PMPI_Recv(bytes, count, type, source, tag, comm, status);
    return PMPI_Recv(bytes, count, type, last_source, source * TAGS + tag, comm, status);
}

/* Who the ranks are: post_open asks. Workers are on other machines. */
int MPI_Allgather(const void *from, int count, MPI_Datatype type, void *to, int to_count,
                  MPI_Datatype to_type, MPI_Comm comm) {
    if (!is_master) return PMPI_Allgather(from, count, type, to, to_count, to_type, comm);
    process_t *processes = to;
    for (int rank = 0; rank <= crowd.workers; rank++) {
        processes[rank] = *(const process_t *)from;
        if (rank == 0) continue;
        processes[rank].pid = rank;
        snprintf(processes[rank].host, sizeof processes[rank].host, "node%d", rank / MACHINE);
        snprintf(processes[rank].kernel, sizeof processes[rank].kernel, "%d", rank / MACHINE);
    }
    return MPI_SUCCESS;
}

/* --- the sweep --- */

static const sweep_options_t *options(void) {
    static sweep_options_t options;
    options = (sweep_options_t){.spec_path = crowd.spec,
                                .run_dir = crowd.run,
                                .workers = crowd.workers,
                                .is_quiet = 1,
                                .estimate = fake_estimate,
                                .field_sets = fake_sets};
    return &options;
}

static int write_spec(void) {
    FILE *file = fopen(crowd.spec, "w");
    if (!file) return 0;
    fprintf(file, "name: crowd\nseed: 1\nreplicas: %d\nfake.milliseconds: %.0f\n", crowd.trials,
            1e3 * crowd.seconds);
    return fclose(file) == 0;
}

/* --- the crowd --- */

typedef struct worker {
    attempt_t report; /* of the trial in hand */
    double asked;     /* when it had nothing to do, clock_seconds; 0 = it has */
} worker_t;

typedef struct mob {
    session_t session;
    worker_t *workers;  /* owned [crowd.workers + 1]; those of this process are used */
    schedule_t endings; /* worker, by minus the time at which its trial ends */
    rng_t rng;
    int rank, own, stopped, beats_next;
    double waited, waited_max, busy, beat; /* seconds */
    size_t orders;
} mob_t;

static void say(int worker, message_tag_t tag, const message_t *message) {
    PMPI_Send(message, message ? (int)sizeof *message : 0, MPI_BYTE, 0, worker * TAGS + (int)tag,
              MPI_COMM_WORLD);
}

static void begin(mob_t *mob, int worker, const message_t *order) {
    double now = clock_seconds(), seconds = crowd.seconds * (0.5 + rng_uniform(&mob->rng));
    worker_t *w = &mob->workers[worker];
    double waited = now - w->asked;
    if (w->asked > 0 && mob->orders++ >= (size_t)mob->own) { /* the first wait is for all hellos */
        mob->waited += waited;
        if (waited > mob->waited_max) mob->waited_max = waited;
    }
    w->asked = 0;
    w->report = (attempt_t){
        .trial = order->attempt.trial, .state = TRIAL_COMPLETED, .seconds = seconds, .score = NAN};
    mob->busy += seconds;
    const schedule_entry_t ending = {(size_t)worker, -(now + seconds), 0};
    schedule_put(&mob->endings, &ending);
}

static int listen(mob_t *mob) {
    int has_arrived;
    MPI_Status envelope;
    message_t message;
    PMPI_Iprobe(0, MPI_ANY_TAG, MPI_COMM_WORLD, &has_arrived, &envelope);
    if (!has_arrived) return 0;
    PMPI_Recv(&message, sizeof message, MPI_BYTE, 0, envelope.MPI_TAG, MPI_COMM_WORLD,
              MPI_STATUS_IGNORE);
    int tag = envelope.MPI_TAG % TAGS;
    if (tag == MESSAGE_RUN) begin(mob, envelope.MPI_TAG / TAGS, &message);
    if (tag == MESSAGE_STOP || tag == MESSAGE_LEAVE) mob->stopped++;
    return 1;
}

static status_t end_trial(mob_t *mob, int worker) {
    worker_t *w = &mob->workers[worker];
    const trial_t *trial = plan_trial(mob->session.plan, w->report.trial);
    HELD(record_clear) record_t record = tiny_record(1 + (double)trial->index);
    TRY(store_write_trial(crowd.run, trial, "COMPLETED", &record));
    say(worker, MESSAGE_RESULT, &(message_t){.attempt = w->report});
    w->asked = clock_seconds();
    return STATUS_OK;
}

/* All of them once in BEAT_SECONDS, evenly. */
static void beat(mob_t *mob) {
    double due = (clock_seconds() - mob->beat) * mob->own / BEAT_SECONDS;
    for (int i = 0; i < (int)due; i++) {
        int worker = mob->rank + crowd.crowds * (mob->beats_next++ % mob->own);
        say(worker, MESSAGE_BEAT, NULL);
    }
    mob->beat += (int)due * BEAT_SECONDS / mob->own;
}

static status_t end_what_is_due(mob_t *mob, int *count) {
    schedule_entry_t ending;
    while (*count < 64 && schedule_take(&mob->endings, &ending)) {
        if (-ending.priority > clock_seconds()) {
            schedule_put(&mob->endings, &ending);
            break;
        }
        TRY(end_trial(mob, (int)ending.trial));
        ++*count;
    }
    return STATUS_OK;
}

static status_t live(mob_t *mob) {
    message_t hello = {.fingerprint = mob->session.fingerprint};
    mob->beat = clock_seconds();
    for (int worker = mob->rank; worker <= crowd.workers; worker += crowd.crowds, mob->own++) {
        mob->workers[worker].asked = clock_seconds();
        say(worker, MESSAGE_HELLO, &hello);
        while (listen(mob)) continue;
    }
    while (mob->stopped < mob->own) {
        int count = 0;
        while (listen(mob)) count++;
        TRY(end_what_is_due(mob, &count));
        beat(mob);
        if (!count) usleep(100);
    }
    return STATUS_OK;
}

static void tell(const mob_t *mob, double seconds) {
    size_t waits = mob->orders > (size_t)mob->own ? mob->orders - (size_t)mob->own : 1;
    printf("  workers waited for an order %.2f ms on average, %.0f ms at most; %.1f %% of %.1f s "
           "busy\n",
           1e3 * mob->waited / (double)waits, 1e3 * mob->waited_max,
           100 * mob->busy / (seconds * mob->own), seconds);
}

static status_t be_crowd(int rank) {
    mob_t mob = {.rank = rank, .rng = rng_open(1, 0, "crowd", (uint32_t)rank)};
    TRY(session_load(options(), &mob.session));
    TRY(schedule_create((size_t)crowd.workers, &mob.endings));
    mob.workers = calloc((size_t)crowd.workers + 1, sizeof *mob.workers);
    CHECK(mob.workers, STATUS_ENVIRONMENT, "out of memory");
    double start = clock_seconds();
    status_t status = live(&mob);
    tell(&mob, clock_seconds() - start);
    schedule_destroy(&mob.endings);
    free(mob.workers);
    session_close(&mob.session);
    return status;
}

/* --- the master --- */

static double cpu_seconds(int whose) {
    struct rusage usage;
    getrusage(whose, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* As run_pending of sweep/sweep.c. */
static status_t lead(session_t *session, master_t *master) {
    dispatch_t dispatch = {0};
    packer_t *packer = NULL;
    TRY(dispatch_open(session, NULL, crowd.workers + 1, crowd.workers, &dispatch));
    TRY(packer_start(session->run_dir, &packer));
    journal_t *journal = journal_open(session->run_dir);
    dispatch_attach(&dispatch, packer, journal, master->post->processes);
    double all = cpu_seconds(RUSAGE_SELF), own = cpu_seconds(RUSAGE_THREAD);
    double start = clock_seconds();
    master_lead(master, &dispatch);
    double wall = clock_seconds() - start;
    all = 1e6 * (cpu_seconds(RUSAGE_SELF) - all) / crowd.trials;
    own = 1e6 * (cpu_seconds(RUSAGE_THREAD) - own) / crowd.trials;
    printf("%d workers, trials of %g s, %d of them: %.0f trials/s\n", crowd.workers, crowd.seconds,
           crowd.trials, crowd.trials / wall);
    printf("  master: %.1f us of processor time a trial in all, %.1f without packing\n", all, own);
    printf("  it is busy all the time at %.0f workers / second of trial\n", 1e6 / own);
    status_t status = dispatch_verdict(&dispatch);
    packer_stop(&packer);
    dispatch_close(&dispatch);
    journal_close(&journal);
    return status;
}

static status_t be_master(void) {
    session_t session = {0};
    post_t post;
    master_t master;
    TRY(session_load(options(), &session));
    TRY(session_take(&session));
    TRY(session_survey(&session));
    MPI_Barrier(MPI_COMM_WORLD);
    TRY(post_open(MPI_COMM_WORLD, &post));
    TRY(master_open(&post, NULL, &master));
    status_t status = lead(&session, &master);
    master_dismiss(&master, status);
    master_close(&master);
    post_close(&post);
    session_close(&session);
    return status;
}

static int be_rank(int argc, char **argv) {
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    is_master = rank == 0;
    if (!is_master) MPI_Barrier(MPI_COMM_WORLD);
    status_t status = is_master ? be_master() : be_crowd(rank);
    if (status != STATUS_OK) fprintf(stderr, "error: rank %d: %s\n", rank, status_message());
    if (status != STATUS_OK) MPI_Abort(MPI_COMM_WORLD, 1);
    return MPI_Finalize();
}

static int run_below_mpirun(const char *base) {
    char command[2048];
    snprintf(crowd.folder, sizeof crowd.folder, "%s/bench-crowd-XXXXXX", base);
    if (!mkdtemp(crowd.folder)) return 0;
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    snprintf(command, sizeof command,
             "mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n %d /proc/%d/exe %d %g %d %d %s "
             "rank",
             1 + crowd.crowds, (int)getpid(), crowd.workers, crowd.seconds, crowd.trials,
             crowd.crowds, crowd.folder);
    int has_run = system(command) == 0;
    snprintf(command, sizeof command, "rm -rf '%s'", crowd.folder);
    return system(command) == 0 && has_run;
}

int main(int argc, char **argv) {
    crowd = (crowd_t){.workers = argc > 1 ? atoi(argv[1]) : 500,
                      .seconds = argc > 2 ? atof(argv[2]) : 1,
                      .trials = argc > 3 ? atoi(argv[3]) : 2000,
                      .crowds = argc > 4 ? atoi(argv[4]) : 1};
    const char *base = argc > 5 ? argv[5] : "/dev/shm";
    if (argc <= 6) return !run_below_mpirun(base);
    snprintf(crowd.spec, sizeof crowd.spec, "%s/spec.yaml", base);
    snprintf(crowd.run, sizeof crowd.run, "%s/run", base);
    if (!write_spec()) return 1;
    return be_rank(argc, argv);
}
