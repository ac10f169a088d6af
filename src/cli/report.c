/* report.c: koopsweep report RUN: everything that can be seen of a run, or of the profile of a
 * trained network, in one HTML file. */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/report_file.h"
#include "rundir/lock.h"

struct report_options {
    const char *output, *plots;
    int watch, is_quiet;
    double interval;
};

#define AT(member) offsetof(struct report_options, member)
static const cli_option_t options[] = {
    {"output", 'o', CLI_TEXT, AT(output), "FILE", .doc = "where the report goes"},
    {"plots", 'p', CLI_TEXT, AT(plots), "DIR",
     .doc = "also every figure as DIR/NAME.svg and DIR/NAME.pdf, for papers"},
    {"watch", 'w', CLI_FLAG, AT(watch),
     .doc = "write it anew while the sweep runs; the page loads itself again"},
    {"interval", 'i', CLI_REAL, AT(interval), "SECONDS", .min = 1, .max = 1e6,
     .doc = "between two writings of --watch"},
    {"quiet", 'q', CLI_FLAG, AT(is_quiet), .doc = "say nothing but warnings and errors"},
    {0},
};
#undef AT

static int is_running(const char *run_dir) {
    process_t master;
    return lock_holder(run_dir, &master);
}

static void rest(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

/* A run is a folder; a file is a profile. */
static int is_file(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* The last writing comes after the sweep's end, and is of a page that stays as it is. */
static status_t write_run(const char *run_dir, const struct report_options *given) {
    saved_t saved;
    status_t status = STATUS_OK;
    TRY(saved_open(run_dir, &saved));
    for (int goes_on = given->watch; status == STATUS_OK;) {
        goes_on = goes_on && is_running(run_dir);
        status = report_file_write(run_dir, &saved, given->output, given->plots,
                                   goes_on ? (int)(given->interval + 0.5) : 0);
        if (!goes_on) break;
        rest(given->interval);
    }
    saved_close(&saved);
    return status;
}

static status_t run(const cli_call_t *call) {
    const struct report_options *given = call->options;
    const char *source = call->operands[0];
    status_t status = is_file(source)
                          ? report_file_write_profile(source, given->output, given->plots)
                          : write_run(source, given);
    if (status == STATUS_OK && !given->is_quiet) printf("report: %s\n", given->output);
    if (status == STATUS_OK && given->plots && !given->is_quiet)
        printf("figures: %s/\n", given->plots);
    return status;
}

static const char detail[] =
    "One file, no requests: it opens on a login node, from a mail, without network. Of a run that\n"
    "goes on it shows what has ended; --watch writes it anew every few seconds, and asks nothing "
    "of\n"
    "the sweep's master. Sections without data are left out.\n"
    "PROFILE is a file of `koopsweep profile -o FILE`: its tables, and its spectra layer by layer.";

const cli_verb_t cli_report = {
    .name = "report",
    .operands = "RUN | PROFILE",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "a run to look at: figures and tables in one HTML file, finished or live",
    .detail = detail,
    .options = options,
    .options_size = sizeof(struct report_options),
    .defaults = &(const struct report_options){.output = "report.html", .interval = 5},
    .run = run,
};
