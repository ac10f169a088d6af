/* origin.h: what a result came from: the data, and the program and machine that computed it. */
#ifndef TRAIN_ORIGIN_H
#define TRAIN_ORIGIN_H

#include "base/record.h"
#include "kernel/precision.h"
#include "task/task.h"

/* Puts a text that identifies the task's data in, "" for data that are made. */
void origin_put_data(const task_t *task, const char *path, record_t *record);

/* Puts outcome/data, host, compiler, isa, blas and blas_core in. The products: of `precision`, on
 * `backend`. */
void origin_record(const task_t *task, const char *blas_core, const precision_t *precision,
                   const backend_t *backend, record_t *record);

#endif
