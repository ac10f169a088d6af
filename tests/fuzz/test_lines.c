/* A line of a trial's file, of any bytes: refused, or one item under a path of its own. */
#include "fuzz/target.h"

#include "store/lines.h"

static void check(int is_taken, const record_t *about, const char *mark) {
    fuzz_check(about->count == (size_t)is_taken, "a line is refused, or gives one item");
    if (!is_taken) return;
    const record_item_t *item = &about->items[0];
    fuzz_check(strstr(item->path, mark) && strlen(item->path) + 1 < RECORD_PATH_MAX,
               "its path is whole");
    fuzz_check(item->rank == 0 && (item->type == RECORD_TEXT || item->type == RECORD_F64),
               "it is a text or a number");
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    record_t labels = {0}, defaults = {0};
    char *line = malloc(size + 1);
    if (!line) abort();
    if (size) memcpy(line, data, size);
    line[size] = '\0';
    check(labels_take(line, &labels), &labels, "@unit");
    check(defaults_take(line, &defaults), &defaults, "config@");
    record_clear(&labels);
    record_clear(&defaults);
    free(line);
    return 0;
}
