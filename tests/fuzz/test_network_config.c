/* A config.json of any bytes is refused, or describes a network in sensible numbers. */
#include "fuzz/target.h"

#include "checkpoint/checkpoint.h"

static const char empty[] = "\2\0\0\0\0\0\0\0{}"; /* a safetensors file without tensors */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    checkpoint_t c;
    fuzz_write("config.json", data, size);
    const char *path = fuzz_write("model.safetensors", empty, sizeof empty - 1);
    status_t status = checkpoint_open(path, NULL, &c);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    if (status != STATUS_OK) return 0;
    fuzz_accepted++;
    const model_options_t *o = &c.options;
    fuzz_check(o->width >= 1 && o->layers >= 1 && o->heads >= 1 && o->ffn >= 1, "sizes are given");
    fuzz_check(c.vocab >= 1 && c.positions >= 1, "so are tokens and positions");
    fuzz_check(c.layout != NULL && o->own != NULL, "it has a layout and options of its own");
    checkpoint_close(&c);
    return 0;
}
