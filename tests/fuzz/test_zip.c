/* A zip archive of any bytes is refused, or each member is read whole or refused; states that lie
 * in one are matrices of as many numbers as they say. */
#include "fuzz/target.h"

#include "profile/source.h"
#include "tensors/npz.h"

static void read_member(const npz_t *npz, const char *name) {
    bytes_t whole = {0}, part = {0};
    if (npz_size(npz, name) < 0) return;
    status_t status = npz_read(npz, name, SIZE_MAX, &whole);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    fuzz_check(status != STATUS_OK || (int64_t)whole.size == npz_size(npz, name), "it is whole");
    if (npz_read(npz, name, 3, &part) == STATUS_OK && status == STATUS_OK)
        fuzz_check(memcmp(part.at, whole.at, part.size) == 0, "it begins as it begins");
    bytes_free(&whole);
    bytes_free(&part);
}

static void read_states(const char *path) {
    source_t source;
    const flt *x, *y;
    status_t status = source_of_file(path, &source);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "states are read or refused");
    if (status != STATUS_OK) return;
    fuzz_accepted++;
    status = source.next(source.context, 0, &x, &y);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "a transition is, too");
    source_close(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    npz_t *npz;
    const char *path = fuzz_write("fuzz.npz", data, size);
    if (!npz_is_one(path)) return 0;
    status_t status = npz_open(path, &npz);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is opened or refused");
    if (status != STATUS_OK) return 0;
    read_member(npz, "h.0.npy");
    read_member(npz, "h.1.npy");
    npz_close(&npz);
    read_states(path);
    return 0;
}
