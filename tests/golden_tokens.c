/* golden_tokens.c: golden_tokens TOKENIZER.json TEXT: the ids of a text, a line each, for whoever
 * tokenizes it otherwise. */
#include <stdio.h>
#include <stdlib.h>

#include "profile/token_input.h"

int main(int count, char **words) {
    int32_t *ids;
    int64_t length;
    if (count != 3) return STATUS_SPEC;
    status_t status = token_input_encode_by(words[2], words[1], SIZE_MAX, &ids, &length);
    if (status != STATUS_OK) {
        fprintf(stderr, "%s\n", status_message());
        return status;
    }
    for (int64_t i = 0; i < length; i++) printf("%d\n", ids[i]);
    free(ids);
    return STATUS_OK;
}
