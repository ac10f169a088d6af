#include "train/together.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RANKS_MAX = 256 /* resources.ranks_per_trial */, TEXT_MAX = 1024 };

/* The text of the process of rank `from`, in all of them: the others add zeros to its letters. */
static void tell(const trial_team_t *team, int from, char text[TEXT_MAX]) {
    flt letters[TEXT_MAX] = {0};
    for (size_t i = 0; team->rank == from && i < strlen(text); i++)
        letters[i] = (flt)(unsigned char)text[i];
    team->sum(team->context, letters, TEXT_MAX);
    for (int i = 0; i < TEXT_MAX; i++) text[i] = (char)(unsigned char)letters[i];
    text[TEXT_MAX - 1] = '\0';
}

/* The sentence of the failure met last, and where it was met. */
static void take_sentence(const trial_team_t *team, int is_everywhere, char text[TEXT_MAX]) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    int length = snprintf(text, TEXT_MAX, "%.700s", status_message());
    if (!is_everywhere)
        snprintf(text + length, TEXT_MAX - (size_t)length, " (rank %d of the trial's team, on %s)",
                 team->rank, host);
}

status_t together(const trial_team_t *team, status_t mine) {
    enum { HERE = 1 }; /* added to the codes of those that are there: zero means nobody is */
    char text[TEXT_MAX];
    flt codes[RANKS_MAX] = {0};
    int first = RANKS_MAX, failed = 0, there = 0;
    if (!team) return mine;
    codes[team->rank] = (flt)(HERE + mine);
    team->sum(team->context, codes, RANKS_MAX);
    for (int i = RANKS_MAX; i-- > 0;) {
        there += codes[i] >= HERE;
        failed += codes[i] > HERE + STATUS_OK;
        if (codes[i] > HERE + STATUS_OK) first = i;
    }
    if (!failed) return STATUS_OK;
    take_sentence(team, failed == there, text);
    tell(team, first, text);
    return status_fail((status_t)(codes[first] - HERE), "%s", text);
}

status_t together_same_data(const trial_team_t *team, const char *text) {
    char first[TEXT_MAX] = "";
    status_t status = STATUS_OK;
    if (!team) return STATUS_OK;
    snprintf(first, sizeof first, "%s", text);
    tell(team, 0, first);
    if (strncmp(first, text, TEXT_MAX - 1) != 0)
        status = status_fail(STATUS_CORRUPT,
                             "the ranks that share this trial have different data (%s; %s); give "
                             "all of them the same files",
                             first, text);
    return together(team, status);
}
