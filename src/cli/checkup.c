#include "cli/checkup.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/text.h"
#include "cli/blas.h"
#include "kernel/backend.h"
#include "kernel/gemm.h"
#include "kernel/host/isa.h"
#include "kernel/precision.h"
#include "rundir/lock.h"
#include "slurm/command.h"
#include "store/store.h"
#include "sweep/launch.h"
#include "sweep/launcher.h"

static checkup_verdict_t say(checkup_verdict_t verdict, char text[CHECKUP_TEXT_MAX],
                             const char *format, ...) __attribute__((format(printf, 3, 4)));

static checkup_verdict_t say(checkup_verdict_t verdict, char text[CHECKUP_TEXT_MAX],
                             const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(text, CHECKUP_TEXT_MAX, format, values);
    va_end(values);
    return verdict;
}

/* Runs a program; its first line of output. 0 when it cannot be started or fails. */
static int ask(char *const *words, char *line, size_t size) {
    command_result_t result;
    if (command_run(words, environ, &result) != STATUS_OK || result.code != 0) return 0;
    snprintf(line, size, "%.*s", (int)strcspn(result.output, "\n"), result.output);
    return 1;
}

/* First line of a small file of the system; "" when there is none. */
static void read_line(const char *path, char *line, int size) {
    FILE *file = fopen(path, "r");
    line[0] = '\0';
    if (file && !fgets(line, size, file)) line[0] = '\0';
    if (file) fclose(file);
    line[strcspn(line, "\n")] = '\0';
}

/* --- libraries and programs --- */

static checkup_verdict_t look_at_mpi(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char library[128], program[128];
    (void)folder;
    const char *starter = launcher_program();
    launcher_name(library, sizeof library);
    if (!ask((char *[]){(char *)starter, (char *)"--version", NULL}, program, sizeof program))
        return say(CHECKUP_BAD, text,
                   "built with %s, but %s cannot be started: install %s, or work with -n 1, or "
                   "under srun",
                   library, starter, launcher_find()->package);
    int is_heading = *program && program[strlen(program) - 1] == ':'; /* of MPICH's many lines */
    return say(CHECKUP_GOOD, text, "built with %s; %s", library, is_heading ? starter : program);
}

static checkup_verdict_t look_at_kernels(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char names[128];
    (void)folder;
    text_join(isa_names(), names, sizeof names);
    if (strcmp(isa_name(), isa_best()) != 0)
        return say(CHECKUP_NOTE, text,
                   "for %s, because KOOPSWEEP_ISA says so; this machine has %s: unset it unless "
                   "unlike machines are to give the same bits",
                   isa_name(), isa_best());
    if (!isa_names()[1])
        return say(CHECKUP_GOOD, text,
                   "for the processor they were built for, %s (make ARCH=any: for all)",
                   isa_name());
    return say(CHECKUP_GOOD, text, "for %s, of %s", isa_name(), names);
}

/* What OpenBLAS takes for granted when told so may be much slower than what the processor can do.
 */
static checkup_verdict_t look_at_blas(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    (void)folder;
    const char *core = gemm_start(1), *forced = getenv("OPENBLAS_CORETYPE");
    char library[100];
    gemm_library(library, sizeof library);
    if (strcmp(library, "unknown") == 0)
        return say(CHECKUP_NOTE, text,
                   "a library without a name: the reference BLAS is many times slower than "
                   "OpenBLAS (package libopenblas0), BLIS or MKL");
    if (strcmp(core, "unknown") == 0) return say(CHECKUP_GOOD, text, "%s", library);
    if (forced && getenv("KOOPSWEEP_ISA"))
        return say(CHECKUP_GOOD, text, "kernels for %s, as KOOPSWEEP_ISA pins them", core);
    if (forced)
        return say(CHECKUP_NOTE, text,
                   "kernels for %s, because OPENBLAS_CORETYPE=%s says so: unset it unless meant",
                   core, forced);
    if (blas_is_lost())
        return say(
            CHECKUP_NOTE, text,
            "kernels for %s: %s does not know this processor; set OPENBLAS_CORETYPE=SkylakeX "
            "where it has AVX-512, =Haswell where it has AVX2: several times faster",
            core, library);
    if (blas_passed_over())
        return say(CHECKUP_GOOD, text,
                   "kernels for %s; %s does not know this processor and took those for %s, several "
                   "times slower: other programs need OPENBLAS_CORETYPE=%s",
                   core, library, blas_passed_over(), isa_blas_core());
    return say(CHECKUP_GOOD, text, "kernels for %s", core);
}

/* Precisions that this program or machine lacks are a note: most sweeps are in float32. */
static checkup_verdict_t look_at_precisions(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char library[64];
    checkup_verdict_t verdict = CHECKUP_GOOD;
    (void)folder;
    text[0] = '\0';
    for (int i = 0; precision_rows[i]; i++) {
        const precision_t *row = precision_rows[i];
        if (row->check && row->check() != STATUS_OK)
            return say(CHECKUP_NOTE, text, "%s", status_message());
        if (!row->library) continue;
        row->library(library, sizeof library);
        verdict = say(CHECKUP_GOOD, text, "train.precision: %s works, by %s", row->name, library);
    }
    return verdict;
}

static checkup_verdict_t look_at_hdf5(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    (void)folder;
    return say(CHECKUP_GOOD, text, "%s", store_hdf5_version());
}

static checkup_verdict_t look_at_gpus(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    const backend_options_t options = {.gpus_per_process = 1};
    const backend_t *backend;
    char names[128];
    (void)folder;
    if (backend_missing()) return say(CHECKUP_NOTE, text, "%s", backend_missing());
    text_join(backend_names(), names, sizeof names);
    if (backend_open("cuda", &options, &backend) != STATUS_OK)
        return say(CHECKUP_NOTE, text, "backends %s; %s", names, status_message());
    return say(CHECKUP_GOOD, text, "backends %s; a GPU answers", names);
}

static checkup_verdict_t look_at_slurm(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char *version[] = {(char *)"sbatch", (char *)"--version", NULL};
    char *plugins[] = {(char *)"srun", (char *)"--mpi=list", NULL};
    command_result_t sbatch, srun;
    (void)folder;
    if (command_run(version, environ, &sbatch) != STATUS_OK)
        return say(CHECKUP_NOTE, text,
                   "no sbatch here, so `koopsweep submit` does not work: load the module of Slurm, "
                   "or use `koopsweep run`");
    if (sbatch.code != 0 || command_run(plugins, environ, &srun) != STATUS_OK)
        return say(CHECKUP_NOTE, text, "`koopsweep submit` does not work until sbatch does: %.*s",
                   (int)strcspn(sbatch.errors, "\n"), sbatch.errors);
    const char *needed = launcher_find()->srun;
    int has_it = strstr(srun.output, needed) || strstr(srun.errors, needed);
    return say(CHECKUP_GOOD, text, "%.64s; srun %s %s, which --launcher srun needs", sbatch.output,
               has_it ? "has" : "lacks", needed);
}

/* --- the machine --- */

static checkup_verdict_t look_at_cores(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char siblings[16];
    int usable = launch_usable_cores();
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    (void)folder;
    read_line("/sys/devices/system/cpu/smt/active", siblings, sizeof siblings);
    if (strcmp(siblings, "1") == 0)
        return say(CHECKUP_NOTE, text,
                   "%d of %ld usable, but two of them share a core (hyperthreads): try half as "
                   "many workers",
                   usable, online);
    if (usable < online)
        return say(CHECKUP_NOTE, text,
                   "%d of %ld usable: this process is bound to them (by taskset, a container or a "
                   "batch system); ask there for more (srun --cpus-per-task) if these are too few",
                   usable, online);
    return say(CHECKUP_GOOD, text, "%d, no hyperthreads, not bound", usable);
}

static checkup_verdict_t look_at_limits(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    static const struct {
        int resource;
        const char *option;
        rlim_t least;
    } limits[] = {{RLIMIT_FSIZE, "f (file size)", (rlim_t)1 << 30},
                  {RLIMIT_NOFILE, "n (open files)", 256},
                  {RLIMIT_AS, "v (memory)", (rlim_t)2 << 30},
                  {RLIMIT_STACK, "s (stack)", (rlim_t)1 << 20},
                  {RLIMIT_NPROC, "u (processes)", 64}};
    (void)folder;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) != 0 || limit.rlim_cur >= limits[i].least)
            continue;
        return say(CHECKUP_NOTE, text,
                   "ulimit -%s is only %llu: raise it to %llu or more (in the "
                   "shell or job script that starts koopsweep)",
                   limits[i].option, (unsigned long long)limit.rlim_cur,
                   (unsigned long long)limits[i].least);
    }
    return say(CHECKUP_GOOD, text, "none that would hurt");
}

/* --- the folder of runs --- */

static checkup_verdict_t look_at_disk(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0)
        return say(CHECKUP_BAD, text, "%s: %s; make it, or name another: koopsweep doctor DIR",
                   folder, strerror(errno));
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    int has_files = disk.f_files == 0 || disk.f_favail > 1000;
    checkup_verdict_t verdict = free_bytes > 1e9 && has_files ? CHECKUP_GOOD : CHECKUP_NOTE;
    const char *remedy = verdict == CHECKUP_GOOD
                             ? ""
                             : ": delete what is not needed, or put runs elsewhere (run --out DIR)";
    if (disk.f_files == 0)
        return say(verdict, text, "%s: %.1f GB free%s", folder, free_bytes / 1e9, remedy);
    return say(verdict, text, "%s: %.1f GB and %.3g files free%s", folder, free_bytes / 1e9,
               (double)disk.f_favail, remedy);
}

static const char elsewhere[] = "write runs to another file system (run --out DIR)";

/* A quota shows only when one writes. */
static checkup_verdict_t look_at_writing(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char path[PATH_MAX];
    bytes_t file = {calloc(1, 1 << 20), 1 << 20};
    snprintf(path, sizeof path, "%s/.koopsweep-doctor.%ld", folder, (long)getpid());
    status_t status = file.at ? disk_replace(path, &file) : STATUS_ENVIRONMENT;
    bytes_free(&file);
    unlink(path);
    if (status != STATUS_OK) return say(CHECKUP_BAD, text, "%s; %s", status_message(), elsewhere);
    return say(CHECKUP_GOOD, text, "a file of 1 MiB was written, flushed and renamed");
}

/* What a run directory's lock needs (lock.h): links, and no file locks. */
static checkup_verdict_t look_at_locks(const char *folder, char text[CHECKUP_TEXT_MAX]) {
    char run_dir[PATH_MAX];
    process_t holder;
    lock_t *lock = NULL;
    snprintf(run_dir, sizeof run_dir, "%s/.koopsweep-doctor-XXXXXX", folder);
    if (!mkdtemp(run_dir))
        return say(CHECKUP_BAD, text, "%s: no folder can be made: %s; %s", folder, strerror(errno),
                   elsewhere);
    status_t status = lock_acquire(run_dir, &lock);
    int is_held = status == STATUS_OK && lock_holder(run_dir, &holder);
    lock_release(&lock);
    rmdir(run_dir);
    if (status != STATUS_OK) return say(CHECKUP_BAD, text, "%s; %s", status_message(), elsewhere);
    if (!is_held)
        return say(CHECKUP_BAD, text, "%s: a lock just taken is not seen; %s", folder, elsewhere);
    return say(CHECKUP_GOOD, text, "a run directory can be locked there");
}

/* clang-format off */
const checkup_t checkups[] = {
    {"MPI", look_at_mpi},
    {"kernels", look_at_kernels},
    {"BLAS", look_at_blas},
    {"bf16", look_at_precisions},
    {"HDF5", look_at_hdf5},
    {"GPU", look_at_gpus},
    {"Slurm", look_at_slurm},
    {"cores", look_at_cores},
    {"limits", look_at_limits},
    {"disk", look_at_disk},
    {"writing", look_at_writing},
    {"locks", look_at_locks},
    {0},
};
/* clang-format on */
