/* diff.c: the lines in which two expanded specs differ: a longest common subsequence of lines, by
 * dynamic programming over what is left between the common beginning and the common end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "spec/spec.h"

enum { CELLS_MAX = 1 << 24 }; /* beyond that, everything in between is shown as replaced */

typedef struct lines {
    const char **at; /* owned [count+1]; starts of lines, the last is the end of the text */
    size_t count;
} lines_t;

static lines_t cut(const char *text) {
    lines_t lines = {0};
    for (const char *c = text; *c; c++) lines.count += *c == '\n';
    lines.at = memory_take(lines.count + 2, sizeof *lines.at, "a list of differences");
    size_t i = 0;
    for (const char *c = text; *c; c = strchrnul(c, '\n'), c += *c == '\n') lines.at[i++] = c;
    lines.count = i;
    lines.at[i] = text + strlen(text);
    return lines;
}

static int equal(const lines_t *a, size_t i, const lines_t *b, size_t j) {
    size_t length = (size_t)(a->at[i + 1] - a->at[i]);
    return length == (size_t)(b->at[j + 1] - b->at[j]) && !memcmp(a->at[i], b->at[j], length);
}

static void print_line(FILE *out, char sign, const lines_t *lines, size_t i) {
    const char *start = lines->at[i], *end = lines->at[i + 1];
    if (end > start && end[-1] == '\n') end--;
    fprintf(out, "%c %.*s\n", sign, (int)(end - start), start);
}

/* longest[i*(m+1)+j]: length of the longest common subsequence of a[i..n) and b[j..m). */
static uint32_t *longest_common(const lines_t *a, size_t first, size_t n, const lines_t *b,
                                size_t m) {
    if ((double)(n + 1) * (double)(m + 1) > CELLS_MAX) return NULL;
    uint32_t *longest = calloc((n + 1) * (m + 1), sizeof *longest);
    if (!longest) return NULL;
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint32_t down = longest[(i + 1) * (m + 1) + j], right = longest[i * (m + 1) + j + 1];
            longest[i * (m + 1) + j] = equal(a, first + i, b, first + j)
                                           ? longest[(i + 1) * (m + 1) + j + 1] + 1
                                           : (down > right ? down : right);
        }
    return longest;
}

static void print_between(FILE *out, const lines_t *a, size_t first, size_t n, const lines_t *b,
                          size_t m) {
    uint32_t *longest = longest_common(a, first, n, b, m);
    size_t i = 0, j = 0;
    while (i < n || j < m) {
        if (longest && i < n && j < m && equal(a, first + i, b, first + j)) {
            i++, j++;
            continue;
        }
        int removes = i < n && (j == m || !longest ||
                                longest[(i + 1) * (m + 1) + j] >= longest[i * (m + 1) + j + 1]);
        if (removes)
            print_line(out, '-', a, first + i++);
        else
            print_line(out, '+', b, first + j++);
    }
    free(longest);
}

char *spec_diff(const char *before, const char *after) {
    char *text = NULL;
    size_t length, first = 0;
    lines_t a = cut(before), b = cut(after);
    size_t n = a.count, m = b.count;
    while (first < n && first < m && equal(&a, first, &b, first)) first++;
    while (n > first && m > first && equal(&a, n - 1, &b, m - 1)) n--, m--;
    FILE *out = open_memstream(&text, &length);
    if (!out) abort();
    print_between(out, &a, first, n - first, &b, m - first);
    fclose(out);
    free(a.at);
    free(b.at);
    return text;
}
