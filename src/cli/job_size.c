#include "cli/job_size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/resources.h"
#include "rundir/run_dir.h"
#include "slurm/words.h"

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
    if (!run_dir_is_new(session->run_dir)) TRY(session_look(session));
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
