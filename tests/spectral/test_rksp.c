/* The layer profile against closed forms and theorems. */
#include "spectral/layer.h"

/* --- eigenvalues, masses --- */

/* Y = K X with K = a rotation by 0.3 scaled by 1.2, an eigenvalue 0.95 and one of 0.5. */
static void a_linear_layer_gives_its_eigenvalues(void **state) {
    (void)state;
    enum { D = 4, N = 40 };
    double c = 1.2 * cos(0.3), s = 1.2 * sin(0.3);
    double k[D * D] = {c, -s, 2, 0, s, c, 0, 1, 0, 0, 0.95, 3, 0, 0, 0, 0.5};
    double *x = normals("x", N * D), *y = image(D, N, x, k, 0);
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    const double expected[][2] = {{0.5, 0}, {0.95, 0}, {c, -s}, {c, s}};
    for (int j = 0; j < D; j++) {
        assert_close(r.lambda[2 * j], expected[j][0], 1e-10);
        assert_close(r.lambda[2 * j + 1], expected[j][1], 1e-10);
        assert_true(r.residual[j] < 1e-10);
    }
    assert_true(r.all.expansive == 0.5 && r.all.near_unit == 0.25 && r.all.contractive == 0.25);
    assert_true(r.all.mid == 0 && r.reliable_share == 1 && r.rank == D && !r.degenerate);
    assert_close(r.rho, 1.2, 1e-10);
    assert_true(r.eta_nl < 1e-10);
    rksp_destroy(&w);
    free(x);
    free(y);
}

static void ends_of_the_bands(void **state) {
    (void)state;
    const double lambda[] = {1.05, 0, 0, 0.90, 0.80, 0, -1.0500001, 0, 0.7999999, 0, 0.85, 0};
    int counted;
    rksp_masses_t m = rksp_count_masses(&rksp_defaults, 6, lambda, NULL, 0, &counted);
    assert_int_equal(counted, 6);
    assert_true(m.near_unit == 2.0 / 6);   /* 1.05 and 0.90: closed        */
    assert_true(m.expansive == 1.0 / 6);   /* strictly above 1.05          */
    assert_true(m.contractive == 1.0 / 6); /* strictly below 0.80          */
    assert_true(m.mid == 2.0 / 6);         /* 0.80 and 0.85                */
}

static void masses_of_no_reliable_mode_are_not_a_number(void **state) {
    (void)state;
    const double lambda[] = {1, 0, 2, 0}, residual[] = {0.2, 0.3};
    int counted;
    rksp_masses_t m = rksp_count_masses(&rksp_defaults, 2, lambda, residual, 0.1, &counted);
    assert_int_equal(counted, 0);
    assert_true(isnan(m.near_unit) && isnan(m.expansive) && isnan(m.contractive) && isnan(m.mid));
    m = rksp_count_masses(&rksp_defaults, 2, lambda, residual, 0.2, &counted);
    assert_true(counted == 1 && m.near_unit == 1); /* a residual at the limit is reliable */
}

/* Whitening is a similarity transformation: with full rank only kappa, eta and residuals see it. */
static void eigenvalues_do_not_depend_on_epsilon(void **state) {
    (void)state;
    enum { D = 12, N = 200 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    rksp_result_t first = {0};
    double moduli[D];
    for (int trial = 0; trial < 3; trial++) {
        rksp_options_t options = rksp_defaults;
        options.epsilon = (const double[]){1e-5, 0, 10}[trial];
        rksp_workspace_t *w;
        rksp_result_t r = profile_of(D, N, x, y, &options, &w);
        if (trial == 0) first = r;
        for (int j = 0; j < D; j++) {
            if (trial == 0) moduli[j] = modulus_of(&r, j);
            assert_close(modulus_of(&r, j), moduli[j], 1e-11);
        }
        assert_close(r.rho, first.rho, 1e-11);
        assert_memory_equal(&r.all, &first.all, sizeof r.all);
        rksp_destroy(&w);
    }
    free(k);
    free(x);
    free(y);
}

/* Features of unlike size, in other coordinates, which add to it: variances spread over `spread`
 * and more; at 1 x stays as it is. Feature `copied`, if not negative, is feature 0 once more. */
static void stretch(int d, int samples, double spread, int copied, double *x) {
    double *turn = disc(d, 2), *turned = NULL;
    for (int s = 0; s < samples && spread > 1; s++)
        for (int i = 0; i < d; i++) x[s * d + i] *= pow(spread, -0.5 * i / (d - 1));
    turned = image(d, samples, x, turn, 0);
    if (spread > 1) memcpy(x, turned, sizeof *x * (size_t)(samples * d));
    for (int s = 0; s < samples && copied >= 0; s++) x[s * d + copied] = x[s * d];
    free(turn), free(turned);
}

/* values_only goes by Cholesky factors where the rank is full beyond doubt, and twice where
 * variances spread; else by eigenvectors. */
static void values_alone_are_those_beside_vectors(void **state) {
    (void)state;
    enum { D = 30, N = 200 };
    const struct {
        double spread, epsilon;
        int copied;
    } layers[] = {{1, 1e-5, -1},   {1, 0, -1},       {1e4, 1e-5, -1},
                  {1e7, 1e-5, -1}, {1e11, 1e-5, -1}, {1, 1e-5, 7}};
    for (size_t k = 0; k < sizeof layers / sizeof *layers; k++) {
        double *map = disc(D, 0.5), *x = normals("x", N * D), *y;
        stretch(D, N, layers[k].spread, layers[k].copied, x);
        y = image(D, N, x, map, 0.1);
        rksp_options_t options = rksp_defaults;
        options.epsilon = layers[k].epsilon;
        rksp_workspace_t *w, *v;
        rksp_result_t all = profile_of(D, N, x, y, &options, &w);
        options.values_only = 1;
        rksp_result_t values = profile_of(D, N, x, y, &options, &v);
        assert_int_equal(values.rank, all.rank);
        for (int j = 0; j < 2 * all.rank; j++)
            assert_close(values.lambda[j], all.lambda[j], 1e-9 * all.rho);
        assert_memory_equal(&values.all, &all.all, sizeof all.all);
        assert_close(values.rho, all.rho, 1e-9 * all.rho);
        assert_close(values.eta_nl, all.eta_nl, 1e-9 * all.eta_nl);
        assert_close(values.change, all.change, 1e-9 * all.change);
        rksp_destroy(&w);
        rksp_destroy(&v);
        free(map), free(x), free(y);
    }
}

/* x -> T x, y -> T y leaves the eigenvalues alone. */
static void eigenvalues_do_not_depend_on_coordinates(void **state) {
    (void)state;
    enum { D = 8, N = 100 };
    double *k = disc(D, 0.5), *t = disc(D, 0.7), *x = normals("x", N * D);
    double *y = image(D, N, x, k, 0.1), *tx = image(D, N, x, t, 0), *ty = image(D, N, y, t, 0);
    rksp_workspace_t *w, *tw;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    rksp_result_t tr = profile_of(D, N, tx, ty, &rksp_defaults, &tw);
    for (int j = 0; j < 2 * D; j++) assert_close(r.lambda[j], tr.lambda[j], 1e-10);
    rksp_destroy(&w);
    rksp_destroy(&tw);
    free(k), free(t), free(x), free(y), free(tx), free(ty);
}

/* A copied feature adds a structural zero to A and nothing to the spectrum. */
static void structural_zeros_are_not_counted(void **state) {
    (void)state;
    enum { D = 5, N = 80 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    double copied_x[N * (D + 1)], copied_y[N * (D + 1)];
    for (int s = 0; s < N; s++)
        for (int i = 0; i <= D; i++) {
            copied_x[s * (D + 1) + i] = x[s * D + i % D];
            copied_y[s * (D + 1) + i] = y[s * D + i % D];
        }
    rksp_workspace_t *w, *cw;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    rksp_result_t c = profile_of(D + 1, N, copied_x, copied_y, &rksp_defaults, &cw);
    assert_int_equal(c.rank, D);
    for (int j = 0; j < 2 * D; j++) assert_close(r.lambda[j], c.lambda[j], 1e-10);
    assert_memory_equal(&r.all, &c.all, sizeof r.all);
    rksp_destroy(&w);
    rksp_destroy(&cw);
    free(k), free(x), free(y);
}

/* A dead feature is no direction, whatever rounding its mean has. */
static void a_constant_feature_lowers_the_rank(void **state) {
    (void)state;
    enum { D = 4, N = 70 };
    double *k = disc(D, 0.5), *x = normals("x", N * D);
    for (int s = 0; s < N; s++) x[s * D + 2] = 1.1e5;
    double *y = image(D, N, x, k, 0.1);
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    assert_int_equal(r.rank, D - 1);
    assert_true(r.rho < 2);
    rksp_destroy(&w);
    free(k), free(x), free(y);
}

static void one_feature_is_a_regression_slope(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4, 7}, y[] = {2, 3, 5, 4, 9};
    double sxx = 0, sxy = 0, mx = 3.4, my = 4.6;
    for (int i = 0; i < 5; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        sxy += (x[i] - mx) * (y[i] - my);
    }
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(1, 5, x, y, &rksp_defaults, &w);
    assert_close(r.rho, sxy / sxx, 1e-14);
    assert_close(r.kappa_v, 1, 1e-14);
    rksp_destroy(&w);
}

/* --- theorems --- */

/* Bauer and Fike: every eigenvalue of A + E is within kappa(V) |E|_2 of one of A. */
static void bauer_fike(void **state) {
    (void)state;
    enum { D = 10, N = 150 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    double a[D * D], b[D * D], frobenius = 0;
    rksp_workspace_t *w, *v;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    double *shift = normals("shift", N * D);
    for (int i = 0; i < N * D; i++) y[i] += 1e-4 * shift[i];
    rksp_result_t s = profile_of(D, N, x, y, &rksp_defaults, &v);
    rksp_operator(w, a);
    rksp_operator(v, b);
    for (int i = 0; i < D * D; i++) frobenius = hypot(frobenius, a[i] - b[i]);
    for (int j = 0; j < D; j++) {
        double nearest = INFINITY;
        for (int l = 0; l < D; l++)
            nearest = fmin(nearest, hypot(s.lambda[2 * j] - r.lambda[2 * l],
                                          s.lambda[2 * j + 1] - r.lambda[2 * l + 1]));
        assert_true(nearest <= r.kappa_v * frobenius);
        assert_true(nearest > 0);
    }
    rksp_destroy(&w);
    rksp_destroy(&v);
    free(k), free(x), free(y), free(shift);
}

/* Snapshots +-e_i are white; a symmetric layer then gives a normal A: kappa 1, no departure from
 * normality, and (1-0.1)^2 M~1 <= mean |lambda|^2 = E|Ax|^2 <= 1.05^2 when rho <= 1.05. */
static void a_normal_operator_obeys_the_energy_bound(void **state) {
    (void)state;
    enum { D = 6, N = 2 * D };
    const double eigenvalue[D] = {1.04, -0.95, 0.91, 0.5, 0.85, 1};
    double x[N * D] = {0}, k[D * D], q[D] = {0.5, -0.1, 0.4, 0.2, 0.7, 0.2}, energy = 0, size = 0;
    for (int i = 0; i < D; i++) size += q[i] * q[i];
    for (int i = 0; i < D; i++) x[2 * i * D + i] = 1, x[(2 * i + 1) * D + i] = -1;
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) { /* H diag(eigenvalue) H with a Householder reflection H */
            k[i * D + j] = 0;
            for (int l = 0; l < D; l++)
                k[i * D + j] += ((i == l) - 2 * q[i] * q[l] / size) * eigenvalue[l] *
                                ((j == l) - 2 * q[j] * q[l] / size);
        }
    double *y = image(D, N, x, k, 0);
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    for (int j = 0; j < D; j++) energy += modulus_of(&r, j) * modulus_of(&r, j) / D;
    assert_close(r.kappa_v, 1, 1e-9);
    assert_true(r.henrici < 1e-7);
    assert_close(r.all.near_unit, 4.0 / 6, 1e-15);
    assert_true(0.81 * r.all.near_unit <= energy && energy <= 1.05 * 1.05);
    assert_true(isinf(r.kreiss));
    assert_close(r.kreiss_scaled, 1, 1e-6);
    rksp_destroy(&w);
    free(y);
}

static void a_jordan_block_is_told_by_kappa(void **state) {
    (void)state;
    enum { D = 4, N = 60 };
    double k[D * D] = {0.5, 1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0.5};
    double *x = normals("x", N * D), *y = image(D, N, x, k, 0);
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    assert_true(r.kappa_v > 1e9);
    assert_close(r.rho, 0.5, 1e-3); /* perturbed as the 4th root of rounding */
    assert_true(isfinite(r.kreiss) && r.kreiss > 1 && r.henrici > 0.5);
    rksp_destroy(&w);
    free(x), free(y);
}

/* --- flags, entries --- */

static void the_identity_is_degenerate(void **state) {
    (void)state;
    enum { D = 8, N = 100 };
    double *x = normals("x", N * D), *y = normals("x", N * D), *noise = normals("n", N * D);
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w);
    assert_true(r.degenerate && r.all.near_unit == 1 && r.change < 1e-12);
    for (int i = 0; i < N * D; i++) y[i] += 1e-5 * noise[i];
    assert_int_equal(rksp_profile_f64(w, x, y, D, &r), STATUS_OK);
    assert_true(r.degenerate && r.change > 1e-6);
    for (int i = 0; i < N * D; i++) y[i] += 0.1 * noise[i];
    assert_int_equal(rksp_profile_f64(w, x, y, D, &r), STATUS_OK);
    assert_true(!r.degenerate);
    rksp_destroy(&w);
    free(x), free(y), free(noise);
}

/* Float32 rows with a stride are the same snapshots. */
static void float32_entry_reads_rows(void **state) {
    (void)state;
    enum { D = 6, N = 50, STRIDE = 9 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    float fx[N * STRIDE], fy[N * STRIDE];
    for (int i = 0; i < N * STRIDE; i++) fx[i] = fy[i] = NAN; /* between rows: never read */
    for (int s = 0; s < N; s++)
        for (int i = 0; i < D; i++) {
            fx[s * STRIDE + i] = (float)x[s * D + i];
            fy[s * STRIDE + i] = (float)y[s * D + i];
            x[s * D + i] = fx[s * STRIDE + i];
            y[s * D + i] = fy[s * STRIDE + i];
        }
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &rksp_defaults, &w), f;
    double rho = r.rho, kappa = r.kappa_v;
    assert_int_equal(rksp_profile(w, fx, fy, STRIDE, &f), STATUS_OK);
    assert_true(f.rho == rho && f.kappa_v == kappa);
    rksp_destroy(&w);
    free(k), free(x), free(y);
}

static void a_workspace_forgets_the_layer_before(void **state) {
    (void)state;
    enum { D = 7, N = 60 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    double flat[N * D], lambda[2 * D];
    for (int i = 0; i < N * D; i++) flat[i] = x[i - i % D] * (1 + i % D); /* rank 1 */
    rksp_workspace_t *w;
    rksp_result_t first = profile_of(D, N, x, y, &rksp_defaults, &w), again;
    memcpy(lambda, first.lambda, sizeof lambda);
    assert_int_equal(rksp_profile_f64(w, flat, y, D, &again), STATUS_OK);
    assert_int_equal(again.rank, 1);
    assert_int_equal(rksp_profile_f64(w, x, y, D, &again), STATUS_OK);
    assert_memory_equal(lambda, again.lambda, sizeof lambda);
    assert_true(again.kappa_v == first.kappa_v && again.kreiss_scaled == first.kreiss_scaled &&
                again.eta_nl == first.eta_nl);
    rksp_destroy(&w);
    free(k), free(x), free(y);
}

static void a_square_basis_changes_nothing(void **state) {
    (void)state;
    enum { D = 6, N = 80 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    double identity[D * D] = {0}, residual[D];
    for (int i = 0; i < D; i++) identity[i * D + (i + 1) % D] = 1; /* a permutation */
    rksp_options_t options = rksp_defaults;
    options.basis = identity;
    options.basis_rank = D;
    rksp_workspace_t *w, *p;
    rksp_result_t full = profile_of(D, N, x, y, &rksp_defaults, &w);
    memcpy(residual, full.residual, sizeof residual);
    rksp_result_t through = profile_of(D, N, x, y, &options, &p);
    for (int j = 0; j < D; j++) {
        assert_close(modulus_of(&full, j), modulus_of(&through, j), 1e-11);
        assert_close(residual[j], through.residual[j], 1e-10);
    }
    assert_close(full.kappa_v, through.kappa_v, 1e-8 * full.kappa_v);
    assert_close(full.eta_nl, through.eta_nl, 1e-12);
    assert_close(full.kreiss_scaled, through.kreiss_scaled, 1e-6 * full.kreiss_scaled);
    rksp_destroy(&w);
    rksp_destroy(&p);
    free(k), free(x), free(y);
}

static void kreiss_can_be_left_out(void **state) {
    (void)state;
    enum { D = 3, N = 30 };
    double *k = disc(D, 0.5), *x = normals("x", N * D), *y = image(D, N, x, k, 0.1);
    rksp_options_t options = rksp_defaults;
    options.kreiss = 0;
    rksp_workspace_t *w;
    rksp_result_t r = profile_of(D, N, x, y, &options, &w);
    assert_true(isnan(r.kreiss) && isnan(r.kreiss_scaled) && isfinite(r.kappa_v));
    rksp_destroy(&w);
    free(k), free(x), free(y);
}

/* --- refusals --- */

static void refuse(int d, int samples, const rksp_options_t *options, const char *word) {
    rksp_workspace_t *w = NULL;
    assert_int_equal(rksp_create(d, samples, options, &w), STATUS_SPEC);
    assert_null(w);
    if (!strstr(status_message(), word))
        fail_msg("\"%s\" does not say \"%s\"", status_message(), word);
}

static void options_that_do_not_fit_are_refused(void **state) {
    (void)state;
    rksp_options_t o = rksp_defaults;
    refuse(0, 10, &o, "0 features");
    refuse(10, 10, &o, "at least 11 samples");
    refuse(10, 1, &o, "at least 11 samples");
    o.near_unit_from = 1.2;
    refuse(4, 20, &o, "overlap");
    o = rksp_defaults;
    o.rank_tolerance = 0;
    refuse(4, 20, &o, "rank_tolerance 0");
    o = rksp_defaults;
    o.basis = (const double[]){1, 0, 0, 1, 1, 0};
    o.basis_rank = 2;
    refuse(3, 20, &o, "basis vectors 1 and 0 have the product 1");
    o.basis_rank = 4;
    refuse(3, 20, &o, "ask for 1 to 3");
}

static void snapshots_without_meaning_are_refused(void **state) {
    (void)state;
    enum { D = 3, N = 10 };
    double *x = normals("x", N * D), *y = normals("y", N * D), equal[N * D];
    rksp_workspace_t *w;
    rksp_result_t r;
    assert_int_equal(rksp_create(D, N, &rksp_defaults, &w), STATUS_OK);
    y[5 * D + 1] = NAN;
    assert_int_equal(rksp_profile_f64(w, x, y, D, &r), STATUS_FAILED);
    assert_non_null(strstr(status_message(), "Y is nan at sample 5, feature 1"));
    y[5 * D + 1] = 0;
    x[2 * D] = INFINITY;
    assert_int_equal(rksp_profile_f64(w, x, y, D, &r), STATUS_FAILED);
    assert_non_null(strstr(status_message(), "X is inf at sample 2, feature 0"));
    for (int i = 0; i < N * D; i++) equal[i] = 0.1 + i % D / 3.0;
    assert_int_equal(rksp_profile_f64(w, equal, y, D, &r), STATUS_FAILED);
    assert_non_null(strstr(status_message(), "all samples are equal"));
    for (int i = 0; i < N * D; i++) equal[i] = 1e200 * y[i];
    assert_int_equal(rksp_profile_f64(w, equal, y, D, &r), STATUS_FAILED);
    assert_non_null(strstr(status_message(), "covariance of X overflows"));
    x[2 * D] = 0;
    for (int i = 0; i < N * D; i++) equal[i] = 1e308 * y[i];
    assert_int_equal(rksp_profile_f64(w, x, equal, D, &r), STATUS_FAILED);
    rksp_destroy(&w);
    rksp_destroy(&w); /* twice is fine */
    free(x), free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_layer_gives_its_eigenvalues),
        cmocka_unit_test(ends_of_the_bands),
        cmocka_unit_test(masses_of_no_reliable_mode_are_not_a_number),
        cmocka_unit_test(eigenvalues_do_not_depend_on_epsilon),
        cmocka_unit_test(values_alone_are_those_beside_vectors),
        cmocka_unit_test(eigenvalues_do_not_depend_on_coordinates),
        cmocka_unit_test(structural_zeros_are_not_counted),
        cmocka_unit_test(a_constant_feature_lowers_the_rank),
        cmocka_unit_test(one_feature_is_a_regression_slope),
        cmocka_unit_test(bauer_fike),
        cmocka_unit_test(a_normal_operator_obeys_the_energy_bound),
        cmocka_unit_test(a_jordan_block_is_told_by_kappa),
        cmocka_unit_test(the_identity_is_degenerate),
        cmocka_unit_test(float32_entry_reads_rows),
        cmocka_unit_test(a_workspace_forgets_the_layer_before),
        cmocka_unit_test(a_square_basis_changes_nothing),
        cmocka_unit_test(kreiss_can_be_left_out),
        cmocka_unit_test(options_that_do_not_fit_are_refused),
        cmocka_unit_test(snapshots_without_meaning_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
