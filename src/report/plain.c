#include "report/plain.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What recipes, options and published names use; the first that fits wins. */
static const char *const plain[][2] = {
    {"–", "-"},     {"—", "-"},      {"−", "-"},    {"─", "-"},     {"±", "+-"},    {"†", "^"},
    {"×", "x"},     {"·", "*"},      {"≈", "~"},    {"≤", "<="},    {"≥", ">="},    {"²", "^2"},
    {"…", "..."},   {"α", "alpha"},  {"β", "beta"}, {"γ", "gamma"}, {"ε", "eps"},   {"η", "eta"},
    {"κ", "kappa"}, {"λ", "lambda"}, {"μ", "mu"},   {"ρ", "rho"},   {"σ", "sigma"}, {"τ", "tau"},
};
enum { PLAIN = sizeof plain / sizeof *plain };

int plain_is_wanted(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *locale = getenv(names[i]);
        if (locale && *locale) return !strcasestr(locale, "UTF-8") && !strcasestr(locale, "UTF8");
    }
    return 1; /* the C locale */
}

/* UTF-8: 10xxxxxx, the bytes of a character after its first. */
static int is_continuation(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* What stands for the character at text[0], and how many bytes that has. */
static const char *find(const char *text, size_t *bytes) {
    for (int i = 0; i < PLAIN; i++) {
        *bytes = strlen(plain[i][0]);
        if (strncmp(text, plain[i][0], *bytes) == 0) return plain[i][1];
    }
    for (*bytes = 1; is_continuation(text[*bytes]);) ++*bytes;
    return "?";
}

void plain_copy(const char *text, char *copy, size_t size) {
    copy[0] = '\0';
    while (*text) {
        size_t bytes = 1;
        if ((unsigned char)*text < 0x80)
            text_append(copy, size, "%c", *text);
        else
            text_append(copy, size, "%s", find(text, &bytes));
        text += bytes;
    }
}
