/* backend.h: where a model lives and its kernels run: on the host, or on a device whose memory the
 * host cannot read. One row per backend.
 *
 * Work on a device is asked for and done in order; copy_out waits for it. A device that fails once
 * it runs (a fault in a kernel, a GPU fallen off the bus) cannot be used again by its process: the
 * reason is printed and the process aborts; a sweep hands its trial out again. */
#ifndef KERNEL_BACKEND_H
#define KERNEL_BACKEND_H

#include <stddef.h>

#include "base/arena.h"
#include "kernel/op.h"

/* The kernels of one operator; [VALUES], [TANGENTS]. */
typedef struct op_kernels {
    kernel_t *forward[2], *backward[2];
} op_kernels_t;

/* The kernels on long vectors: rows of a backend's `vectors`. */
typedef enum {
#define VECTOR(id, name) VECTOR_##name,
#include "kernel/vectors.def"
#undef VECTOR
    VECTOR_KERNELS
} vector_kernel_t;

typedef struct backend_options {
    double gpus_per_process; /* this process's share of a GPU, above 0                          */
    int tf32;                /* 1: products may round their factors to 10 bits (CUDA only)      */
} backend_options_t;

typedef struct backend {
    const char *name, *doc;

    /* Is there such a device? Takes nothing of it. NULL = always. STATUS_ENVIRONMENT: none. */
    status_t (*check)(void);

    /* Makes the device ready; at each call after the first only checks. STATUS_ENVIRONMENT: none.
     */
    status_t (*open)(const backend_options_t *options);

    /* Zeroed memory of the device; take from it with arena_take. STATUS_ENVIRONMENT: out of it. */
    status_t (*reserve)(size_t bytes, arena_t *arena);
    void (*release)(arena_t *arena);

    void (*copy_in)(void *to, const void *from, size_t bytes);  /* from the host             */
    void (*copy_out)(void *to, const void *from, size_t bytes); /* to the host               */
    void (*copy)(void *to, const void *from, size_t bytes);     /* within the device         */
    void (*zero)(void *to, size_t bytes);

    /* Of a device that tests look at: catches a host that uses its copy of a vector (mirror.h,
     * whole pages) when it is not to. NULL = nobody looks. */
    void (*guard)(void *here, size_t bytes, int may_read, int may_write);

    /* Bytes of the device's memory that are taken, by anybody; NULL = not known. */
    size_t (*taken)(void);

    void (*wait)(void); /* for all work; NULL where there is nothing to wait for                  */

    /* Notes what `run` asks of the device instead of doing it, to be replayed as one piece; NULL =
     * not possible. `run` must have been run before, and must not copy in or out. */
    void *(*record)(void (*run)(void *context), void *context);
    void (*replay)(void *recording);
    void (*forget)(void *recording);

    /* The library that multiplies, "cuBLAS 13.0.0", into text; NULL = that of gemm.h. */
    void (*library)(char *text, size_t size);

    /* NULL on the host, whose kernels are those of the level that was chosen (host/isa.h). */
    const op_kernels_t *kernels; /* as op_rows                                                   */
    kernel_t *const *vectors;    /* [VECTOR_KERNELS]                                             */
    int has_gemm;                /* products are gemm's (gemm.h), in every precision             */
    int rounds;                  /* products of its own round factors as asked (precision.h)     */
    long teams;                  /* that sum rows side by side (device/shares.h); 0 on the host  */
} backend_t;

extern const backend_t backend_host;

/* All backends of this program, NULL-terminated, the host first. */
const backend_t *const *backend_rows(void);
const char *const *backend_names(void);

/* One sentence: which backend this program lacks and how to get it; NULL when it has all. */
const char *backend_missing(void);

/* Is there such a backend and device? Opens nothing. STATUS_ENVIRONMENT as below. */
status_t backend_check(const char *name);

/* Finds a backend and opens it. STATUS_ENVIRONMENT: this program has no such backend (the sentence
 * says how to get one), or the machine has no such device. */
status_t backend_open(const char *name, const backend_options_t *options,
                      const backend_t **backend);

/* Which of a machine's `count` devices this process takes: its ranks take them in turn, each its
 * share. */
int backend_turn(const backend_options_t *options, int count);

/* The kernel that runs an operator there: `build` VALUES or TANGENTS. */
kernel_t *backend_forward(const backend_t *backend, const op_t *op, int build);
kernel_t *backend_backward(const backend_t *backend, const op_t *op, int build);

kernel_t *backend_vector(const backend_t *backend, vector_kernel_t kernel);

/* Elements of scratch memory and bytes of shares that an operator's call needs there. */
long backend_scratch(const backend_t *backend, const op_t *op, const call_t *call);
size_t backend_shares(const backend_t *backend, const op_t *op, const call_t *call);

#endif
