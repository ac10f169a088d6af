/* A file of llama2.c of any bytes is refused, or all its tensors lie in it, and the network can be
 * built and read. */
#include "fuzz/target.h"

#include "checkpoint/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    checkpoint_t c;
    model_t *block;
    status_t status = checkpoint_open(fuzz_write("fuzz.bin", data, size), NULL, &c);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    if (status != STATUS_OK) return 0;
    fuzz_accepted++;
    const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = 1, .vocab = c.vocab};
    const tensor_list_t *list = safetensors_list(c.tensors);
    for (size_t i = 0; i < list->count; i++)
        fuzz_check(list->at[i].end <= size, "tensors end in the file");
    status = model_create_part(MODEL_BLOCK, &c.options, &shape, 1, &block);
    fuzz_check(status == STATUS_OK || status == STATUS_SPEC, "it is built, or does not fit");
    if (status == STATUS_OK) {
        fuzz_check(checkpoint_load(&c, (int)c.options.layers - 1, block) == STATUS_OK,
                   "its last block is read");
        model_destroy(&block);
    }
    checkpoint_close(&c);
    return 0;
}
