/* token_input.h: the token ids that a profile is of, from a file. */
#ifndef PROFILE_TOKEN_INPUT_H
#define PROFILE_TOKEN_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Ids of a .npy array of whole numbers, or of a text of them, separated by white space or commas;
 * in *ids, malloc'd. STATUS_CORRUPT with file and place: not numbers, not ids. */
status_t token_input_read(const char *path, int32_t **ids, int64_t *count);

/* Encodes a text of UTF-8 by the tokenizer of that name (task/tokenizer.h), whose files lie in
 * data_dir. Of a text longer than `most` bytes its beginning, up to the end of a line. */
status_t token_input_encode(const char *path, const char *tokenizer, const char *data_dir,
                            size_t most, int32_t **ids, int64_t *count);

/* The same by a tokenizer.json of Hugging Face (task/json_tokenizer.h), which is STATUS_CORRUPT
 * with its name where it is damaged or of a kind that is not known. */
status_t token_input_encode_by(const char *path, const char *tokenizer, size_t most, int32_t **ids,
                               int64_t *count);

#endif
