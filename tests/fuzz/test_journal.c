/* A journal of any bytes: each entry that is told is about the trial that was asked for, or the
 * sweep, and its texts end. */
#include "fuzz/target.h"

#include "rundir/journal.h"

static void visit(void *context, const journal_entry_t *entry) {
    const char *id = context;
    fuzz_check(!strcmp(entry->id, id) || !strcmp(entry->id, JOURNAL_SWEEP),
               "an entry is about what was asked for");
    fuzz_check(!strchr(entry->text, '\n'), "its text is one line");
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_write("journal", data, size);
    journal_read(fuzz_folder(), "1f0e9d8c7b6a", visit, "1f0e9d8c7b6a");
    return 0;
}
