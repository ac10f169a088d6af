#include "rundir/journal.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/log.h"

enum { LINE_SIZE = JOURNAL_TEXT_MAX + 256, GATHERED_SIZE = 1 << 16 };

struct journal {
    char path[PATH_MAX];
    int is_failing;  /* the disk took nothing the last time */
    size_t gathered; /* bytes of lines not written yet */
    char lines[GATHERED_SIZE];
};

static void name(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/journal", run_dir);
}

journal_t *journal_open(const char *run_dir) {
    journal_t *journal = calloc(1, sizeof *journal);
    if (!journal) return NULL;
    name(run_dir, journal->path);
    if (lines_add(journal->path, "", 0) == STATUS_OK) return journal;
    log_warning("attempts are not noted: %s", status_message());
    free(journal);
    return NULL;
}

/* As whole numbers: printing a double takes ten times as long as all the rest of a line. */
static long long milliseconds(double seconds) { return seconds > 0 ? llround(1e3 * seconds) : 0; }

void journal_note(journal_t *journal, const journal_entry_t *entry) {
    if (!journal) return;
    if (journal->gathered + LINE_SIZE > GATHERED_SIZE) journal_flush(journal);
    if (journal->gathered + LINE_SIZE > GATHERED_SIZE) return; /* a disk that stays full */
    char *line = journal->lines + journal->gathered;
    long long time = milliseconds(entry->time), spent = milliseconds(entry->seconds);
    int length = snprintf(
        line, LINE_SIZE - 1,
        "%lld.%03lld %s %s %d %s %lld.%03lld %" PRId64 " %" PRId64 " %" PRId64 " %s", time / 1000,
        time % 1000, entry->id, entry->event, entry->rank, *entry->host ? entry->host : "?",
        spent / 1000, spent % 1000, entry->first, entry->last, entry->steps, entry->text);
    for (char *c = line; (c = strchr(c, '\n'));) *c = ' ';
    line[length] = '\n';
    journal->gathered += (size_t)length + 1;
}

/* Lines that the disk does not take wait for the next time: there may be room again. */
void journal_flush(journal_t *journal) {
    if (!journal || journal->gathered == 0) return;
    status_t status = lines_add(journal->path, journal->lines, journal->gathered);
    if (status == STATUS_OK) journal->gathered = 0;
    if (status != STATUS_OK && !journal->is_failing)
        log_warning("attempts are not noted for now: %s", status_message());
    journal->is_failing = status != STATUS_OK;
}

void journal_close(journal_t **open) {
    if (!*open) return;
    journal_flush(*open);
    free(*open);
    *open = NULL;
}

/* 0 when it is no whole line. The blank before TEXT is part of it: without, STEPS may be cut. */
static int parse(const char *line, journal_entry_t *entry) {
    int at = 0;
    *entry = (journal_entry_t){0};
    if (!strchr(line, '\n')) return 0;
    if (sscanf(line, "%lf %12s %15s %d %63s %lf %" SCNd64 " %" SCNd64 " %" SCNd64 "%n",
               &entry->time, entry->id, entry->event, &entry->rank, entry->host, &entry->seconds,
               &entry->first, &entry->last, &entry->steps, &at) != 9 ||
        line[at++] != ' ')
        return 0;
    snprintf(entry->text, sizeof entry->text, "%.*s", (int)strcspn(line + at, "\n"), line + at);
    return 1;
}

/* Most lines are about others: a glance is enough to pass over them. */
static int may_be_about(const char *line, const char *id) {
    const char *word = strchr(line, ' ');
    return word && (!id || strncmp(word + 1, id, strlen(id)) == 0 ||
                    strncmp(word + 1, JOURNAL_SWEEP, strlen(JOURNAL_SWEEP)) == 0);
}

static int is_about(const journal_entry_t *entry, const char *id) {
    return !id || strcmp(entry->id, id) == 0 || strcmp(entry->id, JOURNAL_SWEEP) == 0;
}

void journal_read(const char *run_dir, const char *id, journal_visit_t *visit, void *context) {
    char path[PATH_MAX], line[LINE_SIZE];
    journal_entry_t entry;
    name(run_dir, path);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (may_be_about(line, id) && parse(line, &entry) && is_about(&entry, id))
            visit(context, &entry);
    if (file) fclose(file);
}
