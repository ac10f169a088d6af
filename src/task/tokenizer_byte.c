/* Every byte is a token, 256 ids. Any file will do; nothing is unknown. */
#include "task/tokenizer.h"

const tokenizer_row_t tokenizer_byte = {
    .name = "byte",
    .doc = "every byte is a token",
    .vocab = 256,
    .vocab_min = 256,
    .version = 1,
};
