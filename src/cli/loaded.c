#include "cli/loaded.h"

#include "base/log.h"
#include "rundir/turns.h"
#include "store/store.h"

/* What a search looked for, as two columns: the recipes know of a sweep what its trials say. */
static void add_search(const search_t *search, frame_t *trials) {
    double *below = frame_numbers(trials, "search.below");
    for (size_t row = 0; row < trials->rows; row++) {
        frame_set_text(trials, "search.key", row, search->key);
        below[row] = search->below;
    }
}

status_t loaded_trials(const char *run_dir, const saved_t *saved, frame_t *trials) {
    status_t status = store_load(run_dir, saved->plan, trials);
    const search_t *search = spec_search(saved->spec);
    if (status == STATUS_OK && search) add_search(search, trials);
    if (status == STATUS_OK) status = turns_weigh(run_dir, saved->plan, trials);
    if (status != STATUS_INCOMPLETE) return status;
    log_warning("%s; what has ended is not weighted", status_message());
    return STATUS_OK;
}
