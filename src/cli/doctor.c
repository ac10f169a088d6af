/* doctor.c: koopsweep doctor [DIR]: does this machine fit? */
#include "base/build.h"
#include "cli/checkup.h"
#include "cli/cli.h"

static status_t run(const cli_call_t *call) {
    static const char *const words[] = {
        [CHECKUP_GOOD] = "ok", [CHECKUP_NOTE] = "note", [CHECKUP_BAD] = "BAD"};
    const char *folder = call->operand_count ? call->operands[0] : ".";
    int bad = 0;
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
    .run = run,
};
