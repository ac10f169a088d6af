#include "kernel/backend.h"

#include <string.h>

#include "kernel/device/shares.h"

/* --- the host as a backend -----------------------------------------------------------------------
 */

static status_t open_host(const backend_options_t *options) {
    (void)options;
    return STATUS_OK;
}

static void copy(void *to, const void *from, size_t bytes) { memmove(to, from, bytes); }
static void zero(void *to, size_t bytes) { memset(to, 0, bytes); }

#define VECTOR(id, name) kernel_t id##_vector_host_values;
#include "kernel/vectors.def"
#undef VECTOR

static kernel_t *const vector_kernels[] = {
#define VECTOR(id, name) id##_vector_host_values,
#include "kernel/vectors.def"
#undef VECTOR
};

const backend_t backend_host = {
    .name = "host",
    .doc = "this machine's processor",
    .open = open_host,
    .reserve = arena_create,
    .release = arena_destroy,
    .copy_in = copy,
    .copy_out = copy,
    .copy = copy,
    .zero = zero,
    .vectors = vector_kernels,
};

/* --- all backends --------------------------------------------------------------------------------
 */

extern const backend_t backend_emulated;

/* In a program made with CUDA=1 only. */
extern const backend_t backend_cuda __attribute__((weak));

const backend_t *const *backend_rows(void) {
    static const backend_t *rows[] = {&backend_host, &backend_emulated, NULL, NULL};
    if (&backend_cuda) rows[2] = &backend_cuda;
    return rows;
}

/* Also those this program lacks: a sweep file may ask for them, and learns how to get them. */
const char *const *backend_names(void) {
    static const char *const names[] = {"host", "cuda", "emulated", NULL};
    return names;
}

const char *backend_missing(void) {
    return &backend_cuda ? NULL
                         : "this program has no GPU backend: with NVIDIA's CUDA toolkit (nvcc, "
                           "cuBLAS) installed, make CUDA=1 builds build/cuda/koopsweep";
}

status_t backend_open(const char *name, const backend_options_t *options,
                      const backend_t **backend) {
    const backend_t *const *row = backend_rows();
    while (*row && strcmp((*row)->name, name) != 0) row++;
    CHECK(*row, STATUS_ENVIRONMENT, "resources.device: %s: %s; or choose host", name,
          backend_missing());
    *backend = *row;
    return (*row)->open(options);
}

/* --- what an operator needs there ----------------------------------------------------------------
 */

static const op_kernels_t *kernels_of(const backend_t *backend, const op_t *op) {
    int i = 0;
    while (op_rows[i] != op) i++;
    return &backend->kernels[i];
}

kernel_t *backend_forward(const backend_t *backend, const op_t *op, int build) {
    return backend->kernels ? kernels_of(backend, op)->forward[build] : op->forward[build];
}

kernel_t *backend_backward(const backend_t *backend, const op_t *op, int build) {
    return backend->kernels ? kernels_of(backend, op)->backward[build] : op->backward[build];
}

long backend_scratch(const backend_t *backend, const op_t *op, const call_t *call) {
    if (backend->kernels && op->device_scratch) return op->device_scratch(call);
    return op->scratch ? op->scratch(call) : 0;
}

size_t backend_shares(const backend_t *backend, const op_t *op, const call_t *call) {
    return backend->teams ? shares_bytes(op, call, backend->teams) : 0;
}
