/* Every operator in float32: the claims of op_walk.h, and that a divergence stays visible: kernels
 * may be compiled with relaxed mathematics, but NaN and infinity must come through. */
#include "kernel/op_walk.h"

/* --- NaN and infinity --- */

/* First, middle and last element, one after the other. */
static long spot(long count, int i) { return i == 0 ? 0 : i == 1 ? count / 2 : count - 1; }
enum { SPOTS = 3 };

static int has_nan(strip_t s) {
    for (long e = 0; e < s.count; e++)
        if (isnan(s.v[e])) return 1;
    return 0;
}

static int some_gradient_is_nan(const rig_t *r) {
    if (r->op->ends) return has_nan(r->x[0].v);
    for (int k = 0; k < OP_INPUTS; k++)
        if (is_wanted(r, k) && has_nan(r->dx[k].v)) return 1;
    return 0;
}

/* Runs the operator with one input element that it works on replaced; `claim` sees what came out
 * and what should. */
typedef void spoilt_t(rig_t *r, int k, const double *y);

static void with_one_input(double replacement, spoilt_t *claim) {
    for (int i = 0; i < OP_CASES; i++)
        for (int k = 0; k < OP_INPUTS; k++)
            for (int at = 0; at < SPOTS && op_cases[i].x[k].rows; at++) {
                if (!op_has_gradient(op_cases[i].op, k)) continue;
                sample_t s = sample_create(&op_cases[i]);
                long copied = k == 0 ? op_cases[i].copied : 0;
                s.x[k][spot(count_of(op_cases[i].x[k]) - copied, at)] = replacement;
                double *y = defined(&s);
                rig_t r;
                rig_create(&r, &s, ADD_NOTHING, all_wanted(&s));
                rig_values(&r);
                claim(&r, k, y);
                rig_destroy(&r);
                free(y);
                sample_destroy(&s);
            }
}

static void claim_nan(rig_t *r, int k, const double *y) {
    int is_reached = 0;
    for (long e = 0; e < count_of(r->c->y); e++) {
        is_reached |= isnan(y[e]);
        if (isnan(y[e]) && !isnan(r->y[0].v.v[e])) rig_fail(r, "a NaN in the input is lost");
    }
    if (is_reached && op_is_term(r->op) && !isnan(r->result[0]))
        rig_fail(r, "the loss hides a NaN");
    int is_read = r->op->ends || ((r->op->backward_x >> k & 1) && !r->c->is_linear);
    if (is_reached && is_read && !some_gradient_is_nan(r))
        rig_fail(r, "a NaN in the input leaves no trace in the gradients");
}

static void nan_in_an_input_comes_through(void **state) {
    (void)state;
    with_one_input(NAN, claim_nan);
}

static void claim_infinity(rig_t *r, int k, const double *y) {
    (void)k;
    for (long e = 0; e < count_of(r->c->y); e++)
        if (!isfinite(y[e]) && isfinite(r->y[0].v.v[e])) rig_fail(r, "an infinity is lost");
}

static void infinity_in_an_input_comes_through(void **state) {
    (void)state;
    with_one_input(INFINITY, claim_infinity);
    with_one_input(-INFINITY, claim_infinity);
}

static void nan_in_the_gradient_comes_through(void **state) {
    (void)state;
    for (int i = 0; i < OP_CASES; i++)
        for (int at = 0; at < SPOTS && !op_is_term(op_cases[i].op); at++) {
            if (op_cases[i].routing.dropped) continue; /* rows in no group are 0, come what may */
            sample_t s = sample_create(&op_cases[i]);
            s.u[spot(count_of(op_cases[i].y), at)] = NAN;
            rig_t r;
            rig_create(&r, &s, ADD_NOTHING, all_wanted(&s));
            rig_values(&r);
            if (!some_gradient_is_nan(&r)) rig_fail(&r, "a NaN in d loss / d y is lost");
            rig_destroy(&r);
            sample_destroy(&s);
        }
}

/* --- accuracy at the ends of the range, as the kernels are compiled --- */

/* One operator of one float input, without rig: y0 in y, result in result. */
static void run_plain(const op_t *op, matrix_t x, matrix_t y, const int32_t *index,
                      op_options_t options, double *result) {
    call_t c = {.x = {x}, .y = {y}, .index = index, .options = options, .result = result};
    backend_forward(&backend_host, op, VALUES)(&c);
}

/* Logits beyond exp's range: no overflow, and the loss is the difference to the largest. */
static void cross_entropy_takes_huge_logits(void **state) {
    (void)state;
    static const flt sizes[] = {1e2f, 1e4f, 1e8f, 1e30f};
    for (int i = 0; i < 4; i++) {
        flt big = sizes[i], z[] = {big, -big, 0, big / 2, -big, big, 0, 1}, y[2];
        static const int32_t targets[] = {0, 2};
        const struct cross_entropy_options half = {.weight = 0.5f};
        double result[3] = {0};
        run_plain(&op_cross_entropy, (matrix_t){{z, NULL}, 2, 4}, (matrix_t){{y, NULL}, 2, 1},
                  targets, options_from(&half, sizeof half), result);
        assert_true(fabsf(y[0]) <= 1e-6f);
        assert_true(fabsf(y[1] - big) <= 1e-6f * big);
        assert_true(fabs(result[0] - 0.5 * (double)big) <= 1e-6 * (double)big);
        assert_true(result[1] == 1);
        const flt gradient[] = {0, 0, 0, 0, 0, 0.5f, -0.5f, 0};
        for (int j = 0; j < 8; j++) assert_true(fabsf(z[j] - gradient[j]) <= 1e-6f);
    }
}

/* With logits 0 and -x, and the target the first, the second's gradient is e^-x / (1 + e^-x). */
static void probabilities_are_accurate_down_to_1e_38(void **state) {
    (void)state;
    enum { N = 200000 };
    flt *z = calloc(2 * N, sizeof *z), *y = calloc(N, sizeof *y);
    int32_t *targets = calloc(N, sizeof *targets);
    const struct cross_entropy_options one = {.weight = 1};
    double result[3] = {0}, worst = 0;
    for (int i = 0; i < N; i++) z[2 * i + 1] = -87.0f * (flt)i / N;
    run_plain(&op_cross_entropy, (matrix_t){{z, NULL}, N, 2}, (matrix_t){{y, NULL}, N, 1}, targets,
              options_from(&one, sizeof one), result);
    for (int i = 0; i < N; i++) {
        double e = exp((double)(-87.0f * (flt)i / N));
        worst = fmax(worst, fabs((double)z[2 * i + 1] * (1 + e) / e - 1));
    }
    if (worst > 4e-7) print_error("worst relative error %g\n", worst);
    assert_true(worst <= 4e-7);
    free(z);
    free(y);
    free(targets);
}

/* y = x/2 (1 + tanh): tanh to 3e-7 absolute, whatever x. */
static void gelu_is_accurate_everywhere(void **state) {
    (void)state;
    enum { N = 200001 };
    flt *x = calloc(N, sizeof *x), *y = calloc(N, sizeof *y);
    for (int i = 0; i < N; i++) x[i] = 30.0f * (flt)(i - N / 2) / (N / 2);
    run_plain(&op_gelu, (matrix_t){{x, NULL}, 1, N}, (matrix_t){{y, NULL}, 1, N}, NULL,
              (op_options_t){0}, NULL);
    for (int i = 0; i < N; i++) {
        double v = x[i];
        double t = tanh(sqrt(2 / acos(-1)) * (v + 0.044715 * v * v * v));
        double off = fabs((double)y[i] - 0.5 * v * (1 + t));
        if (off > 1.5e-7 * fabs(v)) print_error("gelu(%.9g) is off by %g\n", v, off);
        assert_true(off <= 1.5e-7 * fabs(v));
    }
    free(x);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WALK_TESTS,
        cmocka_unit_test(nan_in_an_input_comes_through),
        cmocka_unit_test(infinity_in_an_input_comes_through),
        cmocka_unit_test(nan_in_the_gradient_comes_through),
        cmocka_unit_test(cross_entropy_takes_huge_logits),
        cmocka_unit_test(probabilities_are_accurate_down_to_1e_38),
        cmocka_unit_test(gelu_is_accurate_everywhere),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
