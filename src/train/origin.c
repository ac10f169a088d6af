#include "train/origin.h"

#include <unistd.h>

#include "base/build.h"
#include "kernel/gemm.h"
#include "task/data_file.h"

void origin_put_data(const task_t *task, const char *path, record_t *record) {
    char text[DATA_TEXT_MAX];
    task_describe_data(task, text, sizeof text);
    record_put_text(record, path, text);
}

void origin_record(const task_t *task, const char *blas_core, record_t *record) {
    char host[256] = "", blas[64];
    gethostname(host, sizeof host - 1);
    gemm_library(blas, sizeof blas);
    origin_put_data(task, "outcome/data", record);
    record_put_text(record, "outcome/host", host);
    record_put_text(record, "outcome/compiler", build_compiler());
    record_put_text(record, "outcome/blas", blas);
    record_put_text(record, "outcome/blas_core", blas_core);
}
