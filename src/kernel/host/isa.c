#include "kernel/host/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "kernel/gemm.h"

typedef struct isa {
    const char *name;
    const char *blas_core; /* OPENBLAS_CORETYPE */
    const level_t *level;
    int (*is_here)(void);
} isa_t;

#ifdef LEVELS_OF_X86

#define HAS __builtin_cpu_supports

static int has_v2(void) { return HAS("sse3") && HAS("ssse3") && HAS("sse4.2") && HAS("popcnt"); }
static int has_v3(void) {
    return has_v2() && HAS("avx2") && HAS("fma") && HAS("bmi") && HAS("bmi2");
}
static int has_v4(void) {
    return has_v3() && HAS("avx512f") && HAS("avx512bw") && HAS("avx512cd") && HAS("avx512dq") &&
           HAS("avx512vl");
}

extern const level_t level_host_v4, level_host_v3, level_host_v2;
static const isa_t isas[] = {{"x86-64-v4", "SkylakeX", &level_host_v4, has_v4},
                             {"x86-64-v3", "Haswell", &level_host_v3, has_v3},
                             {"x86-64-v2", "Nehalem", &level_host_v2, has_v2}};

#else

static int always(void) { return 1; }

/* What the compiler was told that it may count on: the architecture, and of its extensions those
 * that round otherwise: lanes of another number, products in bfloat16. */
#ifdef __aarch64__
#if __ARM_ARCH >= 900 || (__ARM_ARCH >= 9 && __ARM_ARCH < 100)
#define ARCHITECTURE "armv9-a"
#else
#define ARCHITECTURE "armv8-a"
#endif
#if defined __ARM_FEATURE_SVE2
#define LANES "+sve2"
#elif defined __ARM_FEATURE_SVE
#define LANES "+sve"
#else
#define LANES ""
#endif
#ifdef __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
#define BFLOAT "+bf16"
#else
#define BFLOAT ""
#endif
#define BUILT_FOR ARCHITECTURE LANES BFLOAT
#else
#define BUILT_FOR "native"
#endif

extern const level_t level_host_native;
static const isa_t isas[] = {{BUILT_FOR, NULL, &level_host_native, always}};

#endif

enum { ISAS = sizeof isas / sizeof *isas };

static const isa_t *best(void) {
    const isa_t *isa = isas;
    while (isa < isas + ISAS - 1 && !isa->is_here()) isa++;
    return isa;
}

static const isa_t *chosen;

/* A wish that cannot be met is isa_choose's to report. */
static const isa_t *now(void) {
    if (!chosen && isa_choose() != STATUS_OK) chosen = best();
    if (!chosen) chosen = best();
    return chosen;
}

const level_t *isa_level(void) { return now()->level; }
const char *isa_name(void) { return now()->name; }
const char *isa_best(void) { return best()->name; }
const char *isa_blas_core(void) { return now()->blas_core; }

const char *const *isa_names(void) {
    static const char *names[ISAS + 1];
    for (int i = 0; i < ISAS; i++) names[i] = isas[i].name;
    return names;
}

status_t isa_choose(void) {
    char help[256];
    const char *wanted = getenv("KOOPSWEEP_ISA");
    if (!wanted || !*wanted) return STATUS_OK;
    const isa_t *isa = isas;
    while (isa < isas + ISAS && strcmp(isa->name, wanted) != 0) isa++;
    if (isa == isas + ISAS) {
        text_suggest(wanted, isa_names(), help, sizeof help);
        return status_fail(STATUS_ENVIRONMENT,
                           "KOOPSWEEP_ISA=%s: this program has no such kernels; %s", wanted, help);
    }
    CHECK(isa->is_here(), STATUS_ENVIRONMENT,
          "KOOPSWEEP_ISA=%s: this machine's processor is older; at most %s, or unset it", wanted,
          isa_best());
    chosen = isa;
    return STATUS_OK;
}

void isa_describe(char text[ISA_TEXT_MAX]) {
    char library[64];
    gemm_library(library, sizeof library);
    snprintf(text, ISA_TEXT_MAX, "%s, %.40s for %.24s", isa_name(), library, gemm_start(1));
}
