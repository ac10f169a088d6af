#include "task/tokenizer_byte.h"

const tokenizer_row_t tokenizer_byte = {
    .name = "byte",
    .doc = "every byte is a token",
    .vocab = 256,
    .vocab_min = 256,
    .version = 1,
};
