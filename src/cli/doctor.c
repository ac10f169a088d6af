/* doctor.c: koopsweep doctor [DIR]: does this machine fit? */
#include <stdio.h>

#include "base/build.h"
#include "cli/checkup.h"
#include "cli/cli.h"
#include "sweep/launch.h"
#include "sweep/ping.h"

struct doctor_options {
    int mpi;
};

static const cli_option_t options[] = {
    {"mpi", 0, CLI_FLAG, offsetof(struct doctor_options, mpi),
     .doc = "start two ranks and time a message between them, nothing else; below mpirun or srun, "
            "between the first two of its ranks"},
    {0},
};

/* In a rank: its part; outside: two ranks of this same command. */
static status_t try_mpi(void) {
    ping_t ping;
    if (!launch_is_rank()) return ping_launch();
    TRY(ping_ranks(&ping));
    if (ping.rank == 0)
        printf("MPI: %d ranks, the first on %s, the second on %s: %.2g us a message, %.2g GB/s\n",
               ping.size, ping.hosts[0], ping.hosts[1], 1e6 * ping.seconds,
               1e-9 * ping.bytes_per_second);
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    const struct doctor_options *given = call->options;
    static const char *const words[] = {
        [CHECKUP_GOOD] = "ok", [CHECKUP_NOTE] = "note", [CHECKUP_BAD] = "BAD"};
    const char *folder = call->operand_count ? call->operands[0] : ".";
    int bad = 0;
    if (given->mpi) return try_mpi();
    printf("koopsweep %s, commit %s\n", build_version(), build_commit());
    for (const checkup_t *checkup = checkups; checkup->name; checkup++) {
        char text[CHECKUP_TEXT_MAX] = "";
        checkup_verdict_t verdict = checkup->look(folder, text);
        printf("%-4s  %-8s %s\n", words[verdict], checkup->name, text);
        bad += verdict == CHECKUP_BAD;
    }
    CHECK(bad == 0, STATUS_ENVIRONMENT, "this machine does not fit: see the %d lines marked BAD",
          bad);
    return STATUS_OK;
}

const cli_verb_t cli_doctor = {
    .name = "doctor",
    .operands = "[DIR]",
    .operands_max = 1,
    .doc = "does this machine fit? libraries, cores, GPU, Slurm, limits, disk",
    .detail =
        "DIR is the folder that runs are to be written to (default: here); a file and a lock\n"
        "are made there and removed again. Inside a job it tells of the job's machine. Exit\n"
        "code 7 when sweeps cannot run; notes are for you to judge.\n",
    .options = options,
    .options_size = sizeof(struct doctor_options),
    .run = run,
};
