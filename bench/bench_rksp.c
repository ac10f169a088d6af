/* bench_rksp: the layer profile (RKSP) on one core, split into its parts.
 *
 * usage: bench_rksp [d,N]...      default: 128,2048  256,2048  768,2048
 *
 * Snapshots as in a network at initialisation: Y = X + (a random map of X) + noise, full rank.
 * Milliseconds of processor time, medians over rounds. The parts are timed one by one, the sum by a
 * call of rksp_profile of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "bench/clean.h"
#include "kernel/gemm.h"
#include "spectral/dmd.h"
#include "spectral/kreiss.h"
#include "spectral/resdmd.h"
#include "spectral/rksp.h"
#include "spectral/snapshots.h"

enum { ROUNDS = 5 };

typedef enum {
    CENTRE,
    WHITEN,
    FIT,
    SCHUR,
    VECTORS,
    RESIDUALS,
    KAPPA,
    KREISS,
    ALL,
    WALL,
    PARTS
} part_t;
static const char *const part_names[ALL] = {
    [CENTRE] = "centre",        [WHITEN] = "covariance, eigenvectors",
    [FIT] = "operator",         [SCHUR] = "Schur form",
    [VECTORS] = "eigenvectors", [RESIDUALS] = "residuals",
    [KAPPA] = "kappa",          [KREISS] = "Kreiss",
};

/* The parts of one layer, as rksp.c strings them together. */
typedef struct layer {
    int d, samples;
    float *before, *after; /* owned, [N,d] */
    arena_t arena;
    dense_t x, y, square;
    whitening_t whitening;
    dmd_t dmd;
    schur_t schur;
    kreiss_t kreiss;
    double *vector;
    rksp_workspace_t *workspace;
} layer_t;

static status_t layer_create(int d, int samples, layer_t *l) {
    *l = (layer_t){.d = d, .samples = samples};
    TRY(arena_create(2 * dense_bytes(d, samples) + dense_bytes(d, d) + whitening_bytes(d) +
                         dmd_bytes(d) + schur_bytes(d) + kreiss_bytes(d) +
                         arena_round(sizeof(double) * (size_t)d),
                     &l->arena));
    l->x = dense_take(&l->arena, d, samples);
    l->y = dense_take(&l->arena, d, samples);
    l->square = dense_take(&l->arena, d, d);
    l->whitening = whitening_take(&l->arena, d);
    l->dmd = dmd_take(&l->arena, d);
    l->schur = schur_take(&l->arena, d);
    l->kreiss = kreiss_take(&l->arena, d);
    l->vector = arena_take(&l->arena, sizeof(double) * (size_t)d);
    return rksp_create(d, samples, &rksp_defaults, &l->workspace);
}

static void layer_destroy(layer_t *l) {
    rksp_destroy(&l->workspace);
    arena_destroy(&l->arena);
    free(l->before);
    free(l->after);
}

static void fill(layer_t *l) {
    long d = l->d, n = l->samples;
    size_t count = (size_t)(n * d);
    rng_t rng = rng_open(1, 0, "bench", 0);
    float *map = calloc((size_t)(d * d), sizeof *map);
    l->before = calloc(count, sizeof *l->before);
    l->after = calloc(count, sizeof *l->after);
    for (long i = 0; i < d * d; i++) map[i] = (float)(0.3 * rng_normal(&rng) / sqrt((double)d));
    for (size_t i = 0; i < count; i++) l->before[i] = (float)rng_normal(&rng);
    for (size_t i = 0; i < count; i++) l->after[i] = l->before[i] + (float)(0.1 * rng_normal(&rng));
    gemm(PLAIN, TRANSPOSED, n, d, d, l->before, d, map, d, 1, l->after, d);
    free(map);
}

static double lap(double *since) {
    double now = clock_processor(), took = now - *since;
    *since = now;
    return 1e3 * took;
}

static status_t time_parts(layer_t *l, double ms[PARTS]) {
    double plain, scaled, at = clock_processor();
    TRY(snapshots_centre_f32("X", l->before, l->d, l->x, l->vector));
    TRY(snapshots_centre_f32("Y", l->after, l->d, l->y, l->vector));
    ms[CENTRE] = lap(&at);
    TRY(whitening_fit(l->x, rksp_defaults.epsilon, rksp_defaults.rank_tolerance, &l->whitening));
    ms[WHITEN] = lap(&at);
    dmd_fit(&l->whitening, l->x, l->y, &l->dmd);
    ms[FIT] = lap(&at);
    TRY(schur_decompose(dmd_compression(&l->dmd), &l->schur));
    ms[SCHUR] = lap(&at);
    TRY(schur_eigenvectors(&l->schur));
    ms[VECTORS] = lap(&at);
    resdmd_residuals(&l->whitening, &l->dmd, &l->schur, l->vector);
    ms[RESIDUALS] = lap(&at);
    schur_kappa(&l->schur, l->square);
    ms[KAPPA] = lap(&at);
    kreiss_constants(&l->kreiss, &l->schur, &plain, &scaled);
    ms[KREISS] = lap(&at);
    rksp_result_t result;
    double start = clock_seconds();
    TRY(rksp_profile(l->workspace, l->before, l->after, l->d, &result));
    ms[ALL] = lap(&at);
    ms[WALL] = 1e3 * (clock_seconds() - start);
    return STATUS_OK;
}

static status_t measure(int d, int samples, double median[PARTS]) {
    layer_t l;
    double rounds[PARTS][ROUNDS], ms[PARTS];
    status_t status = layer_create(d, samples, &l);
    if (status != STATUS_OK) goto done;
    fill(&l);
    TRY_OR_DONE(time_parts(&l, ms)); /* first touch of the memory */
    for (int round = 0; round < ROUNDS; round++) {
        TRY_OR_DONE(time_parts(&l, ms));
        for (int part = 0; part < PARTS; part++) rounds[part][round] = ms[part];
    }
    for (int part = 0; part < PARTS; part++) median[part] = bench_median(rounds[part], ROUNDS);
done:
    layer_destroy(&l);
    return status;
}

static int report(const char *size) {
    int d, samples;
    double median[PARTS];
    if (sscanf(size, "%d,%d", &d, &samples) != 2) {
        fprintf(stderr, "bench_rksp: \"%s\" is no size; write d,N such as 768,2048\n", size);
        return 2;
    }
    if (measure(d, samples, median) != STATUS_OK) {
        fprintf(stderr, "bench_rksp: %s\n", status_message());
        return 1;
    }
    printf("RKSP of one layer, d %d, N %d: %.1f ms, %.1f ms without Kreiss (wall clock %.1f ms)\n",
           d, samples, median[ALL], median[ALL] - median[KREISS], median[WALL]);
    for (int part = 0; part < ALL; part++)
        printf("  %-26s %8.1f\n", part_names[part], median[part]);
    return 0;
}

int main(int argc, char **argv) {
    static const char *const sizes[] = {"128,2048", "256,2048", "768,2048"};
    bench_clean_start(argv);
    printf("BLAS kernels: %s, one thread; milliseconds of processor time, median of %d\n",
           gemm_start(1), ROUNDS);
    int failed = 0;
    if (argc > 1)
        for (int i = 1; i < argc && !failed; i++) failed = report(argv[i]);
    else
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && !failed; i++)
            failed = report(sizes[i]);
    return failed;
}
