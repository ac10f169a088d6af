#include "profile/convention.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define CONVENTION(...) {__VA_ARGS__},
const convention_t conventions[] = {
#include "profile/conventions.def"
    {0}};
#undef CONVENTION

const char *const *convention_names(void) {
    static const char *names[sizeof conventions / sizeof *conventions + 1];
    int count = 0;
    for (; conventions[count].name; count++) names[count] = conventions[count].name;
    names[count] = "all";
    return names;
}

static int length_to_compare; /* of qsort's sequences: it hands no context on */

static int by_tokens(const void *a, const void *b) {
    const int32_t *x = *(const int32_t *const *)a, *y = *(const int32_t *const *)b;
    for (int t = 0; t < length_to_compare; t++)
        if (x[t] != y[t]) return x[t] < y[t] ? -1 : 1;
    return 0;
}

/* Distinct beginnings of sequences: in their sorted order, each adds those it does not share with
 * the one before. */
void input_count_distinct(input_t *input) {
    int64_t distinct = 0;
    size_t count = (size_t)input->sequences;
    const int32_t **order = memory_take(count, sizeof *order, "sequences");
    for (size_t s = 0; s < count; s++) order[s] = input->tokens + s * (size_t)input->length;
    length_to_compare = input->length;
    qsort(order, count, sizeof *order, by_tokens);
    for (size_t s = 0; s < count; s++) {
        int shared = 0;
        while (s > 0 && shared < input->length && order[s][shared] == order[s - 1][shared])
            shared++;
        distinct += input->length - shared;
    }
    free(order);
    input->distinct = distinct;
}

int64_t convention_sequences(const convention_t *convention, int length, int width,
                             int64_t samples) {
    int64_t wanted = (int64_t)convention->per_feature * width;
    if (wanted < convention->least) wanted = convention->least;
    if (samples) wanted = samples;
    return convention->distinct && !samples ? convention->distinct : (wanted + length - 1) / length;
}

status_t convention_cut(const convention_t *convention, const int32_t *ids, int64_t count,
                        int length, int width, int64_t samples, input_t *input) {
    int64_t distinct = convention_sequences(convention, length, width, samples);
    int64_t there = count / length;
    CHECK(there > 0, STATUS_SPEC,
          "%lld tokens do not make one sequence of %d; give more text, or a smaller --length",
          (long long)count, length);
    if (distinct > there) distinct = there;
    *input = (input_t){.sequences = (int)distinct * convention->repeats, .length = length};
    size_t once = (size_t)distinct * (size_t)length;
    input->tokens = memory_take(once * (size_t)convention->repeats, sizeof *ids, "tokens");
    for (size_t r = 0; r < (size_t)convention->repeats; r++)
        memcpy(input->tokens + r * once, ids, once * sizeof *ids);
    input_count_distinct(input);
    return STATUS_OK;
}

void input_clear(input_t *input) {
    free(input->tokens);
    *input = (input_t){0};
}
