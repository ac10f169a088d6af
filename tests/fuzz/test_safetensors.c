/* A safetensors file of any bytes is refused, or all its tensors can be read to their last number,
 * unless their type is none we know. */
#include "fuzz/target.h"

#include "tensors/safetensors.h"

static void read_all(const safetensors_t *file, const tensor_entry_t *tensor) {
    double *to = malloc((size_t)tensor->count * sizeof *to + 1);
    status_t status = safetensors_read_f64(file, tensor, 0, tensor->count, to);
    int is_readable = tensor->type && tensor->type->to_f64;
    fuzz_check(status == (is_readable ? STATUS_OK : STATUS_CORRUPT), "every number is there");
    fuzz_check(safetensors_list(file)->count &&
                   tensor_list_find(safetensors_list(file), tensor->name) == tensor,
               "it is found by its name");
    free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    safetensors_t *file;
    status_t status = safetensors_open(fuzz_write("fuzz.safetensors", data, size), &file);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    if (status != STATUS_OK) return 0;
    fuzz_accepted++;
    const tensor_list_t *list = safetensors_list(file);
    uint64_t bytes = 0;
    for (size_t i = 0; i < list->count; i++) {
        bytes += list->at[i].end - list->at[i].begin;
        fuzz_check(list->at[i].end <= size, "tensors end in the file");
        if (list->at[i].type) read_all(file, &list->at[i]);
    }
    fuzz_check(bytes < size, "they are no larger than it");
    safetensors_close(&file);
    return 0;
}
