#include "task/cifar10.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/text.h"
#include "task/data_file.h"
#include "task/epochs.h"
#include "task/image.h"

enum { CLASSES = 10, RECORD_BYTES = 1 + PICTURE_BYTES, FILES_MAX = 5 };

struct options {
    int64_t image, patch;
    bool crop, flip;
};

#define OPTIONS struct options
static const field_t fields[] = {
    INT_FIELD("task.image", image, .min = 32, .max = 512, .fallback = "32",
              .doc = "pixels per side after bilinear resizing; 32 is native",
              .needs = "task.name=cifar10"),
    INT_FIELD("task.patch", patch, .min = 1, .max = 512, .fallback = "4",
              .doc = "pixels per side of a patch; 4 for 32 pixels, 16 for 224",
              .needs = "task.name=cifar10"),
    BOOL_FIELD("task.crop", crop, .fallback = "true",
               .doc = "train on random cuts of the image padded by 4 pixels",
               .needs = "task.name=cifar10"),
    BOOL_FIELD("task.flip", flip, .fallback = "true",
               .doc = "train on images mirrored half of the time", .needs = "task.name=cifar10"),
};
static const field_set_t field_set = FIELD_SET("cifar10", fields, .is_shared = true);

/* What is known of the files. */
typedef struct official {
    const char *name;
    int records;
    uint64_t hash; /* text_hash of all bytes; 0 = not known */
} official_t;

static const official_t training_files[FILES_MAX] = {
    {"data_batch_1.bin", 10000, 0x6232aab072393c97},
    {"data_batch_2.bin", 10000, 0xb3621256a40583a6},
    {"data_batch_3.bin", 10000, 0},
    {"data_batch_4.bin", 10000, 0},
    {"data_batch_5.bin", 10000, 0},
};
static const official_t held_out_files[] = {
    {"test_batch.bin", 10000, 0},
    {"test_batch.first1017.bin", 1017, 0x0e28bf4d5d3e0d32},
    {NULL, 0, 0},
};

typedef struct part {
    data_file_t file; /* owned  */
    const char *name; /* static */
    int records;
} part_t;

typedef struct cifar {
    const task_row_t *row;
    uint64_t seed;
    uint32_t replica;
    struct options options;
    part_t training[FILES_MAX], held_out;
    int training_count;
    epochs_t epochs;
    resizer_t resizer;
} cifar_t;

static status_t cifar_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    struct options options;
    config_read(config, &task_fields, &common);
    config_read(config, &field_set, &options);
    int image = (int)options.image, patch = (int)options.patch;
    CHECK(image % patch == 0, STATUS_SPEC,
          "task.patch: %d does not divide task.image %d; 4 goes with 32, 16 with 224", patch,
          image);
    CHECK(common.seq_len == 0 && common.vocab == 0, STATUS_SPEC,
          "task.seq_len and task.vocab mean nothing to cifar10; leave them 0");
    *shape = (task_shape_t){
        .kind = TASK_IMAGES, .vocab = CLASSES, .image = image, .patch = patch, .loss_last = 1};
    return STATUS_OK;
}

/* -- files --------------------------------------------------------------------------------- */

static const unsigned char *record(const part_t *part, int number) {
    return (const unsigned char *)part->file.bytes + (size_t)number * RECORD_BYTES;
}

static status_t open_part(const char *path, const official_t *known, part_t *part) {
    TRY(data_open(path, &part->file));
    size_t size = part->file.size, wanted = (size_t)known->records * RECORD_BYTES;
    CHECK(size == wanted, STATUS_CORRUPT,
          "%s: is truncated or foreign: expected %zu bytes (%d records of %d), found %zu", path,
          wanted, known->records, RECORD_BYTES, size);
    part->records = known->records;
    part->name = known->name;
    for (int i = 0; i < part->records; i++) {
        CHECK(record(part, i)[0] < CLASSES, STATUS_CORRUPT,
              "%s: is no CIFAR-10 file: record %d has label %d; expected 0 .. %d", path, i,
              record(part, i)[0], CLASSES - 1);
    }
    uint64_t hash = known->hash ? text_hash(part->file.bytes, size) : 0;
    CHECK(hash == known->hash, STATUS_CORRUPT,
          "%s: is damaged or foreign: expected checksum %016llx, found %016llx", path,
          (unsigned long long)known->hash, (unsigned long long)hash);
    return data_fingerprint(&part->file);
}

/* Opens data_dir/cifar-10-batches-bin/NAME when it is there; else leaves the part empty. */
static status_t open_if_there(const char *data_dir, const official_t *known, part_t *part) {
    char name[128], path[DATA_PATH_MAX];
    snprintf(name, sizeof name, "cifar-10-batches-bin/%s", known->name);
    TRY(data_path(data_dir, name, path));
    return data_exists(path) ? open_part(path, known, part) : STATUS_OK;
}

static status_t open_held_out(cifar_t *cifar, const char *data_dir) {
    for (const official_t *known = held_out_files; known->name; known++) {
        TRY(open_if_there(data_dir, known, &cifar->held_out));
        if (cifar->held_out.records == 0) continue;
        if (known != held_out_files) {
            data_note("cifar10: no %s; validating on %s, %d images", held_out_files[0].name,
                      known->name, known->records);
        }
        return STATUS_OK;
    }
    CHECK(cifar->training_count >= 2, STATUS_CORRUPT,
          "%s/cifar-10-batches-bin: holds neither %s nor a second training file to validate on",
          data_dir, held_out_files[0].name);
    cifar->held_out = cifar->training[--cifar->training_count];
    cifar->training[cifar->training_count] = (part_t){0};
    data_note("cifar10: no %s; validating on the last training file", held_out_files[0].name);
    return STATUS_OK;
}

static status_t open_files(cifar_t *cifar, const char *data_dir) {
    for (int i = 0; i < FILES_MAX; i++) {
        part_t *part = &cifar->training[cifar->training_count];
        TRY(open_if_there(data_dir, &training_files[i], part));
        cifar->training_count += part->records > 0;
    }
    CHECK(cifar->training_count > 0, STATUS_CORRUPT,
          "%s/cifar-10-batches-bin: holds none of %s .. %s; unpack cifar-10-binary.tar.gz there",
          data_dir, training_files[0].name, training_files[FILES_MAX - 1].name);
    if (cifar->training_count < FILES_MAX)
        data_note("cifar10: %d of the %d training files are there", cifar->training_count,
                  FILES_MAX);
    return open_held_out(cifar, data_dir);
}

/* -- task ---------------------------------------------------------------------------------- */

static void cifar_destroy(task_t *task) {
    cifar_t *cifar = (cifar_t *)task;
    for (int i = 0; i < FILES_MAX; i++) data_close(&cifar->training[i].file);
    data_close(&cifar->held_out.file);
    epochs_destroy(&cifar->epochs);
    resizer_destroy(&cifar->resizer);
    free(cifar);
}

static status_t cifar_create(const trial_t *trial, const char *data_dir, task_t **task) {
    status_t status = STATUS_OK;
    task_shape_t shape;
    TRY(cifar_shape(trial->config, &shape));
    cifar_t *cifar = calloc(1, sizeof *cifar);
    CHECK(cifar, STATUS_ENVIRONMENT, "no memory for cifar10");
    cifar->row = &task_cifar10;
    cifar->seed = trial->seed;
    cifar->replica = trial->replica;
    config_read(trial->config, &field_set, &cifar->options);
    TRY_OR_DONE(open_files(cifar, data_dir));
    int images = 0;
    for (int i = 0; i < cifar->training_count; i++) images += cifar->training[i].records;
    TRY_OR_DONE(epochs_create(trial->seed, trial->replica, images, &cifar->epochs));
    TRY_OR_DONE(resizer_create(shape.image, &cifar->resizer));
    *task = (task_t *)cifar;
done:
    if (status != STATUS_OK) cifar_destroy((task_t *)cifar);
    return status;
}

static void fill_sample(const cifar_t *cifar, const unsigned char *data, view_t view,
                        batch_t *batch, int b) {
    size_t side = (size_t)cifar->resizer.side;
    batch->targets[b] = data[0];
    picture_decode(&cifar->resizer, data + 1, view,
                   batch->images + (size_t)b * PICTURE_CHANNELS * side * side);
}

/* The same numbers are drawn whether they are used or not, so that cut and mirror are independent
 * options. */
static view_t random_view(const struct options *options, rng_t *rng) {
    int down = (int)rng_below(rng, 2 * PICTURE_PAD + 1);
    int right = (int)rng_below(rng, 2 * PICTURE_PAD + 1);
    int is_mirrored = (int)rng_below(rng, 2);
    return (view_t){.down = options->crop ? down : PICTURE_PAD,
                    .right = options->crop ? right : PICTURE_PAD,
                    .is_mirrored = options->flip && is_mirrored};
}

static const unsigned char *training_record(const cifar_t *cifar, int number) {
    const part_t *part = cifar->training;
    for (; number >= part->records; part++) number -= part->records;
    return record(part, number);
}

static void cifar_train(task_t *task, int64_t step, batch_t *batch) {
    cifar_t *cifar = (cifar_t *)task;
    rng_t rng = rng_open(cifar->seed, cifar->replica, "augmentation", (uint32_t)step);
    for (int b = 0; b < batch->size; b++) {
        int number = epochs_sample(&cifar->epochs, step * batch->size + b);
        view_t view = random_view(&cifar->options, &rng);
        fill_sample(cifar, training_record(cifar, number), view, batch, b);
    }
}

static void cifar_describe_data(const task_t *task, char *text, size_t size) {
    const cifar_t *cifar = (const cifar_t *)task;
    for (int i = 0; i < cifar->training_count; i++)
        data_describe(cifar->training[i].name, &cifar->training[i].file, text, size);
    data_describe(cifar->held_out.name, &cifar->held_out.file, text, size);
}

static status_t cifar_check_data(const task_t *task) {
    const cifar_t *cifar = (const cifar_t *)task;
    for (int i = 0; i < cifar->training_count; i++) TRY(data_check(&cifar->training[i].file));
    return data_check(&cifar->held_out.file);
}

static int64_t cifar_valid_count(task_t *task) { return ((const cifar_t *)task)->held_out.records; }

static void cifar_valid(task_t *task, int64_t first, batch_t *batch) {
    const cifar_t *cifar = (const cifar_t *)task;
    const view_t whole = {.down = PICTURE_PAD, .right = PICTURE_PAD};
    for (int b = 0; b < batch->size; b++)
        fill_sample(cifar, record(&cifar->held_out, (int)first + b), whole, batch, b);
}

const task_row_t task_cifar10 = {
    .name = "cifar10",
    .doc = "classify 32x32 images into 10 classes",
    .options = &field_set,
    .reads_files = true,
    .shape = cifar_shape,
    .create = cifar_create,
    .destroy = cifar_destroy,
    .train = cifar_train,
    .describe_data = cifar_describe_data,
    .check_data = cifar_check_data,
    .valid_count = cifar_valid_count,
    .valid = cifar_valid,
};
