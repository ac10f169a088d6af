/* golden_profile CHECKPOINTS FILE...: profiles of trained checkpoints against those of an
 * independent program. A file has tokens [B,T], hidden [L+1,b,T,d] of the first b sequences,
 * features/NAME [L], abs_lam_sorted [L,d], and the attribute `checkpoint`, a folder of CHECKPOINTS.
 *
 * Two things are told apart: hidden states, and what is made of them. Prints the largest error of
 * each quantity beside its limit; the exit status is the verdict. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/walk.h"
#include "kernel/gemm.h"
#include "profile/profile.h"

typedef struct golden {
    hid_t file;
    checkpoint_t checkpoint;
    input_t input;
    int failures;
} golden_t;

static void report(golden_t *g, const char *what, double error, double limit) {
    int is_good = error <= limit; /* false for NaN */
    printf("  %-14s largest error %.2e  (limit %.0e)%s\n", what, error, limit,
           is_good ? "" : "  FAILED");
    g->failures += !is_good;
}

/* The data set, malloc'd, with its shape. */
static void *read_set(const golden_t *g, const char *name, hid_t type, size_t size,
                      hsize_t shape[4]) {
    hid_t set = H5Dopen2(g->file, name, H5P_DEFAULT), space = H5Dget_space(set);
    H5Sget_simple_extent_dims(space, shape, NULL);
    void *data = calloc((size_t)H5Sget_simple_extent_npoints(space), size);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) exit(1);
    H5Sclose(space);
    H5Dclose(set);
    return data;
}

static status_t open_checkpoint(golden_t *g, const char *folder) {
    char path[1024], *name = NULL;
    hid_t a = H5Aopen(g->file, "checkpoint", H5P_DEFAULT), type = H5Aget_type(a);
    H5Aread(a, type, &name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    H5free_memory(name);
    H5Tclose(type);
    H5Aclose(a);
    printf("  %s\n", path);
    return checkpoint_open(path, NULL, &g->checkpoint);
}

static double distance(const flt *a, const double *b, size_t count) {
    double off = 0, norm = 0;
    for (size_t i = 0; i < count; i++) {
        off += pow((double)a[i] - b[i], 2);
        norm += b[i] * b[i];
    }
    return sqrt(off / norm);
}

static status_t check_states(golden_t *g) {
    walk_t w;
    hsize_t shape[4];
    double worst = 0, *hidden = read_set(g, "hidden", H5T_NATIVE_DOUBLE, sizeof *hidden, shape);
    size_t each = (size_t)(shape[1] * shape[2] * shape[3]);
    TRY(walk_begin(&g->checkpoint, g->input.tokens, (int)shape[1], g->input.length, &w));
    for (int l = 0; l <= g->checkpoint.options.layers; l++) {
        worst = fmax(worst, distance(w.before, hidden + (size_t)l * each, each));
        if (l == g->checkpoint.options.layers) break;
        TRY(walk_step(&w));
        walk_advance(&w);
    }
    report(g, "hidden states", worst, 1e-4);
    walk_end(&w);
    free(hidden);
    return STATUS_OK;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Largest difference of the sorted |lambda| of a transition, over the largest of them. */
static double spectrum_error(const profile_t *p, int row, const double *expected) {
    const rksp_result_t *r = &p->rows[row].result;
    double worst = 0, *found = calloc((size_t)p->width, sizeof *found);
    int zeros = p->width - r->rank; /* of directions the states do not have */
    for (int j = 0; j < r->rank; j++)
        found[zeros + j] = hypot(r->lambda[2 * j], r->lambda[2 * j + 1]);
    qsort(found, (size_t)p->width, sizeof *found, ascending);
    for (int j = 0; j < p->width; j++) worst = fmax(worst, fabs(found[j] - expected[j]));
    free(found);
    return worst / expected[p->width - 1];
}

/* Of two numbers that may both be missing. */
static double error_of(double found, double expected) {
    if (found == expected || (isnan(found) && isnan(expected))) return 0;
    return fabs(found - expected) / fmax(fabs(expected), 1e-300);
}

static const struct {
    const char *name;
    size_t offset;
    double limit;
} features[] = {
#define AT(member) offsetof(rksp_result_t, member)
    {"M_near", AT(all.near_unit), 0},
    {"M_gt", AT(all.expansive), 0},
    {"M_lt", AT(all.contractive), 0},
    {"rho", AT(rho), 1e-5},
    {"eta_nl", AT(eta_nl), 1e-5},
    {"kappa", AT(kappa_v), 1e-3},
    {"kreiss_scaled", AT(kreiss_scaled), 1e-3},
    {"henrici", AT(henrici), 1e-4},
};

static void check_features(golden_t *g, const profile_t *p) {
    hsize_t shape[4];
    double worst = 0, *expected = read_set(g, "abs_lam_sorted", H5T_NATIVE_DOUBLE, 8, shape);
    for (int row = 0; row < p->layers; row++)
        worst = fmax(worst, spectrum_error(p, row, expected + row * p->width));
    report(g, "|lambda|", worst, 1e-5);
    free(expected);
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        char path[64];
        snprintf(path, sizeof path, "features/%s", features[i].name);
        expected = read_set(g, path, H5T_NATIVE_DOUBLE, 8, shape);
        worst = 0;
        for (int row = 0; row < p->layers; row++) {
            const char *result = (const char *)&p->rows[row].result;
            double found = *(const double *)(result + features[i].offset);
            worst = fmax(worst, error_of(found, expected[row]));
        }
        report(g, features[i].name, worst, features[i].limit);
        free(expected);
    }
}

static status_t check_profile(golden_t *g) {
    source_t source;
    profile_t profile;
    const profile_options_t options = {.name = "golden"};
    TRY(source_of_checkpoint(&g->checkpoint, &g->input, &source));
    status_t status = profile_run(&options, &source, &profile);
    source_close(&source);
    TRY(status);
    printf("  %lld samples, %lld distinct, loss %.4f\n", (long long)profile.samples,
           (long long)profile.distinct, profile.loss);
    check_features(g, &profile);
    profile_clear(&profile);
    return STATUS_OK;
}

static status_t check_file(golden_t *g, const char *folder) {
    hsize_t shape[4];
    TRY(open_checkpoint(g, folder));
    g->input.tokens = read_set(g, "tokens", H5T_NATIVE_INT32, sizeof(int32_t), shape);
    g->input.sequences = (int)shape[0];
    g->input.length = (int)shape[1];
    input_count_distinct(&g->input);
    TRY(check_states(g));
    return check_profile(g);
}

int main(int argc, char **argv) {
    int failures = 0;
    if (argc < 3) return fprintf(stderr, "usage: golden_profile CHECKPOINTS FILE...\n"), 2;
    gemm_start(1);
    for (int i = 2; i < argc; i++) {
        golden_t g = {.file = H5Fopen(argv[i], H5F_ACC_RDONLY, H5P_DEFAULT)};
        printf("%s\n", argv[i]);
        if (g.file < 0 || check_file(&g, argv[1])) {
            printf("  FAILED: %s\n", g.file < 0 ? "cannot be opened" : status_message());
            g.failures++;
        }
        input_clear(&g.input);
        checkpoint_close(&g.checkpoint);
        if (g.file >= 0) H5Fclose(g.file);
        failures += g.failures > 0;
    }
    printf("%d files passed, %d failed\n", argc - 2 - failures, failures);
    return failures != 0;
}
