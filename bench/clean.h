/* clean.h: benches run under the same conditions whatever the shell exports. */
#ifndef BENCH_CLEAN_H
#define BENCH_CLEAN_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* The BLAS library reads OPENBLAS_* before main: drop all of them and start again, once. Pins the
 * process to the core it runs on. */
static inline void bench_clean_start(char **argv) {
    static const char done[] = "KOOPSWEEP_BENCH";
    if (!getenv(done)) {
        for (char **e = environ; *e;) {
            if (strncmp(*e, "OPENBLAS_", 9) != 0) {
                e++;
                continue;
            }
            char name[128];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(*e, "="), *e);
            unsetenv(name);
        }
        setenv(done, "1", 1);
        execv("/proc/self/exe", argv);
    }
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(sched_getcpu(), &core);
    sched_setaffinity(0, sizeof core, &core);
}

static inline int bench_order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of x[0..n); sorts x. */
static inline double bench_median(double *x, int n) {
    qsort(x, (size_t)n, sizeof *x, bench_order);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

#endif
