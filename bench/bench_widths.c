/* bench_widths: the profile of one layer (RKSP) by width, with or without eigenvectors, on one rank
 * by LAPACK or on several by ScaLAPACK: time, and memory a rank.
 *
 * usage: [mpirun -n P] bench_widths [values] d,N       default: 768,2048
 *
 * values: what eigenvalues alone tell. Snapshots as bench_rksp's. One call, after none: memory is
 * touched for the first time in it. Prints a row of a table: width, samples, what, ranks, and of
 * the rank with the most processor seconds, seconds by the clock, and gigabytes. bench_widths.sh
 * makes the table of docs/profile.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/rng.h"
#include "grid/scalapack.h"
#include "kernel/gemm.h"
#include "spectral/shared_profile.h"

typedef struct layer_size {
    int d, samples, values_only;
} layer_size_t;

/* Y = X + (a random map of X) + noise, column-major [d, N], centred as good as exactly. */
static double *make_states(const layer_size_t *size, double **y) {
    size_t d = (size_t)size->d, count = d * (size_t)size->samples;
    rng_t rng = rng_open(1, 0, "bench", 0);
    double *x = malloc(2 * count * sizeof *x);
    float *map = malloc(d * d * sizeof *map), *from = malloc(2 * count * sizeof *from);
    float *to = from + count;
    for (size_t i = 0; i < d * d; i++) map[i] = (float)(0.3 * rng_normal(&rng) / sqrt((double)d));
    for (size_t i = 0; i < count; i++) from[i] = (float)rng_normal(&rng);
    for (size_t i = 0; i < count; i++) to[i] = from[i] + (float)(0.1 * rng_normal(&rng));
    gemm(PLAIN, TRANSPOSED, size->samples, size->d, size->d, from, size->d, map, size->d, 1, to,
         size->d);
    for (size_t i = 0; i < 2 * count; i++) x[i] = (double)from[i];
    free(map);
    free(from);
    *y = x + count;
    return x;
}

static status_t profile_alone(const layer_size_t *size, const rksp_options_t *options,
                              const double *x, const double *y, double *rho) {
    rksp_workspace_t *workspace;
    rksp_result_t result = {0};
    TRY(rksp_create(size->d, size->samples, options, &workspace));
    status_t status = rksp_profile_f64(workspace, x, y, size->d, &result);
    *rho = result.rho;
    rksp_destroy(&workspace);
    return status;
}

static status_t profile_together(const grid_t *grid, const layer_size_t *size,
                                 const rksp_options_t *options, const double *x, const double *y,
                                 double *rho) {
    rksp_result_t result;
    double *modes = malloc(3 * (size_t)size->d * sizeof *modes);
    CHECK(modes, STATUS_ENVIRONMENT, "out of memory for %d modes", size->d);
    status_t status = shared_profile(&grid->algebra, options, size->d, size->samples, x, y, modes,
                                     modes + 2 * size->d, &result);
    *rho = result.rho;
    free(modes);
    return status;
}

static double largest(double x) {
    double all;
    MPI_Allreduce(&x, &all, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return all;
}

static double gigabytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024 / 1e9;
}

static int measure(const grid_t *grid, const layer_size_t *size) {
    double rho = NAN, *y = NULL, *x = grid->rank == 0 ? make_states(size, &y) : NULL;
    rksp_options_t options = rksp_defaults;
    options.values_only = size->values_only;
    options.kreiss = !size->values_only;
    MPI_Barrier(MPI_COMM_WORLD);
    double start = clock_seconds(), processor = clock_processor();
    status_t status = grid->ranks == 1 ? profile_alone(size, &options, x, y, &rho)
                                       : profile_together(grid, size, &options, x, y, &rho);
    double took = largest(clock_seconds() - start);
    double computed = largest(clock_processor() - processor), memory = largest(gigabytes());
    if (grid->rank == 0 && status == STATUS_OK)
        printf("| %d | %d | %s | %d | %.1f | %.1f | %.2f |\n", size->d, size->samples,
               size->values_only ? "values" : "all", grid->ranks, computed, took, memory);
    if (grid->rank == 0 && status != STATUS_OK)
        fprintf(stderr, "bench_widths: %s\n", status_message());
    free(x);
    return status != STATUS_OK || !(rho > 0);
}

int main(int argc, char **argv) {
    static grid_t grid;
    int is_values = argc > 1 && strcmp(argv[1], "values") == 0;
    layer_size_t size = {768, 2048, is_values};
    const char *text = argc > 1 + is_values ? argv[1 + is_values] : "768,2048";
    if (sscanf(text, "%d,%d", &size.d, &size.samples) != 2) {
        fprintf(stderr, "bench_widths: \"%s\" is no size; write d,N such as 768,2048\n", text);
        return 2;
    }
    MPI_Init(&argc, &argv);
    gemm_start(1);
    grid_open(MPI_COMM_WORLD, &grid);
    int failed = measure(&grid, &size);
    grid_close(&grid);
    MPI_Finalize();
    return failed;
}
