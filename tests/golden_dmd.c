/* golden_dmd FILE...: layer spectra and spectral-shaping gradients against stored results.
 *
 * A file has one group per case with X, Y [d,N] and any of: A, W [d,d], abs_lam_sorted, lam_re,
 * lam_im, resdmd_r [rank], P [d,r] with A_proj [r,r], kss_* groups with GX, GY [d,N], and the
 * attributes of `scalars` below; what is absent is not checked. Prints the largest relative error
 * of every quantity beside its tolerance; the exit status is the verdict. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/kss.h"
#include "spectral/rksp.h"

/* One case and what we make of it. */
typedef struct dmd_case {
    hid_t group;
    const char *name;
    int d, samples;
    double *x, *y; /* owned, [N,d] */
    rksp_workspace_t *workspace;
    rksp_result_t result;
    int checked, failed;
} dmd_case_t;

static double largest(int n, const double *a) {
    double most = 0;
    for (int i = 0; i < n; i++) most = fmax(most, fabs(a[i]));
    return most;
}

static void verdict(dmd_case_t *c, const char *quantity, double error, double tolerance) {
    int ok = error <= tolerance; /* false for NaN */
    printf("%-12s %-22s %9.2e  (limit %.0e)  %s\n", c->name, quantity, error, tolerance,
           ok ? "ok" : "FAILED");
    c->checked++;
    c->failed += !ok;
}

/* |a - b| over |b|, both as vectors. */
static double norm_error(int n, const double *a, const double *b) {
    double difference = 0, size = 0;
    for (int i = 0; i < n; i++) {
        difference = hypot(difference, a[i] - b[i]);
        size = hypot(size, b[i]);
    }
    return size > 0 ? difference / size : difference;
}

/* Residuals are rounding alone where the operator fits the samples exactly, as with N <= d. */
#define RESIDUAL_FLOOR 1e-3

/* |a - b| over |b|, or over `floor` where that is larger. Equal values, Inf and NaN included, have
 * no error. */
static double floored_error(double a, double b, double floor) {
    if (a == b || (isnan(a) && isnan(b))) return 0;
    return fabs(a - b) / fmax(fabs(b), floor);
}
static double scalar_error(double a, double b) { return floored_error(a, b, 0); }

/* --- reading --- */

static int exists(hid_t group, const char *name) { return H5Lexists(group, name, H5P_DEFAULT) > 0; }

static void shape_of(hid_t group, const char *name, hsize_t shape[2]) {
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT), space = H5Dget_space(set);
    shape[0] = shape[1] = 1;
    if (H5Sget_simple_extent_ndims(space) <= 2) H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    H5Dclose(set);
}

/* The data set as stored, malloc'd; its number of elements in *count. */
static double *read_set(hid_t group, const char *name, int *count) {
    hsize_t shape[2];
    shape_of(group, name, shape);
    *count = (int)(shape[0] * shape[1]);
    double *data = calloc((size_t)*count + 1, sizeof *data);
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) data[0] = NAN;
    H5Dclose(set);
    return data;
}

static int read_attribute(hid_t group, const char *name, double *value) {
    if (H5Aexists(group, name) <= 0) return 0;
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    herr_t error = H5Aread(attribute, H5T_NATIVE_DOUBLE, value);
    H5Aclose(attribute);
    return error >= 0;
}

/* [rows,cols] of the data set -> malloc'd [cols,rows]. */
static double *read_transposed(hid_t group, const char *name, int *rows, int *cols) {
    hsize_t shape[2];
    int count;
    shape_of(group, name, shape);
    double *data = read_set(group, name, &count), *turned = calloc((size_t)count + 1, sizeof *data);
    *rows = (int)shape[0], *cols = (int)shape[1];
    for (int i = 0; i < *rows; i++)
        for (int j = 0; j < *cols; j++) turned[j * *rows + i] = data[i * *cols + j];
    free(data);
    return turned;
}

/* --- full profile --- */

static double modulus(const dmd_case_t *c, int j) {
    return hypot(c->result.lambda[2 * j], c->result.lambda[2 * j + 1]);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_moduli(dmd_case_t *c) {
    if (!exists(c->group, "abs_lam_sorted")) return;
    int count, rank = c->result.rank;
    double *stored = read_set(c->group, "abs_lam_sorted", &count), error = 0;
    double *ours = calloc((size_t)rank + 1, sizeof *ours);
    for (int j = 0; j < rank; j++) ours[j] = modulus(c, j);
    qsort(ours, (size_t)rank, sizeof *ours, ascending);
    qsort(stored, (size_t)count, sizeof *stored, ascending);
    for (int j = 0; j < count && j < rank; j++)
        error = fmax(error, fabs(ours[j] - stored[j]) / fmax(stored[j], 1e-6 * c->result.rho));
    verdict(c, "sorted |lambda|", count == rank ? error : NAN, 1e-8);
    free(ours);
    free(stored);
}

/* Our mode whose eigenvalue is nearest to (re, im). */
static int nearest_mode(const dmd_case_t *c, double re, double im) {
    int best = 0;
    double least = INFINITY;
    for (int j = 0; j < c->result.rank; j++) {
        double distance = hypot(c->result.lambda[2 * j] - re, c->result.lambda[2 * j + 1] - im);
        if (distance < least) least = distance, best = j;
    }
    return best;
}

/* Eigenvalues and, mode by mode, residuals: matched by eigenvalue, as orders differ. */
static void check_modes(dmd_case_t *c) {
    if (!exists(c->group, "lam_re") || !exists(c->group, "lam_im")) return;
    int count, with_residual = exists(c->group, "resdmd_r");
    double *re = read_set(c->group, "lam_re", &count), *im = read_set(c->group, "lam_im", &count);
    double *r = with_residual ? read_set(c->group, "resdmd_r", &count) : NULL;
    double lambda_error = 0, worst = 0;
    for (int j = 0; j < count; j++) {
        int k = nearest_mode(c, re[j], im[j]);
        double distance =
            hypot(c->result.lambda[2 * k] - re[j], c->result.lambda[2 * k + 1] - im[j]);
        lambda_error = fmax(lambda_error, distance / c->result.rho);
        if (r) worst = fmax(worst, floored_error(c->result.residual[k], r[j], RESIDUAL_FLOOR));
    }
    verdict(c, "lambda", count == c->result.rank ? lambda_error : NAN, 1e-8);
    if (r) verdict(c, "r_j", worst, 1e-8);
    free(re);
    free(im);
    free(r);
}

static double norm2_row_major(int n, double *a) {
    double *work = calloc((size_t)(4 * n), sizeof *work);
    double norm = dense_norm2((dense_t){n, n, n, a}, work);
    free(work);
    return norm;
}

static void check_operator(dmd_case_t *c) {
    int count, d = c->d;
    double stored_norm, *a = calloc((size_t)(d * d), sizeof *a);
    rksp_operator(c->workspace, a);
    if (exists(c->group, "A")) {
        double *stored = read_set(c->group, "A", &count);
        verdict(c, "A", count == d * d ? norm_error(count, a, stored) : NAN, 1e-8);
        free(stored);
    }
    if (read_attribute(c->group, "normA", &stored_norm))
        verdict(c, "normA", scalar_error(norm2_row_major(d, a), stored_norm), 1e-8);
    if (exists(c->group, "W")) {
        double *stored = read_set(c->group, "W", &count);
        rksp_whitening(c->workspace, a);
        verdict(c, "W", count == d * d ? norm_error(count, a, stored) : NAN, 1e-8);
        free(stored);
    }
    free(a);
}

static double mean_square(const dmd_case_t *c) {
    double sum = 0;
    for (int j = 0; j < c->result.rank; j++) sum += modulus(c, j) * modulus(c, j);
    return sum / c->result.rank;
}

/* Masses are counts: exact but for the division, or for a difference of such. Kreiss constants are
 * maxima of a search, on both sides. */
static void check_scalars(dmd_case_t *c) {
    const rksp_result_t *r = &c->result;
    const struct {
        const char *name;
        double ours, tolerance, floor;
    } scalars[] = {
        {"nrank", r->rank, 0, 0},
        {"M_gt", r->all.expansive, 1e-14, 1},
        {"M_near", r->all.near_unit, 1e-14, 1},
        {"M_lt", r->all.contractive, 1e-14, 1},
        {"M_mid", r->all.mid, 1e-14, 1},
        {"reliable", r->reliable_share, 1e-14, 1},
        {"M_near_rel", r->reliable.near_unit, 1e-14, 1},
        {"M_gt_rel", r->reliable.expansive, 1e-14, 1},
        {"rho", r->rho, 1e-8, 0},
        {"kappa", r->kappa_v, 1e-6, 0},
        {"eta_nl", r->eta_nl, 1e-8, RESIDUAL_FLOOR},
        {"henrici", r->henrici, 1e-8, 0},
        {"kreiss", r->kreiss, 1e-5, 0},
        {"kreiss_scaled", r->kreiss_scaled, 1e-5, 0},
        {"qgain", mean_square(c), 1e-8, 0},
    };
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++) {
        double stored;
        if (read_attribute(c->group, scalars[i].name, &stored))
            verdict(c, scalars[i].name, floored_error(scalars[i].ours, stored, scalars[i].floor),
                    scalars[i].tolerance);
    }
}

static void check_full(dmd_case_t *c) {
    rksp_options_t options = rksp_defaults;
    options.samples_min = 2; /* the file decides how many samples there are */
    if (rksp_create(c->d, c->samples, &options, &c->workspace) != STATUS_OK ||
        rksp_profile_f64(c->workspace, c->x, c->y, c->d, &c->result) != STATUS_OK) {
        printf("%s: %s\n", c->name, status_message());
        verdict(c, "profile", NAN, 0);
        return;
    }
    check_operator(c);
    check_moduli(c);
    check_modes(c);
    check_scalars(c);
    rksp_destroy(&c->workspace);
}

/* --- projection and spectral shaping --- */

static void check_projected(dmd_case_t *c) {
    if (!exists(c->group, "P") || !exists(c->group, "A_proj")) return;
    int d, r, count;
    double *basis = read_transposed(c->group, "P", &d, &r);
    double *stored = read_set(c->group, "A_proj", &count), *a = calloc((size_t)(r * r), sizeof *a);
    rksp_options_t options = rksp_defaults;
    options.samples_min = 2;
    options.kreiss = 0;
    options.basis = basis;
    options.basis_rank = r;
    double error = NAN;
    if (rksp_create(c->d, c->samples, &options, &c->workspace) == STATUS_OK &&
        rksp_profile_f64(c->workspace, c->x, c->y, c->d, &c->result) == STATUS_OK) {
        rksp_operator(c->workspace, a);
        error = norm_error(r * r, a, stored);
    } else
        printf("%s: %s\n", c->name, status_message());
    verdict(c, "A_proj", error, 1e-8);
    rksp_destroy(&c->workspace);
    free(basis);
    free(stored);
    free(a);
}

/* Largest relative error of the gradient stored as [d,N] against ours, [N,d]. */
static void check_gradient(dmd_case_t *c, hid_t group, const char *label, const char *set,
                           const double *ours) {
    if (!exists(group, set)) return;
    int d, samples;
    char quantity[64];
    double *stored = read_transposed(group, set, &d, &samples);
    snprintf(quantity, sizeof quantity, "%s %s", label, set);
    int fits = d == c->d && samples == c->samples && largest(d * samples, stored) > 0;
    verdict(c, quantity, fits ? norm_error(d * samples, ours, stored) : NAN, 1e-6);
    free(stored);
}

static void check_kss_result(dmd_case_t *c, hid_t group, const char *label,
                             const kss_result_t *result) {
    double stored;
    char quantity[64];
    snprintf(quantity, sizeof quantity, "%s loss", label);
    if (read_attribute(group, "loss", &stored))
        verdict(c, quantity, scalar_error(result->loss, stored), 1e-9);
    snprintf(quantity, sizeof quantity, "%s m_soft", label);
    if (read_attribute(group, "m_soft", &stored))
        verdict(c, quantity, scalar_error(result->m_soft, stored), 1e-9);
}

static void check_kss(dmd_case_t *c, const char *label, int projected, int differentiate) {
    if (!exists(c->group, label) || (projected && !exists(c->group, "P"))) return;
    int d = c->d, r = 0;
    size_t count = (size_t)(c->d * c->samples);
    double *basis = projected ? read_transposed(c->group, "P", &d, &r) : NULL;
    double *gx = calloc(count, sizeof *gx), *gy = calloc(count, sizeof *gy);
    hid_t group = H5Gopen2(c->group, label, H5P_DEFAULT);
    kss_options_t options = kss_defaults;
    options.differentiate_whitening = differentiate;
    kss_workspace_t *workspace = NULL;
    kss_result_t result;
    if (kss_create(c->d, c->samples, basis, r, &options, &workspace) == STATUS_OK &&
        kss_evaluate_f64(workspace, c->x, c->y, c->d, &result, gx, gy) == STATUS_OK) {
        check_kss_result(c, group, label, &result);
        check_gradient(c, group, label, "GX", gx);
        check_gradient(c, group, label, "GY", gy);
    } else {
        printf("%s: %s\n", c->name, status_message());
        verdict(c, label, NAN, 0);
    }
    kss_destroy(&workspace);
    H5Gclose(group);
    free(basis);
    free(gx);
    free(gy);
}

/* --- files --- */

/* Largest relative errors of one group of the file; its failures are added to *totals. */
static herr_t check_group(hid_t file, const char *name, const H5L_info_t *info, void *totals) {
    (void)info;
    int rows, cols, *sums = totals;
    dmd_case_t c = {.group = H5Gopen2(file, name, H5P_DEFAULT), .name = name};
    if (c.group < 0) return 0; /* not a group */
    if (exists(c.group, "X") && exists(c.group, "Y")) {
        c.x = read_transposed(c.group, "X", &c.d, &c.samples);
        c.y = read_transposed(c.group, "Y", &rows, &cols);
        if (rows == c.d && cols == c.samples) {
            check_full(&c);
            check_projected(&c);
            check_kss(&c, "kss_full", 0, 1);
            check_kss(&c, "kss_proj", 1, 1);
            check_kss(&c, "kss_proj_stop", 1, 0);
        } else
            verdict(&c, "shape of Y", NAN, 0);
        free(c.x);
        free(c.y);
    }
    H5Gclose(c.group);
    sums[0] += c.checked;
    sums[1] += c.failed;
    return 0;
}

int main(int argc, char **argv) {
    int totals[2] = {0, 0}; /* checked, failed */
    if (argc < 2) {
        fprintf(stderr, "usage: golden_dmd FILE...\n");
        return 2;
    }
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    for (int i = 1; i < argc; i++) {
        hid_t file = H5Fopen(argv[i], H5F_ACC_RDONLY, H5P_DEFAULT);
        if (file < 0) {
            fprintf(stderr, "golden_dmd: %s is missing or no HDF5 file\n", argv[i]);
            return 2;
        }
        H5Literate(file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, check_group, totals);
        H5Fclose(file);
    }
    printf("%d quantities, %d outside their limit\n", totals[0], totals[1]);
    return totals[0] == 0 || totals[1] > 0;
}
