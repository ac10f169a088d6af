#include "store/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/text.h"

enum { DIGITS = 16 };
static const char zeros[DIGITS + 1] = "0000000000000000";

/* Writes the text with zeros for the checksum; returns where its digits stand. */
static char *layout(char head[SEAL_SIZE], const seal_t *seal) {
    memset(head, ' ', SEAL_SIZE);
    int n = snprintf(head, SEAL_SIZE,
                     "koopsweep %s, format %d\nname %s\nstate %s\nbytes %zu\nchecksum %s\n",
                     seal->kind, seal->format, seal->name, seal->state, seal->size, zeros);
    head[n] = ' '; /* where snprintf put its terminator */
    head[SEAL_SIZE - 1] = '\n';
    return head + n - 1 - DIGITS;
}

static void put(bytes_t *file, const seal_t *seal) {
    char digits[DIGITS + 1];
    char *at = layout((char *)file->at, seal);
    uint64_t sum =
        seal->format == 1 ? text_hash(file->at, file->size) : checksum_of(file->at, file->size);
    snprintf(digits, sizeof digits, "%016" PRIx64, sum);
    memcpy(at, digits, DIGITS);
}

void seal_put(bytes_t *file, const char *kind, const char *name, const char *state) {
    seal_t seal = {.format = SEAL_FORMAT, .size = file->size};
    snprintf(seal.kind, sizeof seal.kind, "%s", kind);
    snprintf(seal.name, sizeof seal.name, "%s", name);
    snprintf(seal.state, sizeof seal.state, "%s", state);
    put(file, &seal);
}

status_t seal_parse(const void *head, seal_t *seal) {
    char text[SEAL_SIZE + 1] = {0};
    memcpy(text, head, SEAL_SIZE);
    *seal = (seal_t){0};
    CHECK(sscanf(text, "koopsweep %15[a-z], format %d", seal->kind, &seal->format) == 2,
          STATUS_CORRUPT, "it does not begin with a koopsweep seal");
    CHECK(seal->format >= SEAL_OLDEST && seal->format <= SEAL_FORMAT, STATUS_CORRUPT,
          "it has format %d; this koopsweep reads formats %d to %d", seal->format, SEAL_OLDEST,
          SEAL_FORMAT);
    int found =
        sscanf(text, "%*[^\n]\nname %63[!-~]\nstate %23[!-~]\nbytes %zu\nchecksum %16" SCNx64,
               seal->name, seal->state, &seal->size, &seal->checksum);
    CHECK(found == 4, STATUS_CORRUPT, "its seal is damaged");
    return STATUS_OK;
}

status_t seal_check(bytes_t *file, const char *kind, seal_t *seal) {
    CHECK(file->size >= SEAL_SIZE, STATUS_CORRUPT, "it has only %zu bytes", file->size);
    TRY(seal_parse(file->at, seal));
    CHECK(seal->size == file->size, STATUS_CORRUPT, "it has %zu bytes where %zu were written",
          file->size, seal->size);
    CHECK(strcmp(seal->kind, kind) == 0, STATUS_CORRUPT, "it is of kind %s, not %s", seal->kind,
          kind);
    char head[SEAL_SIZE]; /* as it is; compared with what it must have been */
    memcpy(head, file->at, SEAL_SIZE);
    put(file, seal);
    int is_same = memcmp(head, file->at, SEAL_SIZE) == 0;
    memcpy(file->at, head, SEAL_SIZE);
    CHECK(is_same, STATUS_CORRUPT, "its bytes do not match its checksum");
    return STATUS_OK;
}
