/* RUN/progress.json, RUN/stopped and RUN/lock of any bytes are read or taken as not there. */
#define FUZZ_RUNS 1000 /* each reads 16 MiB */
#include "fuzz/target.h"

#include "base/process.h"
#include "rundir/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    live_t live;
    process_t process;
    char *text = calloc(size + 1, 1);
    if (!text) abort();
    if (size) memcpy(text, data, size);
    process_scan(text, &process);
    free(text);
    fuzz_write("progress.json", data, size);
    if (live_read(fuzz_folder(), &live) == STATUS_OK) {
        fuzz_accepted++;
        for (size_t i = 0; i < live.running_count; i++)
            fuzz_check(strlen(live.running[i].id) <= TRIAL_ID_LENGTH, "an id has its length");
    }
    live_clear(&live);
    return 0;
}
