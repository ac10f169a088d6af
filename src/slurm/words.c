#include "slurm/words.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/script.h"

/* Options that are about one submission: said again with the next, they would refuse it, hold it
 * up or only test it. */
static const struct once {
    const char *name;
    char letter;
    int has_value;
} once[] = {
    {"test-only", 0, 0}, {"parsable", 0, 0},     {"wait", 'W', 0},    {"quiet", 'Q', 0},
    {"verbose", 'v', 0}, {"dependency", 'd', 1}, {"deadline", 0, 1},  {"hold", 'H', 0},
    {"help", 'h', 0},    {"usage", 0, 0},        {"version", 'V', 0}, {0},
};

/* Where the value begins when `word` names the option, "" when the next word may be it; else NULL.
 * getopt takes the beginning of a long name for it; which of them are unique is sbatch's matter. */
static const char *match(const char *word, const char *name, char letter, int may_be_short) {
    if (letter && word[0] == '-' && word[1] == letter) return word + 2;
    if (strncmp(word, "--", 2) != 0) return NULL;
    size_t length = strcspn(word + 2, "=");
    int is_it =
        length && strncmp(word + 2, name, length) == 0 && (may_be_short || strlen(name) == length);
    if (!is_it) return NULL;
    return word[2 + length] ? word + 2 + length + 1 : word + 2 + length;
}

/* How many words are about this submission alone, here. */
static size_t count_once(char *const *words) {
    for (const struct once *option = once; option->name; option++) {
        const char *value = match(words[0], option->name, option->letter, 1);
        if (value) return 1 + (option->has_value && !*value && words[1]);
    }
    return 0;
}

static int is_plain(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=,.:;/+%@^~[]";
    return *word && strspn(word, plain) == strlen(word);
}

static status_t add_word(const char *word, char line[WORDS_LINE_MAX]) {
    char quoted[SCRIPT_QUOTED_MAX];
    size_t used = strlen(line);
    CHECK(!strchr(word, '\n'), STATUS_SPEC,
          "after --: \"%s\" has a line break, which no #SBATCH line of a job script can hold",
          word);
    if (!is_plain(word)) script_quote(word, quoted);
    int length =
        snprintf(line + used, WORDS_LINE_MAX - used, " %s", is_plain(word) ? word : quoted);
    CHECK(used + (size_t)length < WORDS_LINE_MAX, STATUS_SPEC,
          "the words after -- are longer than the %d bytes of a line of a job script",
          WORDS_LINE_MAX);
    return STATUS_OK;
}

status_t words_print(char *const *words, char line[WORDS_LINE_MAX]) {
    static const char start[] = "#SBATCH";
    strcpy(line, start);
    while (*words) {
        size_t skipped = count_once(words);
        if (!skipped) TRY(add_word(*words++, line));
        words += skipped;
    }
    if (strcmp(line, start) == 0) strcpy(line, "# (no words for sbatch of the user's own)");
    return STATUS_OK;
}

const char *words_find(char *const *words, const char *name, char letter) {
    const char *found = NULL;
    for (; *words; words++) {
        const char *value = match(*words, name, letter, 0);
        if (value) found = *value || !words[1] ? value : words[1];
    }
    return found;
}

double words_mebibytes(const char *size) {
    static const char units[] = "KMGT";
    char *end;
    double number = strtod(size, &end);
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : units + 1;
    if (end == size || !unit || (*end && end[1]) || !(number >= 0)) return NAN;
    return ldexp(number, 10 * (int)(unit - units) - 10);
}
