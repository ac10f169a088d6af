#include "task/npy.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = sizeof magic - 1, PREFIX = MAGIC + 2, HEADER_MAX = 65536, DESCR_MAX = 16 };

int npy_is_one(const void *bytes, size_t size) {
    return size >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

/* -- the dictionary: {'descr': '<u2', 'fortran_order': False, 'shape': (12,), } ------------- */

static void skip_space(const char **at) {
    while (isspace((unsigned char)**at)) ++*at;
}

/* Takes `word` off the text, after white space; false when it is not there. */
static bool take(const char **at, const char *word) {
    skip_space(at);
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0) return false;
    *at += length;
    return true;
}

/* Takes a text in single or double quotes; escapes do not occur in what NumPy writes here. */
static bool take_quoted(const char **at, char text[DESCR_MAX]) {
    char quote = take(at, "'") ? '\'' : take(at, "\"") ? '"' : '\0';
    const char *end = quote ? strchr(*at, quote) : NULL;
    if (!end || end - *at >= DESCR_MAX) return false;
    memcpy(text, *at, (size_t)(end - *at));
    text[end - *at] = '\0';
    *at = end + 1;
    return true;
}

/* Takes "(2, 3)" and multiplies; false also when the product does not fit. */
static bool take_shape(const char **at, npy_t *npy) {
    int64_t *count = &npy->count;
    *count = 1;
    npy->rank = 0;
    if (!take(at, "(")) return false;
    while (!take(at, ")")) {
        char *end;
        skip_space(at);
        if (!isdigit((unsigned char)**at)) return false;
        long long n = strtoll(*at, &end, 10); /* too large: LLONG_MAX, which overflows below */
        if (__builtin_mul_overflow(*count, (int64_t)n, count) || n == INT64_MAX) return false;
        if (npy->rank < NPY_RANK_MAX) npy->shape[npy->rank] = n;
        npy->rank++;
        *at = end;
        if (!take(at, ",") && **at != ')') return false;
    }
    return true;
}

/* What the three entries say, in any order. */
typedef struct entries {
    char descr[DESCR_MAX];
    bool is_fortran;
    npy_t *npy; /* shape and count of it are set */
    int seen;   /* bits of the entries met       */
} entries_t;

static bool take_entry(const char **at, entries_t *entries) {
    enum { DESCR = 1, ORDER = 2, SHAPE = 4 };
    char key[DESCR_MAX];
    if (!take_quoted(at, key) || !take(at, ":")) return false;
    if (strcmp(key, "descr") == 0) {
        entries->seen |= DESCR;
        return take_quoted(at, entries->descr);
    }
    if (strcmp(key, "fortran_order") == 0) {
        entries->seen |= ORDER;
        entries->is_fortran = take(at, "True");
        return entries->is_fortran || take(at, "False");
    }
    entries->seen |= SHAPE;
    return strcmp(key, "shape") == 0 && take_shape(at, entries->npy);
}

static bool read_entries(const char *header, entries_t *entries) {
    const char *at = header;
    if (!take(&at, "{")) return false;
    while (!take(&at, "}"))
        if (!take_entry(&at, entries) || (!take(&at, ",") && *at != '}')) return false;
    return entries->seen == 7;
}

/* -- the file ------------------------------------------------------------------------------ */

/* Where the header lies. */
static status_t find_header(const unsigned char *bytes, size_t size, size_t *start,
                            size_t *length) {
    CHECK(size >= PREFIX + 2 && npy_is_one(bytes, size), STATUS_CORRUPT,
          "it is no NumPy array: it does not begin with \\x93NUMPY");
    int version = bytes[MAGIC];
    CHECK(version >= 1 && version <= 3, STATUS_CORRUPT,
          "its version %d of NumPy's format is not known; 1 to 3 are", version);
    size_t field = version == 1 ? 2 : 4;
    *start = PREFIX + field;
    *length = 0;
    for (size_t i = 0; i < field && *start <= size; i++)
        *length |= (size_t)bytes[PREFIX + i] << 8 * i;
    CHECK(*start <= size && *length <= size - *start && *length < HEADER_MAX, STATUS_CORRUPT,
          "its header of %zu bytes is truncated or damaged", *length);
    return STATUS_OK;
}

/* "<u2": byte order, kind, width; '|' and '=' where there is no order to tell, or that of here. */
static status_t read_type(const char *descr, npy_t *npy) {
    char *end;
    CHECK(descr[0] != '>', STATUS_CORRUPT,
          "its numbers are big-endian (%s); save it again as .astype('<%s')", descr, descr + 1);
    CHECK(descr[0] && strchr("<|=", descr[0]) && descr[1] && isdigit((unsigned char)descr[2]),
          STATUS_CORRUPT, "its type '%s' is no plain number", descr);
    npy->kind = descr[1];
    long width = strtol(descr + 2, &end, 10);
    CHECK(!*end && width >= 1 && width <= 16, STATUS_CORRUPT, "its type '%s' is no plain number",
          descr);
    npy->width = (int)width;
    return STATUS_OK;
}

status_t npy_read_head(const void *bytes, size_t there, uint64_t size, npy_t *npy) {
    size_t start = 0, length = 0, wanted;
    char header[HEADER_MAX];
    entries_t entries = {.npy = npy};
    TRY(find_header(bytes, there, &start, &length));
    memcpy(header, (const char *)bytes + start, length);
    header[length] = '\0'; /* a NUL within ends the text early, and is found missing its end */
    CHECK(read_entries(header, &entries), STATUS_CORRUPT,
          "its header '%.80s' is not that of an array: descr, fortran_order, shape", header);
    TRY(read_type(entries.descr, npy));
    CHECK(!entries.is_fortran, STATUS_CORRUPT,
          "it is in Fortran order; save it again: numpy.ascontiguousarray");
    npy->offset = start + length;
    int is_huge = __builtin_mul_overflow((size_t)npy->count, (size_t)npy->width, &wanted);
    CHECK(
        !is_huge && wanted == size - npy->offset, STATUS_CORRUPT,
        "it is truncated or longer than it says: %llu bytes follow its header, which promises %lld "
        "numbers of %d",
        (unsigned long long)(size - npy->offset), (long long)npy->count, npy->width);
    return STATUS_OK;
}

status_t npy_read(const void *bytes, size_t size, npy_t *npy) {
    return npy_read_head(bytes, size, size, npy);
}
