#define PCRE2_CODE_UNIT_WIDTH 8
#include "task/plain_text.h"

#include <pcre2.h>
#include <string.h>

#define AS_TOKENS "token ids are read with task.name: tokens"
#define AS_UTF8   "convert it: iconv -t UTF-8"
#define UNPACKED  "unpack it"

typedef struct magic {
    const char *bytes;
    size_t length;
    const char *what, *remedy;
} magic_t;

#define MAGIC(start, what, remedy)                                                                 \
    { start, sizeof start - 1, what, remedy }

/* How files begin that are taken for texts: those that hold token ids, and packed texts. UTF-32
 * stands before UTF-16, whose mark its own begins with. */
static const magic_t magics[] = {
    MAGIC("\x93NUMPY", "a NumPy array", AS_TOKENS),
    MAGIC("\x89HDF\r\n", "an HDF5 file", AS_TOKENS),
    MAGIC("PAR1", "a Parquet file", "write its text to a file"),
    MAGIC("ARROW1", "an Arrow file", "write its text to a file"),
    MAGIC("\x1f\x8b", "packed by gzip", UNPACKED),
    MAGIC("BZh", "packed by bzip2", UNPACKED),
    MAGIC("\xfd"
          "7zXZ",
          "packed by xz", UNPACKED),
    MAGIC("\x28\xb5\x2f\xfd", "packed by zstd", UNPACKED),
    MAGIC("PK\x03\x04", "a zip archive", UNPACKED),
    MAGIC("%PDF-", "a PDF document", "write its text to a file"),
    MAGIC("\xff\xfe\0\0", "UTF-32", AS_UTF8),
    MAGIC("\0\0\xfe\xff", "UTF-32", AS_UTF8),
    MAGIC("\xff\xfe", "UTF-16", AS_UTF8),
    MAGIC("\xfe\xff", "UTF-16", AS_UTF8),
};

status_t plain_text_check(const char *path, text_t text) {
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const magic_t *magic = &magics[i];
        CHECK(text.length < magic->length || memcmp(text.bytes, magic->bytes, magic->length) != 0,
              STATUS_CORRUPT, "%s: is no plain text but %s; %s", path, magic->what, magic->remedy);
    }
    const char *nul = text.length ? memchr(text.bytes, '\0', text.length) : NULL;
    CHECK(!nul, STATUS_CORRUPT,
          "%s: is no text: byte %zu is NUL; " AS_TOKENS
          ", and UTF-16 when converted: iconv -t UTF-8",
          path, (size_t)(nul - text.bytes));
    return STATUS_OK;
}

/* PCRE2 looks at the whole subject before it matches: an empty pattern is a check of UTF-8. */
status_t plain_text_check_utf8(text_t text) {
    int error;
    PCRE2_SIZE at = 0;
    PCRE2_UCHAR reason[128] = "";
    pcre2_code *nothing = pcre2_compile((PCRE2_SPTR) "", 0, PCRE2_UTF, &error, &at, NULL);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    int found = PCRE2_ERROR_NOMEMORY;
    if (nothing && match)
        found = pcre2_match(nothing, (PCRE2_SPTR)text.bytes, text.length, 0, 0, match, NULL);
    if (found < 0) pcre2_get_error_message(found, reason, sizeof reason);
    if (found < 0 && match) at = pcre2_get_startchar(match);
    pcre2_match_data_free(match);
    pcre2_code_free(nothing);
    CHECK(found != PCRE2_ERROR_NOMEMORY, STATUS_ENVIRONMENT, "no memory to check a text");
    CHECK(found >= 0, STATUS_CORRUPT, "not UTF-8 text at byte %zu: %s; " AS_UTF8, at, reason);
    return STATUS_OK;
}
