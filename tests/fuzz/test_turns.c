/* RUN/order, RUN/screening.NAME and RUN/deaths of any bytes: a score is known of as many trials as
 * are counted, and an order has every trial once. A file is what stands before the first NUL byte,
 * the next one what stands before the second. */
#include "fuzz/plan.h"

#include "rundir/run_dir.h"
#include "rundir/turns.h"

enum { TRIALS = 4 };

/* The bytes up to the first NUL go into the file; returns what is left of them. */
static size_t write_part(const char *name, const uint8_t **data, size_t size) {
    const uint8_t *end = size ? memchr(*data, 0, size) : NULL;
    size_t length = end ? (size_t)(end - *data) : size;
    fuzz_write(name, *data, length);
    *data += length + (end != NULL);
    return size - length - (end != NULL);
}

static void check_scores(const plan_t *plan) {
    double score[TRIALS] = {0};
    unsigned char is_known[TRIALS] = {0};
    size_t known = turns_read_scores(fuzz_folder(), "score", plan, score, is_known), marks = 0;
    for (size_t i = 0; i < TRIALS; i++) marks += is_known[i];
    fuzz_check(known == marks && known <= TRIALS, "as many are known as are marked");
    fuzz_accepted += known > 0;
}

static void check_order(const plan_t *plan) {
    order_t order = {0};
    int turns[TRIALS] = {0};
    status_t status = turns_load(fuzz_folder(), plan, &order);
    fuzz_check(status == STATUS_OK || status == STATUS_INCOMPLETE, "there is an order, or not yet");
    fuzz_check(order.count == 0 || order.count == TRIALS, "an order is of all trials");
    for (size_t turn = 0; turn < order.count; turn++) turns[order.trial[turn]]++;
    for (size_t i = 0; i < order.count; i++) fuzz_check(turns[i] == 1, "each has one turn");
    order_destroy(&order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned deaths[TRIALS] = {0};
    const plan_t *plan = fuzz_plan();
    size = write_part("order", &data, size);
    size = write_part("screening.score", &data, size);
    write_part("deaths", &data, size);
    check_scores(plan);
    check_order(plan);
    run_dir_count_deaths(fuzz_folder(), plan, deaths);
    return 0;
}
