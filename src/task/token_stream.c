#include "task/token_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

status_t token_stream_create(tokens_t *parts, int count, token_stream_t *stream) {
    int64_t end = 0;
    *stream = (token_stream_t){.parts = calloc((size_t)count + 1, sizeof *stream->parts),
                               .ends = calloc((size_t)count + 1, sizeof *stream->ends),
                               .count = count};
    if (!stream->parts || !stream->ends) {
        for (int i = 0; i < count; i++) tokens_destroy(&parts[i]);
        stream->count = 0;
        token_stream_destroy(stream);
        return status_fail(STATUS_ENVIRONMENT, "no memory for %d lists of tokens", count);
    }
    memcpy(stream->parts, parts, (size_t)count * sizeof *parts);
    for (int i = 0; i < count; i++) stream->ends[i] = end += parts[i].count;
    return STATUS_OK;
}

void token_stream_destroy(token_stream_t *stream) {
    for (int i = 0; i < stream->count; i++) tokens_destroy(&stream->parts[i]);
    free(stream->parts);
    free(stream->ends);
    *stream = (token_stream_t){0};
}

int64_t token_stream_length(const token_stream_t *stream) {
    return stream->count ? stream->ends[stream->count - 1] : 0;
}

token_span_t token_span_all(const token_stream_t *stream) {
    return (token_span_t){stream, 0, token_stream_length(stream)};
}

/* The part that token number `at` is in. */
static int part_of(const token_stream_t *stream, int64_t at) {
    int low = 0, high = stream->count - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (at < stream->ends[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ids[0..count) := tokens first .. first+count-1 of the span. */
static void copy(const token_span_t *span, int64_t first, int count, int32_t *ids) {
    const token_stream_t *stream = span->stream;
    int64_t at = span->first + first;
    for (int part = part_of(stream, at); count > 0; part++) {
        const tokens_t *tokens = &stream->parts[part];
        int64_t start = stream->ends[part] - tokens->count, left = stream->ends[part] - at;
        int here = left < count ? (int)left : count;
        tokens_copy(tokens, at - start, here, ids);
        at += here;
        ids += here;
        count -= here;
    }
}

/* -- samples ------------------------------------------------------------------------------- */

status_t token_samples_check(const token_samples_t *samples, const char *name) {
    const token_span_t *spans[2] = {&samples->training, &samples->held_out};
    for (int i = 0; i < 2; i++)
        CHECK(spans[i]->count > samples->seq_len, STATUS_CORRUPT,
              "%s: its %s part has %lld tokens; a sequence needs %d", name,
              i ? "held-out" : "training", (long long)spans[i]->count, samples->seq_len + 1);
    return STATUS_OK;
}

/* What the task checked when it opened its files may not hold any more. The trial is refused at its
 * end, but until then its model must not look up a row that it has not. */
static void bound(const token_samples_t *samples, int32_t *ids) {
    for (int t = 0; t < samples->seq_len; t++)
        ids[t] = (uint32_t)ids[t] < (uint32_t)samples->vocab ? ids[t] : 0;
}

/* Sample b: tokens first .. first+T-1 and, as targets, the ones after each. */
static void fill_sample(const token_samples_t *samples, const token_span_t *span, int64_t first,
                        batch_t *batch, int b) {
    int length = samples->seq_len;
    int32_t *tokens = batch->tokens + (size_t)b * (size_t)length;
    int32_t *targets = batch->targets + (size_t)b * (size_t)length;
    copy(span, first, length, tokens);
    copy(span, first + 1, length, targets);
    bound(samples, tokens);
    bound(samples, targets);
}

/* Uniform on 0 .. n-1. Beyond 32 bits the high half of a product of 128: no start is likelier than
 * another by more than n / 2^64. */
static int64_t draw(rng_t *rng, int64_t n) {
    if (n <= UINT32_MAX) return rng_below(rng, (uint32_t)n);
    uint64_t high = rng_bits(rng), bits = high << 32 | rng_bits(rng);
    return (int64_t)((unsigned __int128)bits * (uint64_t)n >> 64);
}

void token_samples_train(const token_samples_t *samples, int64_t step, batch_t *batch) {
    rng_t rng = rng_open(samples->seed, samples->replica, "data", (uint32_t)step);
    int64_t starts = samples->training.count - samples->seq_len;
    for (int b = 0; b < batch->size; b++)
        fill_sample(samples, &samples->training, draw(&rng, starts), batch, b);
}

int64_t token_samples_valid_count(const token_samples_t *samples) {
    return (samples->held_out.count - 1) / samples->seq_len;
}

void token_samples_valid(const token_samples_t *samples, int64_t first, batch_t *batch) {
    for (int b = 0; b < batch->size; b++)
        fill_sample(samples, &samples->held_out, (first + b) * samples->seq_len, batch, b);
}
