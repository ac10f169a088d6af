/* main.c: koopsweep VERB ...: finds the verb's row, reads its options, runs it; the status is the
 * exit code. */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/build.h"
#include "base/log.h"
#include "cli/blas.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "external/environment.h"
#include "kernel/backend.h"
#include "kernel/host/isa.h"
#include "report/render.h"
#include "store/seal.h"

static status_t print_version(void) {
    TRY(isa_choose());
    const char *missing = backend_missing();
    printf("koopsweep %s\ncommit %s\ncompiler %s\nflags %s\n", build_version(), build_commit(),
           build_compiler(), build_flags());
    printf("kernels %s\n", isa_name());
    printf("formats result files %d (reads %d to %d), layout %d (reads %d to %d); plan --json %d; "
           "table --format json %d; trial directory %d\n",
           SEAL_FORMAT, SEAL_OLDEST, SEAL_FORMAT, LAYOUT_VERSION, LAYOUT_OLDEST, LAYOUT_VERSION,
           PLAN_JSON_VERSION, RENDER_JSON_VERSION, EXTERNAL_VERSION);
    printf("GPU %s\n", missing ? missing : "backend built in; sweeps ask for it: resources.device");
    return STATUS_OK;
}

static status_t run_verb(const cli_verb_t *verb, int argc, char **argv) {
    status_t status;
    cli_call_t call = {.argc = argc, .argv = argv};
    void *options = calloc(1, verb->options_size + 1);
    char **words = calloc((size_t)argc, sizeof *words);
    TRY_OR_DONE(blas_choose(argv));
    CHECK_OR_DONE(options && words, STATUS_ENVIRONMENT, "out of memory at start");
    TRY_OR_DONE(cli_parse(verb, argc - 2, argv + 2, options, words, &call));
    status = verb->run(&call);
done:
    free(words);
    free(options);
    return status;
}

/* `koopsweep help VERB` means the same as `koopsweep VERB --help`. */
static status_t dispatch(int argc, char **argv) {
    if (argc < 2) {
        cli_print_program(stderr, cli_verbs);
        return status_fail(STATUS_SPEC, "name a verb, for instance: koopsweep plan SPEC");
    }
    const char *name = argv[1];
    int asks_help = !strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h");
    if (asks_help && argc == 2) {
        cli_print_program(stdout, cli_verbs);
        return STATUS_OK;
    }
    if (!strcmp(name, "--version")) return print_version();
    const cli_verb_t *verb = cli_find(cli_verbs, asks_help ? argv[2] : name);
    if (!verb) return STATUS_SPEC;
    if (asks_help || cli_wants_help(argc - 2, argv + 2)) {
        cli_print_verb(stdout, verb);
        return STATUS_OK;
    }
    return run_verb(verb, argc, argv);
}

/* Open MPI 5 does not start without HOME, which batch systems (sbatch --export=NONE) and containers
 * may take away. */
static void find_home(void) {
    if (getenv("HOME")) return;
    const struct passwd *user = getpwuid(getuid());
    setenv("HOME", user ? user->pw_dir : "/", 1);
}

/* A file size limit shall be an error of the write that meets it, not the end of the process. And
 * top and pkill shall find a program by its name that was started again as /proc/self/exe. */
int main(int argc, char **argv) {
    signal(SIGXFSZ, SIG_IGN);
    prctl(PR_SET_NAME, "koopsweep");
    find_home();
    status_t status = dispatch(argc, argv);
    if (status != STATUS_OK && *status_message()) log_error("%s", status_message());
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_error("standard output could not be written; is the disk full?");
        if (status == STATUS_OK) status = STATUS_ENVIRONMENT;
    }
    return (int)status;
}
