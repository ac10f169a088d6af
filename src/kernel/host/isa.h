/* isa.h: the levels of processors that this program has kernels for, and which of them it uses.
 *
 * Everything but kernels is compiled for the lowest level; the first use, or isa_choose, takes the
 * highest that this machine has. Levels round differently (fused products, more lanes to a sum), so
 * KOOPSWEEP_ISA=x86-64-v3 pins one where results of unlike machines are to have the same bits. */
#ifndef KERNEL_HOST_ISA_H
#define KERNEL_HOST_ISA_H

#include "base/status.h"
#include "kernel/level/level.h"

/* The kernels of the level in use. */
const level_t *isa_level(void);

/* Its name, "x86-64-v3". Where there is but one it is what the compiler was told: "armv8-a",
 * "armv9-a+sve2+bf16"; "native" on other machines. */
const char *isa_name(void);

/* The highest level that this machine has, whatever is pinned. */
const char *isa_best(void);

/* Levels of this program, highest first, NULL-terminated. */
const char *const *isa_names(void);

/* Takes the level that KOOPSWEEP_ISA names, if it is set. STATUS_ENVIRONMENT: this program or this
 * machine has no such level. */
status_t isa_choose(void);

/* What decides on a result's bits: kernels, and the BLAS library's ("x86-64-v3, OpenBLAS for
 * Haswell"). */
enum { ISA_TEXT_MAX = 128 };
void isa_describe(char text[ISA_TEXT_MAX]);

/* What OpenBLAS calls kernels that all machines of the level in use have; NULL: nobody knows. */
const char *isa_blas_core(void);

#endif
