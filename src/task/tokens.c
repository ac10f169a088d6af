#include "task/tokens.h"

#include <stdlib.h>

int tokens_width(int vocab) { return vocab <= 1 << 8 ? 1 : vocab <= 1 << 16 ? 2 : 4; }

status_t tokens_create(int vocab, int64_t capacity, tokens_t *tokens) {
    size_t bytes = ((size_t)capacity + 1) * (size_t)tokens_width(vocab);
    void *buffer = malloc(bytes);
    CHECK(buffer, STATUS_ENVIRONMENT, "no memory for %lld tokens (%zu MB)", (long long)capacity,
          bytes >> 20);
    *tokens = (tokens_t){.ids = buffer, .width = tokens_width(vocab), .buffer = buffer};
    return STATUS_OK;
}

void tokens_destroy(tokens_t *tokens) {
    free(tokens->buffer);
    data_close(&tokens->file);
    *tokens = (tokens_t){0};
}

void tokens_append(tokens_t *tokens, int32_t id) {
    int64_t at = tokens->count++;
    if (tokens->width == 1)
        ((uint8_t *)tokens->buffer)[at] = (uint8_t)id;
    else if (tokens->width == 2)
        ((uint16_t *)tokens->buffer)[at] = (uint16_t)id;
    else
        ((int32_t *)tokens->buffer)[at] = id;
}

#define COPY(type)                                                                                 \
    do {                                                                                           \
        const type *from = (const type *)tokens->ids + first;                                      \
        for (int i = 0; i < count; i++) ids[i] = (int32_t)from[i];                                 \
    } while (0)

void tokens_copy(const tokens_t *tokens, int64_t first, int count, int32_t *ids) {
    switch (tokens->width) {
    case 1:
        COPY(uint8_t);
        break;
    case 2:
        COPY(uint16_t);
        break;
    case 4:
        COPY(int32_t);
        break;
    default:
        COPY(int64_t);
        break;
    }
}
