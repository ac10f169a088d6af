#include "kernel/backend.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/device/shares.h"
#include "kernel/host/isa.h"

/* --- the host as a backend --- */

static status_t open_host(const backend_options_t *options) {
    (void)options;
    return STATUS_OK;
}

static void copy(void *to, const void *from, size_t bytes) { memmove(to, from, bytes); }
static void zero(void *to, size_t bytes) { memset(to, 0, bytes); }

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
    .has_gemm = 1,
};

/* --- all backends --- */

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

static status_t find(const char *name, const backend_t **backend) {
    const backend_t *const *row = backend_rows();
    while (*row && strcmp((*row)->name, name) != 0) row++;
    CHECK(*row, STATUS_ENVIRONMENT, "resources.device: %s: %s; or choose host", name,
          backend_missing());
    *backend = *row;
    return STATUS_OK;
}

status_t backend_check(const char *name) {
    const backend_t *backend = NULL;
    TRY(find(name, &backend));
    return backend->check ? backend->check() : STATUS_OK;
}

status_t backend_open(const char *name, const backend_options_t *options,
                      const backend_t **backend) {
    TRY(find(name, backend));
    return (*backend)->open(options);
}

/* Number of this process among those of its machine, as the launcher says; 0 when nobody does. */
static int local_rank(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                        "PMI_LOCAL_RANK", "SLURM_LOCALID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i])) return atoi(getenv(names[i]));
    return 0;
}

int backend_turn(const backend_options_t *options, int count) {
    int processes = (int)(1 / options->gpus_per_process + 1e-9); /* to a device, at least 1 */
    return local_rank() / processes % count;
}

/* --- what an operator needs there --- */

static const op_kernels_t *kernels_of(const backend_t *backend, const op_t *op) {
    int i = 0;
    while (op_rows[i] != op) i++;
    return backend->kernels ? &backend->kernels[i] : &isa_level()->kernels[i];
}

kernel_t *backend_forward(const backend_t *backend, const op_t *op, int build) {
    return kernels_of(backend, op)->forward[build];
}

kernel_t *backend_backward(const backend_t *backend, const op_t *op, int build) {
    return kernels_of(backend, op)->backward[build];
}

kernel_t *backend_vector(const backend_t *backend, vector_kernel_t kernel) {
    return backend->vectors ? backend->vectors[kernel] : isa_level()->vectors[kernel];
}

long backend_scratch(const backend_t *backend, const op_t *op, const call_t *call) {
    if (backend->kernels && op->device_scratch) return op->device_scratch(call);
    return op->scratch ? op->scratch(call) : 0;
}

size_t backend_shares(const backend_t *backend, const op_t *op, const call_t *call) {
    return backend->teams ? shares_bytes(op, call, backend->teams) : 0;
}
