/* The shaping loss and its gradient against finite differences. */
#include "spectral/layer.h"

#include "spectral/kss.h"
#include "spectral/projection.h"

typedef struct problem {
    int d, samples, rank;
    double *x, *y, *basis; /* owned */
} problem_t;

/* A layer with eigenvalues on both sides of the upper threshold. */
static problem_t open_problem(int d, int samples, int rank) {
    problem_t p = {.d = d, .samples = samples, .rank = rank};
    double *k = disc(d, 0.4);
    p.x = normals("x", (size_t)(samples * d));
    for (int i = 0; i < samples * d; i++) p.x[i] *= 1 + i % d; /* not white */
    p.y = image(d, samples, p.x, k, 0.3);
    free(k);
    if (rank == 0) return p;
    rng_t rng = rng_open(3, 0, "basis", 0);
    p.basis = calloc((size_t)(d * rank), sizeof *p.basis);
    projection_random_basis(&rng, d, rank, p.basis);
    return p;
}

static void close_problem(problem_t *p) {
    free(p->x);
    free(p->y);
    free(p->basis);
}

static kss_result_t evaluate(const problem_t *p, const kss_options_t *options, const double *x,
                             const double *y, double *gx, double *gy) {
    kss_workspace_t *w;
    kss_result_t result;
    assert_int_equal(kss_create(p->d, p->samples, p->basis, p->rank, options, &w), STATUS_OK);
    assert_int_equal(kss_evaluate_f64(w, x, y, p->d, &result, gx, gy), STATUS_OK);
    kss_destroy(&w);
    return result;
}

/* Central difference of the loss along (dx, dy), both [N,d]; Richardson-extrapolated. */
static double slope_along(const problem_t *p, const kss_options_t *options, const double *dx,
                          const double *dy) {
    int count = p->samples * p->d;
    double *x = calloc((size_t)count, sizeof *x), *y = calloc((size_t)count, sizeof *y);
    double slope[2];
    for (int half = 0; half < 2; half++) {
        double h = half ? 5e-5 : 1e-4, loss[2];
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < count; i++) {
                x[i] = p->x[i] + (side ? h : -h) * dx[i];
                y[i] = p->y[i] + (side ? h : -h) * dy[i];
            }
            loss[side] = evaluate(p, options, x, y, NULL, NULL).loss;
        }
        slope[half] = (loss[1] - loss[0]) / (2 * h);
    }
    free(x);
    free(y);
    return (4 * slope[1] - slope[0]) / 3;
}

static double dot(int count, const double *a, const double *b) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* <gradient, direction> equals the difference quotient, for directions in X, Y and both. */
static void compare_with_differences(int d, int samples, int rank) {
    problem_t p = open_problem(d, samples, rank);
    int count = samples * d;
    size_t size = (size_t)count;
    double *gx = calloc(size, sizeof *gx), *gy = calloc(size, sizeof *gy);
    double *dx = normals("dx", size), *dy = normals("dy", size), *zero = calloc(size, sizeof *zero);
    kss_options_t options = kss_defaults;
    options.differentiate_whitening = 1;
    options.epsilon = 0.5; /* visible beside the variances: W's derivative matters */
    kss_result_t result = evaluate(&p, &options, p.x, p.y, gx, gy);
    assert_int_equal(result.skipped, 0);
    assert_int_equal(result.modes, rank ? rank : d);
    double along_x = dot(count, gx, dx), along_y = dot(count, gy, dy);
    assert_true(along_x != 0 && along_y != 0);
    double scale = fabs(along_x) + fabs(along_y);
    assert_close(slope_along(&p, &options, dx, zero), along_x, 1e-7 * scale);
    assert_close(slope_along(&p, &options, zero, dy), along_y, 1e-7 * scale);
    assert_close(slope_along(&p, &options, dx, dy), along_x + along_y, 1e-7 * scale);
    free(gx), free(gy), free(dx), free(dy), free(zero);
    close_problem(&p);
}

static void full_gradient_is_the_slope(void **state) {
    (void)state;
    compare_with_differences(7, 40, 0);
}

static void projected_gradient_is_the_slope(void **state) {
    (void)state;
    compare_with_differences(9, 60, 4);
}

static void gradient_of_one_feature(void **state) {
    (void)state;
    compare_with_differences(1, 12, 0);
}

/* For full rank the eigenvalues do not depend on W, so W's derivative adds nothing; for a projected
 * operator it does. */
static void stopping_the_whitening(void **state) {
    (void)state;
    for (int rank = 0; rank <= 4; rank += 4) {
        problem_t p = open_problem(8, 60, rank);
        enum { COUNT = 60 * 8 };
        double through[COUNT], stopped[COUNT], gy[COUNT], difference = 0, size = 0;
        kss_options_t options = kss_defaults;
        options.epsilon = 0.5;
        evaluate(&p, &options, p.x, p.y, stopped, gy);
        options.differentiate_whitening = 1;
        evaluate(&p, &options, p.x, p.y, through, gy);
        for (int i = 0; i < COUNT; i++) {
            difference = hypot(difference, through[i] - stopped[i]);
            size = hypot(size, through[i]);
        }
        if (rank == 0)
            assert_true(difference < 1e-9 * size);
        else
            assert_true(difference > 1e-2 * size);
        close_problem(&p);
    }
}

/* The loss of known eigenvalues, written out: Y = diag(1.2, 0.95, 0.3) X. */
static void loss_of_known_eigenvalues(void **state) {
    (void)state;
    enum { D = 3, N = 30 };
    const double a[D] = {1.2, 0.95, 0.3}, k[D * D] = {1.2, 0, 0, 0, 0.95, 0, 0, 0, 0.3};
    double *x = normals("x", N * D), *y = image(D, N, x, k, 0), unstable = 0, soft = 0;
    for (int j = 0; j < D; j++) {
        double excess = log(1 + exp(a[j] - 1.05));
        unstable += excess * excess / (1 + exp(-20 * (a[j] - 1.05)));
        soft += 1 / (1 + exp(-20 * (a[j] - 0.9))) / (1 + exp(-20 * (1.05 - a[j]))) / D;
    }
    problem_t p = {.d = D, .samples = N, .x = x, .y = y};
    kss_result_t result = evaluate(&p, &kss_defaults, x, y, NULL, NULL);
    assert_close(result.m_soft, soft, 1e-12);
    assert_close(result.loss, unstable + (soft - 0.4) * (soft - 0.4), 1e-12);
    free(x);
    free(y);
}

/* Adding a constant to every sample changes nothing: gradients sum to zero over samples. */
static void gradients_are_centred(void **state) {
    (void)state;
    enum { D = 6, N = 50 };
    problem_t p = open_problem(D, N, 3);
    double gx[N * D], gy[N * D];
    kss_options_t options = kss_defaults;
    options.differentiate_whitening = 1;
    evaluate(&p, &options, p.x, p.y, gx, gy);
    for (int i = 0; i < D; i++) {
        double sum_x = 0, sum_y = 0;
        for (int s = 0; s < N; s++) sum_x += gx[s * D + i], sum_y += gy[s * D + i];
        assert_close(sum_x, 0, 1e-13);
        assert_close(sum_y, 0, 1e-13);
    }
    close_problem(&p);
}

/* Descent along the gradient lowers the loss. */
static void a_small_step_lowers_the_loss(void **state) {
    (void)state;
    enum { D = 8, N = 64 };
    problem_t p = open_problem(D, N, 0);
    double gx[N * D], gy[N * D], loss = evaluate(&p, &kss_defaults, p.x, p.y, gx, gy).loss;
    double square = dot(N * D, gy, gy);
    for (int i = 0; i < N * D; i++) p.y[i] -= 1e-3 * loss / square * gy[i];
    double after = evaluate(&p, &kss_defaults, p.x, p.y, NULL, NULL).loss;
    assert_close(after, loss * (1 - 1e-3), 1e-4 * loss);
    close_problem(&p);
}

/* A Jordan block: the eigenvalue has no derivative. Skipped, finite, said. */
static void a_defective_pair_is_left_out(void **state) {
    (void)state;
    enum { D = 2, N = 2 * D };
    const double x[N * D] = {1, 0, -1, 0, 0, 1, 0, -1}, k[D * D] = {1.25, 1, 0, 1.25};
    double *y = image(D, N, x, k, 0), gx[N * D], gy[N * D];
    problem_t p = {.d = D, .samples = N, .x = (double *)x, .y = y};
    kss_options_t options = kss_defaults;
    options.overlap_min = 1e-6;
    kss_result_t result = evaluate(&p, &options, x, y, gx, gy);
    assert_int_equal(result.skipped, 2);
    assert_true(result.loss > 0);
    for (int i = 0; i < N * D; i++) assert_true(gx[i] == 0 && gy[i] == 0);
    free(y);
}

/* With a copied feature X has lost a rank: the gradient stays that of the smaller problem. */
static void a_lost_rank_is_harmless(void **state) {
    (void)state;
    enum { D = 4, N = 40, WIDE = D + 1 };
    problem_t p = open_problem(D, N, 0);
    double wide_x[N * WIDE], wide_y[N * WIDE], gx[N * D], gy[N * D], wide_gx[N * WIDE],
        wide_gy[N * WIDE];
    for (int s = 0; s < N; s++)
        for (int i = 0; i < WIDE; i++) {
            wide_x[s * WIDE + i] = p.x[s * D + i % D];
            wide_y[s * WIDE + i] = p.y[s * D + i % D];
        }
    problem_t wide = {.d = WIDE, .samples = N, .x = wide_x, .y = wide_y};
    kss_result_t small = evaluate(&p, &kss_defaults, p.x, p.y, gx, gy);
    kss_result_t large = evaluate(&wide, &kss_defaults, wide_x, wide_y, wide_gx, wide_gy);
    assert_int_equal(large.modes, D);
    assert_close(large.loss, small.loss, 1e-10);
    for (int s = 0; s < N; s++) /* the copies share the gradient of their feature */
        for (int i = 0; i < D; i++) {
            double sum = wide_gy[s * WIDE + i] + (i == 0 ? wide_gy[s * WIDE + D] : 0);
            assert_close(sum, gy[s * D + i], 1e-9);
        }
    close_problem(&p);
}

static void float32_entry_equals_float64(void **state) {
    (void)state;
    enum { D = 6, N = 50, STRIDE = 8 };
    problem_t p = open_problem(D, N, 3);
    float x[N * STRIDE], y[N * STRIDE], fx[N * STRIDE], fy[N * STRIDE];
    double gx[N * D], gy[N * D];
    for (int i = 0; i < N * STRIDE; i++) fx[i] = fy[i] = x[i] = y[i] = -7;
    for (int s = 0; s < N; s++)
        for (int i = 0; i < D; i++) {
            p.x[s * D + i] = x[s * STRIDE + i] = (float)p.x[s * D + i];
            p.y[s * D + i] = y[s * STRIDE + i] = (float)p.y[s * D + i];
        }
    kss_result_t exact = evaluate(&p, &kss_defaults, p.x, p.y, gx, gy), result;
    kss_workspace_t *w;
    assert_int_equal(kss_create(D, N, p.basis, 3, &kss_defaults, &w), STATUS_OK);
    assert_int_equal(kss_evaluate(w, x, y, STRIDE, &result, fx, fy), STATUS_OK);
    assert_true(result.loss == exact.loss);
    for (int s = 0; s < N; s++)
        for (int i = 0; i < STRIDE; i++) { /* what lies between rows stays */
            assert_true(fx[s * STRIDE + i] == (i < D ? (float)gx[s * D + i] : -7));
            assert_true(fy[s * STRIDE + i] == (i < D ? (float)gy[s * D + i] : -7));
        }
    kss_destroy(&w);
    close_problem(&p);
}

static void a_random_basis_is_orthonormal(void **state) {
    (void)state;
    enum { D = 40, R = 40 };
    double basis[D * R];
    rng_t rng = rng_open(1, 0, "basis", 0);
    projection_random_basis(&rng, D, R, basis);
    for (int i = 0; i < R; i++)
        for (int j = 0; j < R; j++)
            assert_close(dot(D, basis + i * D, basis + j * D), i == j, 1e-14);
}

static void wrong_shapes_are_refused(void **state) {
    (void)state;
    kss_workspace_t *w;
    const double skew[] = {1, 0, 0, 0.6, 0.6, 0};
    assert_int_equal(kss_create(4, 4, NULL, 0, &kss_defaults, &w), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "take more than 4"));
    assert_int_equal(kss_create(3, 9, skew, 2, &kss_defaults, &w), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "orthonormal"));
    assert_null(w);
    double x[12] = {0}, y[12] = {NAN};
    kss_result_t result;
    assert_int_equal(kss_create(2, 6, NULL, 0, &kss_defaults, &w), STATUS_OK);
    assert_int_equal(kss_evaluate_f64(w, x, y, 2, &result, NULL, NULL), STATUS_FAILED);
    kss_destroy(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_gradient_is_the_slope),
        cmocka_unit_test(projected_gradient_is_the_slope),
        cmocka_unit_test(gradient_of_one_feature),
        cmocka_unit_test(stopping_the_whitening),
        cmocka_unit_test(loss_of_known_eigenvalues),
        cmocka_unit_test(gradients_are_centred),
        cmocka_unit_test(a_small_step_lowers_the_loss),
        cmocka_unit_test(a_defective_pair_is_left_out),
        cmocka_unit_test(a_lost_rank_is_harmless),
        cmocka_unit_test(float32_entry_equals_float64),
        cmocka_unit_test(a_random_basis_is_orthonormal),
        cmocka_unit_test(wrong_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
