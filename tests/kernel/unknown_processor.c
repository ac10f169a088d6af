/* Preloaded (LD_PRELOAD): an OpenBLAS that does not know the processor. It takes the kernels of the
 * oldest, unless OPENBLAS_CORETYPE named others when it was loaded. */
#include <stdio.h>
#include <stdlib.h>

static char core[32] = "Prescott";

__attribute__((constructor)) static void look(void) {
    const char *named = getenv("OPENBLAS_CORETYPE");
    if (named) snprintf(core, sizeof core, "%s", named);
}

char *openblas_get_corename(void);
char *openblas_get_corename(void) { return core; }
