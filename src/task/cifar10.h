/* cifar10.h: CIFAR-10 images (Krizhevsky 2009), the binary version.
 *
 * Reads data_dir/cifar-10-batches-bin: records of one label byte 0 .. 9 and 3072 bytes (red, green,
 * blue planes, row-major 32x32). Training: those of data_batch_1.bin .. data_batch_5.bin that are
 * there. Held out: test_batch.bin; without it the prefix test_batch.first1017.bin; without that the
 * last training file, which is then not trained on. Files are mapped and pictures decoded when
 * asked for (image.h): cut and mirrored at random when training, resized, standardised.
 *
 * Every file has its exact size, only labels 0 .. 9, and, where known, its checksum; if not:
 * STATUS_CORRUPT. Training reads the images in shuffled passes (epochs.h). */
#ifndef TASK_CIFAR10_H
#define TASK_CIFAR10_H

#include "task/task.h"

extern const task_row_t task_cifar10;

#endif
