#include "kernel/gemm.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

#include "kernel/host/isa.h"
#include "kernel/precision.h"

#ifdef REAL64
#define cblas_gemm cblas_dgemm
#else
#define cblas_gemm cblas_sgemm
#endif

/* Present in OpenBLAS only. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
/* In BLIS (AMD's AOCL is one), in MKL. */
extern const char *bli_info_get_version_str(void) __attribute__((weak));
extern void MKL_Get_Version_String(char *text, int size) __attribute__((weak));

void gemm_full(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a,
               long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    static const CBLAS_TRANSPOSE side[] = {[PLAIN] = CblasNoTrans, [TRANSPOSED] = CblasTrans};
    cblas_gemm(CblasRowMajor, side[side_a], side[side_b], (int)m, (int)n, (int)k, 1, a, (int)lda, b,
               (int)ldb, beta, c, (int)ldc);
}

void gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a, long lda,
          const flt *b, long ldb, flt beta, flt *c, long ldc) {
    products_t *now = products_now();
    if (now && now->precision && now->precision->multiply)
        now->precision->multiply(now, side_a, side_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
    else
        gemm_full(side_a, side_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void gemm_by_rows(gemm_side_t side_b, groups_t groups, long n, long k, const flt *a, const flt *b,
                  flt beta, flt *c) {
    long ld_b = side_b == PLAIN ? n : k;
    for (long g = 0; g < groups.count; g++) {
        long first = groups.offsets[g], rows = groups.offsets[g + 1] - first;
        if (rows == 0) continue;
        gemm(PLAIN, side_b, rows, n, k, a + first * k, k, b + g * n * k, ld_b, beta, c + first * n,
             n);
    }
}

void gemm_over_rows(groups_t groups, long m, long n, const flt *a, const flt *b, flt *c) {
    for (long g = 0; g < groups.count; g++) {
        long first = groups.offsets[g], rows = groups.offsets[g + 1] - first;
        if (rows == 0) continue;
        gemm(TRANSPOSED, PLAIN, m, n, rows, a + first * m, m, b + first * n, n, 1, c + g * m * n,
             n);
    }
}

void transpose(long rows, long cols, const flt *in, long ld_in, flt *out, long ld_out) {
    isa_level()->loops->transpose(rows, cols, in, ld_in, out, ld_out);
}

const char *gemm_start(int threads) {
    if (openblas_set_num_threads) openblas_set_num_threads(threads);
    return openblas_get_corename ? openblas_get_corename() : "unknown";
}

/* OpenBLAS says "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
void gemm_library(char *text, size_t size) {
    if (openblas_get_config) {
        const char *config = openblas_get_config();
        size_t name = strcspn(config, " "), version = strcspn(config + name + !!config[name], " ");
        snprintf(text, size, "%.*s", (int)(name + !!config[name] + version), config);
    } else if (bli_info_get_version_str) {
        snprintf(text, size, "BLIS %s", bli_info_get_version_str());
    } else if (MKL_Get_Version_String) {
        /* "Intel(R) oneAPI Math Kernel Library Version 2023.1-Product Build ..." */
        char words[200] = "";
        MKL_Get_Version_String(words, sizeof words - 1);
        const char *version = strstr(words, "Version ");
        version = version ? version + strlen("Version ") : words;
        snprintf(text, size, "MKL %.*s", (int)strcspn(version, " -"), version);
    } else {
        snprintf(text, size, "unknown");
    }
}
