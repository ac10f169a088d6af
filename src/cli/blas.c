#include "cli/blas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/gemm.h"
#include "kernel/host/isa.h"

static const char CORE[] = "OPENBLAS_CORETYPE";
static const char PASSED_OVER[] = "KOOPSWEEP_BLAS_PASSED_OVER"; /* from us to ourselves */

/* OpenBLAS's kernels for a processor that it does not know, on x86-64. */
static const char FALLBACK[] = "Prescott";

static int has_passed_over;

const char *blas_passed_over(void) { return has_passed_over ? FALLBACK : NULL; }

int blas_is_lost(void) { return strcmp(gemm_start(1), FALLBACK) == 0; }

static status_t start_again(char **argv, const char *core) {
    setenv(CORE, core, 1);
    execv("/proc/self/exe", argv);
    return status_fail(STATUS_ENVIRONMENT, "/proc/self/exe cannot be started again: %s; set %s=%s",
                       strerror(errno), CORE, core);
}

status_t blas_choose(char **argv) {
    const char *pinned = getenv("KOOPSWEEP_ISA");
    TRY(isa_choose());
    if (getenv(PASSED_OVER)) {
        /* Ranks and trainers may run on other processors: they choose for themselves. */
        has_passed_over = 1;
        unsetenv(PASSED_OVER);
        unsetenv(CORE);
        return STATUS_OK;
    }
    const char *core = isa_blas_core();
    if (!core || getenv(CORE)) return STATUS_OK;
    if (pinned && *pinned) return start_again(argv, core);
    if (!blas_is_lost()) return STATUS_OK;
    setenv(PASSED_OVER, "1", 1);
    return start_again(argv, core);
}
