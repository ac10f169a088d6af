/* A line of metrics.jsonl of any bytes is refused, or says numbers of names that may be, at a step
 * that there is. */
#include "fuzz/target.h"

#include "external/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static line_t line;
    status_t status = line_parse((const char *)data, size, &line);
    fuzz_check(status == STATUS_OK || status == STATUS_FAILED, "it is read or refused");
    if (status != STATUS_OK) return 0;
    fuzz_accepted++;
    fuzz_check(line.step >= -1 && line.attempt >= -1, "steps and attempts count from 0");
    fuzz_check(line.count <= LINE_VALUES_MAX, "there are no more values than fit");
    for (size_t i = 0; i < line.count; i++) {
        const line_value_t *value = &line.values[i];
        fuzz_check(*value->name && memchr(value->name, 0, sizeof value->name), "names end");
        fuzz_check(value->is_summary || line.step >= 0, "a number of a step has one");
    }
    return 0;
}
