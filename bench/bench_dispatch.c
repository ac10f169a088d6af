/* bench_dispatch: what handing out, storing and reporting a trial costs when the trial itself costs
 * nothing.
 *
 * usage: bench_dispatch [TRIALS [WORKERS [FOLDER]]]       default: 1000 2 $TMPDIR
 *
 * Runs a sweep of null trials in a run directory below FOLDER and prints trials per second, with
 * everything (a checked and fsynced file each), and the master's CPU seconds per million trials,
 * start and end of MPI left out; that is mostly looking into an empty post. What a busy master's
 * messages cost is measured apart: a report received and an order sent, as fast as they come. */
#include <limits.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "sweep/launch.h"
#include "sweep/message.h"
#include "tests/sweep/fake_main.h"

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static int write_spec(const char *path, int trials) {
    FILE *file = fopen(path, "w");
    if (!file) return 0;
    fprintf(file, "name: empty\nseed: 1\nreplicas: %d\n", trials);
    return fclose(file) == 0;
}

/* One sweep by this program itself, as a child; its wall clock, and the CPU seconds that rank 0
 * wrote down. */
static double time_sweep(char *folder, int trials, char *workers, double *master) {
    char spec[PATH_MAX], run[PATH_MAX], note[PATH_MAX];
    snprintf(spec, sizeof spec, "%s/spec%d.yaml", folder, trials);
    snprintf(run, sizeof run, "%s/run%d", folder, trials);
    snprintf(note, sizeof note, "%s/cpu%d", folder, trials);
    if (!write_spec(spec, trials)) return NAN;
    setenv("BENCH_NOTE", note, 1);
    setenv("FAKE_QUIET", "1", 1);
    double start = clock_seconds();
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "bench_dispatch", spec, run, workers, "sweep", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    waitpid(child, &status, 0);
    double seconds = clock_seconds() - start;
    FILE *file = fopen(note, "r");
    if (!file || fscanf(file, "%lf", master) != 1) *master = NAN;
    if (file) fclose(file);
    return status == 0 ? seconds : NAN;
}

/* As a rank or its launcher. */
static int be_sweep(int argc, char **argv) {
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    int code = fake_main(argc, argv);
    FILE *file = rank && !strcmp(rank, "0") ? fopen(getenv("BENCH_NOTE"), "w") : NULL;
    if (file) {
        fprintf(file, "%.6f\n", cpu_seconds());
        fclose(file);
    }
    return code;
}

enum { EXCHANGES = 100000, OUTSTANDING = 64 };

/* Rank 0 always has reports waiting; the CPU seconds of one exchange. */
static double exchange(post_t *post) {
    int rank;
    message_tag_t tag;
    message_t message = {0};
    double start = cpu_seconds();
    for (int i = 0; i < OUTSTANDING; i++) post_send(post, 1, MESSAGE_RUN, &message);
    for (int i = 0; i < EXCHANGES;) {
        if (!post_receive(post, &rank, &tag, &message)) continue;
        if (++i < EXCHANGES) post_send(post, rank, MESSAGE_RUN, &message);
    }
    double seconds = cpu_seconds() - start;
    for (int i = 1; i < OUTSTANDING; i++)
        while (!post_receive(post, &rank, &tag, &message)) continue;
    post_send(post, 1, MESSAGE_STOP, &message);
    post_flush(post, 1);
    return seconds / EXCHANGES;
}

static void answer(post_t *post) {
    int rank;
    message_tag_t tag = MESSAGE_RUN;
    message_t message;
    while (tag != MESSAGE_STOP)
        if (post_receive(post, &rank, &tag, &message) && tag == MESSAGE_RUN)
            post_send(post, 0, MESSAGE_RESULT, &message);
}

/* As one of two ranks below mpirun. */
static int be_rank(int argc, char **argv) {
    post_t post;
    MPI_Init(&argc, &argv);
    if (post_open(MPI_COMM_WORLD, &post) != STATUS_OK) return 1;
    if (post.rank == 0)
        printf("  messages: %.1f CPU s per million exchanges\n", 1e6 * exchange(&post));
    else
        answer(&post);
    post_close(&post);
    return MPI_Finalize();
}

static int time_messages(void) {
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    char command[128];
    snprintf(command, sizeof command, "mpirun --oversubscribe -n 2 /proc/%d/exe messages",
             (int)getpid());
    fflush(stdout);
    return system(command) == 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "messages")) return be_rank(argc, argv);
    if (argc > 4 && !strcmp(argv[4], "sweep")) return be_sweep(argc, argv);
    int trials = argc > 1 ? atoi(argv[1]) : 1000;
    char *workers = argc > 2 ? argv[2] : (char *)"2";
    const char *base = argc > 3 ? argv[3] : getenv("TMPDIR");
    char folder[PATH_MAX], command[PATH_MAX + 8];
    double few_master, many_master;
    snprintf(folder, sizeof folder, "%s/bench-dispatch-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder)) return 1;
    double few = time_sweep(folder, 10, workers, &few_master);
    double many = time_sweep(folder, trials + 10, workers, &many_master);
    printf("%d null trials on %s workers, files in %s\n", trials, workers, folder);
    printf("  %.0f trials/s with start and end, %.0f trials/s without\n", trials / many,
           trials / (many - few));
    printf("  master: %.1f CPU s per million trials\n", (many_master - few_master) / trials * 1e6);
    int is_timed = time_messages();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    int is_removed = system(command) == 0;
    return !(isfinite(many) && isfinite(many_master) && is_timed && is_removed);
}
