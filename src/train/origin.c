#include "train/origin.h"

#include <unistd.h>

#include "base/build.h"
#include "base/text.h"
#include "kernel/gemm.h"
#include "kernel/host/isa.h"
#include "task/data_file.h"

void origin_put_data(const task_t *task, const char *path, record_t *record) {
    char text[DATA_TEXT_MAX];
    task_describe_data(task, text, sizeof text);
    record_put_text(record, path, text);
}

/* "OpenBLAS 0.3.21", and where another library multiplies what is trained: "...; bf16: oneDNN
 * 2.6.3", "...; cuda: cuBLAS 13.0.0". */
static void describe_blas(const precision_t *precision, const backend_t *backend, char *text,
                          size_t size) {
    void (*describe)(char *, size_t) = backend->library ? backend->library : precision->library;
    char library[64];
    gemm_library(text, size);
    if (!describe) return;
    describe(library, sizeof library);
    text_append(text, size, "; %s: %s", backend->library ? backend->name : precision->name,
                library);
}

void origin_record(const task_t *task, const char *blas_core, const precision_t *precision,
                   const backend_t *backend, record_t *record) {
    char host[256] = "", blas[160];
    gethostname(host, sizeof host - 1);
    describe_blas(precision, backend, blas, sizeof blas);
    origin_put_data(task, "outcome/data", record);
    record_put_text(record, "outcome/host", host);
    record_put_text(record, "outcome/compiler", build_compiler());
    record_put_text(record, "outcome/isa", isa_name());
    record_put_text(record, "outcome/blas", blas);
    record_put_text(record, "outcome/blas_core", blas_core);
}
