/* A CIFAR-10 file of its exact size with any bytes in it, or of any other size, is refused or gives
 * labels 0 .. 9. The input's first two bytes say where in the file its other bytes lie, the third
 * how much longer or shorter the file is. */
#define FUZZ_RUNS 200 /* each of them 10 000 records */
#include "fuzz/target.h"

#include "plan/plan.h"
#include "task/task.h"

enum { RECORD = 3073, FILE_BYTES = 10000 * RECORD, HEAD = 3, BATCH = 64 };

static plan_t *plan;
static char data[64]; /* the file of this input, below the folder */

/* A file of zeros is one of pictures of class 0. */
static void write_zeros(const char *name, const uint8_t *bytes, size_t size, off_t at, off_t all) {
    const char *path = fuzz_write(name, "", 0);
    FILE *file = fopen(path, "r+b");
    if (!file || ftruncate(fileno(file), all) || fseek(file, at, SEEK_SET) ||
        fwrite(bytes, 1, size, file) != size || fclose(file))
        abort();
}

/* A process refuses a file that changes: every input is in a folder of another name. */
static void next_folder(void) {
    static unsigned number;
    char before[128], path[128];
    snprintf(before, sizeof before, "%s/%u", fuzz_folder(), number);
    snprintf(path, sizeof path, "%s/%u", fuzz_folder(), ++number);
    if (rename(before, path) != 0) abort();
    snprintf(data, sizeof data, "%u/cifar-10-batches-bin/data_batch_3.bin", number);
    setenv("KOOPSWEEP_DATA", path, 1);
}

static const trial_t *open_plan(void) {
    char folder[128];
    static const char text[] = "name: fuzz\ntask.name: cifar10\n";
    spec_t *spec;
    static const field_set_t *sets[] = {&task_fields, NULL, NULL};
    sets[1] = task_find("cifar10")->options;
    if (spec_parse("fuzz.yaml", text, strlen(text), sets, &spec) != STATUS_OK ||
        plan_create(spec, &plan) != STATUS_OK)
        abort();
    snprintf(folder, sizeof folder, "%s/0", fuzz_folder());
    if (mkdir(folder, 0777) != 0) abort();
    strcat(folder, "/cifar-10-batches-bin");
    if (mkdir(folder, 0777) != 0) abort();
    write_zeros("0/cifar-10-batches-bin/test_batch.bin", (const uint8_t *)"", 0, 0, FILE_BYTES);
    return plan_trial(plan, 0);
}

static void check_labels(task_t *task, const trial_t *trial) {
    const task_row_t *row;
    task_shape_t shape;
    batch_t batch;
    if (task_describe(trial->config, &row, &shape) || batch_create(&shape, BATCH, &batch)) abort();
    task_row(task)->train(task, 0, &batch);
    for (int b = 0; b < BATCH; b++)
        fuzz_check(batch.targets[b] >= 0 && batch.targets[b] < 10, "labels are 0 .. 9");
    batch_destroy(&batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    if (size < HEAD) return 0;
    const trial_t *trial = plan ? plan_trial(plan, 0) : open_plan();
    task_t *task = NULL;
    off_t at = (off_t)(input[0] * 256 + input[1]) * RECORD;
    next_folder();
    write_zeros(data, input + HEAD, size - HEAD, at, FILE_BYTES + (int8_t)input[2]);
    status_t status = task_open(trial, &task);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is whole or refused");
    if (status == STATUS_OK) check_labels(task, trial);
    fuzz_accepted += status == STATUS_OK;
    task_close(&task);
    return 0;
}
