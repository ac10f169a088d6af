/* level.h: what is compiled once for every level of processors that the program has kernels for
 * (host/isa.h), into files of one name each: LEVEL is native, v2, v3 or v4.
 *
 * PLACE names the compilation, LEVELED(name) what of it others see: loops_host_v3. */
#ifndef KERNEL_LEVEL_LEVEL_H
#define KERNEL_LEVEL_LEVEL_H

#include "kernel/backend.h"

#ifndef LEVEL
#define LEVEL native
#endif
#define PLACE                    PLACE_AT(LEVEL)
#define PLACE_AT(level)          PLACE_AT_(level)
#define PLACE_AT_(level)         host_##level
#define LEVELED(name)            LEVELED_AT(name, PLACE)
#define LEVELED_AT(name, place)  LEVELED_AT_(name, place)
#define LEVELED_AT_(name, place) name##_##place

/* Loops that the host itself runs: vector.h, gemm.h. */
typedef struct loops {
    double (*dot)(const flt *x, const flt *y, long n);
    double (*largest)(const flt *x, long n);
    void (*scale)(const flt *x, double s, flt *y, long n);
    void (*add)(double s, const flt *x, flt *y, long n);
    void (*transpose)(long rows, long cols, const flt *in, long ld_in, flt *out, long ld_out);
} loops_t;

typedef struct level {
    const op_kernels_t *kernels; /* as op_rows       */
    kernel_t *const *vectors;    /* [VECTOR_KERNELS] */
    const loops_t *loops;
} level_t;

#endif
