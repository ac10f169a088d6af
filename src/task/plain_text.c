#define PCRE2_CODE_UNIT_WIDTH 8
#include "task/plain_text.h"

#include <pcre2.h>
#include <string.h>

#include "task/magic.h"

#define AS_TOKENS "token ids are read with task.name: tokens"
#define AS_UTF8   "convert it: iconv -t UTF-8"

/* By what a known format is: what to do with a file of it that was taken for a text. */
static const char *const remedies[] = {
    [MAGIC_NUMBERS] = AS_TOKENS,
    [MAGIC_PACKED] = "unpack it",
    [MAGIC_TABLE] = "write its text to a file",
    [MAGIC_WIDE_TEXT] = AS_UTF8,
};

status_t plain_text_check(const char *path, text_t text) {
    const magic_t *magic = magic_find(text.bytes, text.length);
    if (magic)
        return status_fail(STATUS_CORRUPT, "%s: is no plain text but %s; %s", path, magic->what,
                           remedies[magic->kind]);
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
