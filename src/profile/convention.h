/* convention.h: named ways to choose the samples and the modes of a profile. */
#ifndef PROFILE_CONVENTION_H
#define PROFILE_CONVENTION_H

#include <stdint.h>

#include "base/status.h"

typedef struct convention {
    const char *name, *doc;
    int distinct;    /* sequences; 0: as many as per_feature asks for    */
    int per_feature; /* tokens for each feature of the residual stream,  */
    int least;       /* at least so many                                 */
    int repeats;     /* of every sequence                                */
    int rank;        /* modes of a random projection; 0 = all            */
} convention_t;

extern const convention_t conventions[];   /* NULL-name-terminated */
const char *const *convention_names(void); /* NULL-terminated, after them "all" */

/* Token ids as they go into a network. */
typedef struct input {
    int32_t *tokens; /* owned [sequences, length] */
    int sequences, length;
    int64_t distinct; /* positions whose history occurs once: columns of X that differ, where a
                         state is a function of the tokens before it */
} input_t;            /* {0} is an empty one */

/* Distinct sequences of `length` that the convention has for a stream `width` wide; `samples`,
 * where it is not 0, tokens in place of what the width asks for. */
int64_t convention_sequences(const convention_t *convention, int length, int width,
                             int64_t samples);

/* Cuts consecutive sequences of `length` out of ids[0..count), as the convention has them for a
 * stream `width` wide; `samples`, where it is not 0, in place of what the width asks for. As many
 * as there are where the ids are too few. STATUS_SPEC: not even one. */
status_t convention_cut(const convention_t *convention, const int32_t *ids, int64_t count,
                        int length, int width, int64_t samples, input_t *input);

/* Fills in `distinct` of tokens that came otherwise. */
void input_count_distinct(input_t *input);
void input_clear(input_t *input);

#endif
