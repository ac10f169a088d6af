#include "cli/job_size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/resources.h"
#include "rundir/run_dir.h"
#include "slurm/words.h"
#include "store/store.h"

static status_t look(session_t *session) {
    static const char *const none[] = {NULL};
    frame_t frame = {0};
    status_t status = store_load_columns(session->run_dir, session->plan, none, &frame);
    const frame_column_t *column = status == STATUS_OK ? frame_find(&frame, "state") : NULL;
    for (size_t i = 0; column && i < plan_count(session->plan); i++) {
        trial_state_t state = trial_state_find(column->text[i]);
        CHECK_OR_DONE(state < TRIAL_STATES, STATUS_CORRUPT,
                      "%s: trial %s is in the unknown state '%s'", session->run_dir,
                      plan_trial(session->plan, i)->id, column->text[i]);
        session->states[i] = state;
    }
done:
    frame_clear(&frame);
    return status;
}

/* What a rank takes beside what `plan` counts: a checkpoint is put together in memory (weights and
 * the optimizer's two arrays), and the program with MPI and HDF5 is some 30 MiB, more on fabrics
 * that keep buffers. No less than what sites give by themselves: a trial killed for a few megabytes
 * costs more than it saves. */
static long mebibytes_of(const trial_cost_t *cost) {
    double bytes = 1.1 * cost->bytes + 3 * sizeof(float) * cost->parameters;
    return (long)fmax(1024, ceil(bytes / (1 << 20)) + 256);
}

static void add_trial(const session_t *session, size_t i, job_size_t *size, double *share) {
    size->failed += session->states[i] == TRIAL_FAILED;
    if (session->states[i] != TRIAL_PENDING) return;
    long mebibytes = mebibytes_of(&costs_of(&session->costs, i)->cost);
    size->left++;
    if (mebibytes > size->mebibytes) size->mebibytes = mebibytes;
    *share = fmax(*share, resources_gpus(plan_trial(session->plan, i)->config));
}

status_t job_size_create(session_t *session, int workers, int gpu_each, job_size_t *size) {
    double share = gpu_each;
    *size = (job_size_t){.trials = plan_count(session->plan)};
    if (!run_dir_is_new(session->run_dir)) TRY(look(session));
    for (size_t i = 0; i < size->trials; i++) add_trial(session, i, size, &share);
    if (!workers) workers = JOB_WORKERS_MAX;
    size->workers = size->left < (size_t)workers ? (int)size->left : workers;
    size->tasks = 1 + session->ranks_per_trial * size->workers;
    size->gpus = (int)ceil(share * size->workers - 1e-9);
    return STATUS_OK;
}

/* At best: as many nodes as the words ask for at most, or a node per task. */
static double tasks_per_node(const job_size_t *size, char *const *words) {
    const char *nodes = words_find(words, "nodes", 'N');
    const char *each = words_find(words, "ntasks-per-node", 0);
    if (each && atoi(each) > 0) return atoi(each);
    if (!nodes) return 1;
    const char *dash = NULL;
    for (const char *at = nodes; *at; at++)
        if (*at == '-') dash = at;
    int most = atoi(dash ? dash + 1 : nodes);
    return most > 0 ? ceil((double)size->tasks / most) : 1;
}

void job_size_warn(const job_size_t *size, char *const *words, char text[JOB_WARNING_MAX]) {
    const char *per_cpu = words_find(words, "mem-per-cpu", 0), *mem = words_find(words, "mem", 0);
    const char *cpus = words_find(words, "cpus-per-task", 'c');
    double there = NAN, tasks = 1;
    text[0] = '\0';
    if (per_cpu) {
        there = words_mebibytes(per_cpu) * (cpus && atoi(cpus) > 0 ? atoi(cpus) : 1);
    } else if (mem) {
        there = words_mebibytes(mem);
        tasks = tasks_per_node(size, words);
    }
    if (!(there > 0) || there >= tasks * (double)size->mebibytes) return; /* 0: all there is */
    snprintf(text, JOB_WARNING_MAX,
             "a task of this sweep needs up to %ld MiB; --mem%s gives %.0f MiB to %.0f of them: "
             "trials will be killed for want of memory",
             size->mebibytes, per_cpu ? "-per-cpu" : "", there, tasks);
}

int job_size_is_said(char *const *words) {
    return words_find(words, "mem", 0) || words_find(words, "mem-per-cpu", 0) ||
           words_find(words, "mem-per-gpu", 0) || getenv("SBATCH_MEM_PER_NODE") ||
           getenv("SBATCH_MEM_PER_CPU") || getenv("SBATCH_MEM_PER_GPU");
}
