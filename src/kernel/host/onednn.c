#include "kernel/host/onednn.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef WITH_ONEDNN
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>

#define TEXT_OF(x)  TEXT_OF_(x)
#define TEXT_OF_(x) #x
static const char file[] = ONEDNN_FOLDER "libdnnl.so." TEXT_OF(DNNL_VERSION_MAJOR);

/* Exported by all versions since 1.0, with the arguments of dnnl_sgemm, in no header. */
typedef dnnl_status_t product_t(char side_a, char side_b, dnnl_dim_t m, dnnl_dim_t n, dnnl_dim_t k,
                                float alpha, const bf16_t *a, dnnl_dim_t lda, const bf16_t *b,
                                dnnl_dim_t ldb, float beta, float *c, dnnl_dim_t ldc);

static struct {
    int is_looked_for;
    __typeof__(dnnl_version) *version;
    product_t *product;
    void (*set_threads)(int count); /* of OpenMP; NULL where it is built on something else */
    const char *missing;            /* NULL: nothing */
    char text[256];
} library;

static const char *load(void) {
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(library.text, sizeof library.text, "oneDNN cannot be loaded (%s)", dlerror());
        return library.text;
    }
    *(void **)&library.version = dlsym(handle, "dnnl_version");
    *(void **)&library.product = dlsym(handle, "dnnl_gemm_bf16bf16f32");
    *(void **)&library.set_threads = dlsym(handle, "omp_set_num_threads");
    return library.version && library.product ? NULL : "this oneDNN has no product of bfloat16";
}

/* OpenMP keeps it for each thread that asks. */
static dnnl_status_t multiply(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                              const bf16_t *a, long lda, const bf16_t *b, long ldb, float beta,
                              float *c, long ldc) {
    static const char side[] = {[PLAIN] = 'N', [TRANSPOSED] = 'T'};
    if (library.set_threads) library.set_threads(1);
    return library.product(side[side_a], side[side_b], m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

/* It works with AVX-512 alone, too, but then slower than float32 does. */
static int has_instructions(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bf16");
#else
    return 1; /* the product that is tried tells */
#endif
}

/* [1 2; 3 4; 5 6] [1 0 2; 0 1 3] + 1: right to the last bit, and by rows. */
static int multiplies_well(void) {
    static const float right[] = {2, 3, 9, 4, 5, 19, 6, 7, 29};
    const bf16_t a[] = {bf16_of(1), bf16_of(2), bf16_of(3), bf16_of(4), bf16_of(5), bf16_of(6)};
    const bf16_t b[] = {bf16_of(1), bf16_of(0), bf16_of(2), bf16_of(0), bf16_of(1), bf16_of(3)};
    float c[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    return multiply(PLAIN, PLAIN, 3, 3, 2, a, 2, b, 3, 1, c, 3) == dnnl_success &&
           memcmp(c, right, sizeof right) == 0;
}

static const char *look(void) {
    const char *reason = load();
    if (reason) return reason;
    if (!has_instructions()) return "this processor has neither AVX512_BF16 nor AMX";
    return multiplies_well() ? NULL : "oneDNN multiplies no bfloat16 on this processor";
}

const char *onednn_missing(void) {
    if (!library.is_looked_for) library.missing = look();
    library.is_looked_for = 1;
    return library.missing;
}

void onednn_library(char *text, size_t size) {
    onednn_missing();
    const dnnl_version_t *v = library.version ? library.version() : NULL;
    snprintf(text, size, "%s", "");
    if (v) snprintf(text, size, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
}

void onednn_gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const bf16_t *a,
                 long lda, const bf16_t *b, long ldb, flt beta, flt *c, long ldc) {
    dnnl_status_t status = multiply(side_a, side_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
    if (status == dnnl_success) return;
    fprintf(stderr, "koopsweep: error: oneDNN failed in a product of %ld x %ld x %ld: status %d\n",
            m, n, k, (int)status);
    abort();
}

#else

const char *onednn_missing(void) {
    return "this program was built without oneDNN (package libdnnl-dev, or make ONEDNN_DIR=PREFIX)";
}

void onednn_library(char *text, size_t size) { snprintf(text, size, "%s", ""); }

void onednn_gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const bf16_t *a,
                 long lda, const bf16_t *b, long ldb, flt beta, flt *c, long ldc) {
    (void)side_a, (void)side_b, (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)ldb;
    (void)beta, (void)c, (void)ldc;
    abort(); /* asked for what is missing */
}

#endif
