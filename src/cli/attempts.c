#include "cli/attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rundir/journal.h"

/* How each event is told; an event that is not here is the name of a state. */
static const struct {
    const char *event, *words;
} phrases[] = {
    {JOURNAL_STOPPED, "stopped"},
    {JOURNAL_DIED, "the rank's process died"},
    {JOURNAL_SILENT, "the rank fell silent: it hung, or its machine or network was lost"},
    {JOURNAL_MACHINE, "the whole machine was lost; the trial is not blamed"},
    {JOURNAL_TEAM, "another rank of its team was lost, and the whole team with it"},
    {JOURNAL_LATE, "ended when another attempt had ended already, and dropped"},
    {JOURNAL_LEFT, "not waited for when the sweep ended"},
    {JOURNAL_WITHDRAWN, "withdrawn by koopsweep retry"},
};

static const char *phrase(const char *event) {
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (strcmp(phrases[i].event, event) == 0) return phrases[i].words;
    return event;
}

/* Lines about the trial; `sweep` counts the masters that had begun by then. */
typedef struct line {
    journal_entry_t entry;
    int sweep, is_told;
} line_t;

typedef struct account {
    line_t *lines; /* owned */
    size_t count;
    int sweeps;
} account_t;

static void take(void *context, const journal_entry_t *entry) {
    account_t *account = context;
    if (strcmp(entry->id, JOURNAL_SWEEP) == 0) {
        account->sweeps++;
        return;
    }
    line_t *fresh = realloc(account->lines, (account->count + 1) * sizeof *fresh);
    if (!fresh) return; /* the account is shorter then */
    account->lines = fresh;
    fresh[account->count++] = (line_t){.entry = *entry, .sweep = account->sweeps};
}

static int is(const line_t *line, const char *event) {
    return strcmp(line->entry.event, event) == 0;
}

/* The line that ends the attempt which line `begin` begins, or NULL. */
static line_t *end_of(const account_t *account, size_t begin) {
    const line_t *first = &account->lines[begin];
    for (size_t i = begin + 1; i < account->count; i++) {
        line_t *line = &account->lines[i];
        if (line->sweep != first->sweep) return NULL;
        if (line->entry.rank != first->entry.rank || line->is_told) continue;
        return is(line, JOURNAL_BEGUN) ? NULL : line;
    }
    return NULL;
}

static const char *why_no_end(const overview_t *overview, const account_t *account,
                              const line_t *line) {
    if (overview->is_running && line->sweep == account->sweeps) return "running";
    return "no end is noted: the sweep itself was killed";
}

static void print_end(const journal_entry_t *end) {
    char duration[CLOCK_TEXT_MAX];
    clock_duration(end->seconds, duration, sizeof duration);
    if (end->first > 0)
        printf("went on from step %lld of %lld; ", (long long)end->first, (long long)end->steps);
    printf("%s", phrase(end->event));
    if (end->seconds > 0) printf(" after %s", duration);
    printf("%s%s\n", *end->text ? ": " : "", end->text);
}

/* An attempt that ended soon has no line of its own for its beginning. */
static void print_attempt(const overview_t *overview, const account_t *account, size_t at) {
    char moment[CLOCK_TEXT_MAX];
    line_t *line = &account->lines[at];
    line_t *end = is(line, JOURNAL_BEGUN) ? end_of(account, at) : line;
    const journal_entry_t *entry = &line->entry;
    clock_iso8601(entry->time - entry->seconds, moment, sizeof moment);
    printf("    %s  ", moment);
    if (entry->rank >= 0) printf("rank %d ", entry->rank);
    printf("on %s: ", entry->host);
    if (end) {
        end->is_told = 1;
        print_end(&end->entry);
    } else {
        printf("%s\n", why_no_end(overview, account, line));
    }
}

void attempts_print(const overview_t *overview, const trial_t *trial) {
    account_t account = {0};
    journal_read(overview->run_dir, trial->id, take, &account);
    if (account.count) printf("\n  attempts\n");
    for (size_t i = 0; i < account.count; i++)
        if (!account.lines[i].is_told) print_attempt(overview, &account, i);
    free(account.lines);
}
