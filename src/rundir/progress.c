#include "rundir/progress.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

size_t progress_done(const progress_t *progress) {
    return progress->total - progress->count[TRIAL_PENDING];
}

double progress_rate(const progress_t *progress) {
    return progress->seconds > 0 ? (double)progress->ended / progress->seconds : 0;
}

/* Trials that have run, whenever: those that a search left out have not. */
static size_t have_run(const progress_t *progress) {
    return progress_done(progress) - progress->count[TRIAL_SKIPPED];
}

/* Of the pending trials, the share that will be asked for. */
static double share_left(const progress_t *progress) {
    size_t run = have_run(progress), pending = progress->count[TRIAL_PENDING];
    if (!progress->at_most) return 1;
    return progress->at_most > run ? (double)(progress->at_most - run) / (double)pending : 0;
}

double progress_eta(const progress_t *progress) {
    if (progress->count[TRIAL_PENDING] == 0) return 0;
    if (progress->ended == 0 || progress->cost_ended <= 0) return NAN;
    double left = progress->cost_left * share_left(progress);
    return left / progress->cost_ended * progress->seconds;
}

/* "diverged" of TRIAL_DIVERGED. */
static void name_state(trial_state_t state, char *text, size_t size) {
    snprintf(text, size, "%s", trial_state_name(state));
    for (char *c = text; *c; c++) *c = (char)tolower((unsigned char)*c);
}

void progress_print_states(const size_t count[TRIAL_STATES], char text[PROGRESS_TEXT_MAX]) {
    text[0] = '\0';
    for (int i = 1; i <= TRIAL_STATES; i++) {
        trial_state_t state = (trial_state_t)(i % TRIAL_STATES); /* PENDING = 0 comes last */
        char name[TRIAL_STATE_MAX];
        if (!count[state]) continue;
        name_state(state, name, sizeof name);
        text_append(text, PROGRESS_TEXT_MAX, "%s%zu %s", *text ? ", " : "", count[state], name);
    }
    if (!*text) text_append(text, PROGRESS_TEXT_MAX, "no trials");
}

/* 0.85/s, 12/min, 3.1/h: two digits in the unit where they say something. */
static void print_rate(double per_second, char *text, size_t size) {
    if (per_second >= 0.5)
        snprintf(text, size, "%.2g/s", per_second);
    else if (per_second * 60 >= 0.5)
        snprintf(text, size, "%.2g/min", per_second * 60);
    else
        snprintf(text, size, "%.2g/h", per_second * 3600);
}

void progress_print(const progress_t *progress, char text[PROGRESS_TEXT_MAX]) {
    static const trial_state_t notable[] = {TRIAL_DIVERGED, TRIAL_PRUNED, TRIAL_FAILED,
                                            TRIAL_SKIPPED};
    char aside[PROGRESS_TEXT_MAX] = "";
    for (size_t i = 0; i < sizeof notable / sizeof *notable; i++) {
        char name[TRIAL_STATE_MAX];
        if (!progress->count[notable[i]]) continue;
        name_state(notable[i], name, sizeof name);
        text_append(aside, sizeof aside, "%s%zu %s", *aside ? ", " : "",
                    progress->count[notable[i]], name);
    }
    if (progress->at_most)
        snprintf(text, PROGRESS_TEXT_MAX, "%zu of at most %zu done", have_run(progress),
                 progress->at_most);
    else
        snprintf(text, PROGRESS_TEXT_MAX, "%zu of %zu done", progress_done(progress),
                 progress->total);
    if (*aside) text_append(text, PROGRESS_TEXT_MAX, " (%.120s)", aside);
    if (progress->screened < progress->to_screen)
        text_append(text, PROGRESS_TEXT_MAX, ", %zu of %zu screened", progress->screened,
                    progress->to_screen);
    if (progress->running) text_append(text, PROGRESS_TEXT_MAX, ", %zu running", progress->running);
    if (progress->ended == 0) return;
    char rate[24], left[CLOCK_TEXT_MAX];
    print_rate(progress_rate(progress), rate, sizeof rate);
    text_append(text, PROGRESS_TEXT_MAX, ", %s", rate);
    if (progress->count[TRIAL_PENDING] == 0) return;
    clock_duration(progress_eta(progress), left, sizeof left);
    text_append(text, PROGRESS_TEXT_MAX, ", %s left", left);
}

int teller_columns(void) {
    struct winsize window;
    if (!isatty(STDERR_FILENO)) return 0;
    int is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    return is_known ? window.ws_col : 80;
}

static int is_due(const teller_t *teller, const progress_t *progress) {
    double since = progress->seconds - teller->told_at;
    if (teller->columns) return since >= 0.2 || teller->told_at == 0;
    size_t done = progress_done(progress), tenth = progress->total / 10 + 1;
    if (done / tenth != teller->told_done / tenth) return since >= 1;
    return since >= 30;
}

void teller_tell(teller_t *teller, const progress_t *progress) {
    char line[PROGRESS_TEXT_MAX];
    if (teller->is_quiet || !is_due(teller, progress)) return;
    teller->told_at = progress->seconds;
    teller->told_done = progress_done(progress);
    progress_print(progress, line);
    if (!teller->columns) {
        log_info("%s", line);
        return;
    }
    fprintf(stderr, "\r%.*s\033[K", teller->columns - 1, line); /* K: clear to the end of line */
    fflush(stderr);
    teller->is_line_open = 1;
}

void teller_break(teller_t *teller) {
    if (teller->is_line_open) fprintf(stderr, "\r\033[K");
    fflush(stderr);
    teller->is_line_open = 0;
}
