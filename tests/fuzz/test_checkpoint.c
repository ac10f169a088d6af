/* A checkpoint whose seal holds, but which goes on with any bytes, is read or passed over. */
#include "fuzz/target.h"

#include "store/seal.h"
#include "train/checkpoint.h"

static const char id[] = "0123456789ab";

/* A checkpoint of this build without anything in it, to which items are added. */
static bytes_t empty_checkpoint(void) {
    bytes_t file = {0};
    const char *path = fuzz_write("0123456789ab.0", "", 0);
    if (checkpoint_write(fuzz_folder(), id, 12, &(record_t){0}) || disk_read(path, &file)) abort();
    return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t step;
    record_t state = {0};
    static bytes_t empty;
    if (!empty.at) empty = empty_checkpoint();
    bytes_t file = {malloc(empty.size + size), empty.size + size};
    if (!file.at) abort();
    memcpy(file.at, empty.at, empty.size);
    if (size) memcpy(file.at + empty.size, data, size);
    seal_put(&file, "checkpoint", id, "12");
    fuzz_write("0123456789ab.0", file.at, file.size);
    checkpoint_read(fuzz_folder(), id, &step, &state);
    fuzz_check(step == 0 || step == 12, "a checkpoint is of the step it says, or none");
    fuzz_check(step || !state.count, "what was passed over leaves nothing");
    fuzz_accepted += step == 12;
    record_clear(&state);
    bytes_free(&file);
    return 0;
}
