/* A seal of any bytes is that of a whole file, or refused; what seal_put writes is that of one. */
#include "fuzz/target.h"

#include "store/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    seal_t seal, again;
    bytes_t file = {malloc(size + !size), size};
    if (!file.at) abort();
    if (size) memcpy(file.at, data, size);
    status_t status = seal_check(&file, "trial", &seal);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is whole or damaged");
    fuzz_check(!size || memcmp(file.at, data, size) == 0, "a check leaves the bytes as they are");
    if (size >= SEAL_SIZE && seal_parse(data, &seal) == STATUS_OK) {
        seal_put(&file, seal.kind, seal.name, seal.state);
        fuzz_check(seal_check(&file, seal.kind, &again) == STATUS_OK, "what is sealed is whole");
        fuzz_check(!strcmp(seal.name, again.name) && !strcmp(seal.state, again.state),
                   "a seal reads back");
        fuzz_accepted++;
    }
    bytes_free(&file);
    return 0;
}
