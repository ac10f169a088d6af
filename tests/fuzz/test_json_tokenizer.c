/* A tokenizer.json of any bytes is refused, or gives ids of its vocabulary for any text. */
#include "fuzz/target.h"

#include "task/json_tokenizer.h"

static const char text[] = "low lower  <s>abc12 \xc3\xa9\xf0\x9f\x98\x80 \xe2\x96\x81<|end|>\r\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_tokenizer_t *tokenizer = NULL;
    int32_t *ids = NULL;
    int64_t count = 0;
    status_t status = json_tokenizer_create((text_t){(const char *)data, size}, &tokenizer);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    fuzz_check((status == STATUS_OK) == (tokenizer != NULL), "what is refused leaves nothing");
    if (status != STATUS_OK) return 0;
    status = json_tokenizer_encode(tokenizer, (text_t){text, sizeof text - 1}, &ids, &count);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it encodes, or gives up");
    if (status == STATUS_OK) fuzz_accepted++;
    for (int64_t i = 0; status == STATUS_OK && i < count; i++)
        fuzz_check(ids[i] >= 0 && ids[i] < json_tokenizer_vocab(tokenizer), "ids are known ones");
    free(ids);
    json_tokenizer_destroy(&tokenizer);
    return 0;
}
