#include "stats/logistic.h"

#include <math.h>
#include <string.h>

enum { COEFFICIENTS_MAX = LOGISTIC_FEATURES_MAX + 1, NEWTON_STEPS = 100 };

/* The regression problem as Newton's method sees it. All borrowed. */
typedef struct problem {
    size_t n, d;
    const double *x; /* [n,d] */
    const int *label;
    double ridge;
} problem_t;

static double linear(size_t d, const double *beta, const double *x) {
    double t = beta[0];
    for (size_t j = 0; j < d; j++) t += beta[j + 1] * x[j];
    return t;
}

double logistic_predict(size_t d, const double *beta, const double *x) {
    return 1 / (1 + exp(-linear(d, beta, x)));
}

/* log(1 + exp(t)) without overflow. */
static double softplus(double t) { return fmax(t, 0) + log1p(exp(-fabs(t))); }

static double objective(const problem_t *problem, const double *beta) {
    double sum = 0;
    for (size_t i = 0; i < problem->n; i++) {
        double t = linear(problem->d, beta, problem->x + i * problem->d);
        sum += softplus(problem->label[i] ? -t : t);
    }
    for (size_t j = 1; j <= problem->d; j++) sum += problem->ridge / 2 * beta[j] * beta[j];
    return sum;
}

/* Gradient g [d+1] and lower half of the Hessian h [d+1,d+1]. */
static void differentiate(const problem_t *problem, const double *beta, double *g,
                          double h[][COEFFICIENTS_MAX]) {
    size_t size = problem->d + 1;
    memset(g, 0, size * sizeof *g);
    for (size_t j = 0; j < size; j++) memset(h[j], 0, size * sizeof **h);
    for (size_t i = 0; i < problem->n; i++) {
        const double *x = problem->x + i * problem->d;
        /* g = sum (p - y) x, H = sum p(1-p) x x', x_0 = 1; the ridge spares the intercept. */
        double p = logistic_predict(problem->d, beta, x);
        double miss = p - (problem->label[i] != 0), curvature = p * (1 - p);
        for (size_t j = 0; j < size; j++) {
            double xj = j ? x[j - 1] : 1;
            g[j] += miss * xj;
            for (size_t k = 0; k <= j; k++) h[j][k] += curvature * xj * (k ? x[k - 1] : 1);
        }
    }
    for (size_t j = 1; j < size; j++) {
        g[j] += problem->ridge * beta[j];
        h[j][j] += problem->ridge;
    }
}

/* x := H^-1 x by Cholesky; the lower half of h is overwritten by the factor. */
static void solve_spd(size_t size, double h[][COEFFICIENTS_MAX], double *x) {
    for (size_t j = 0; j < size; j++) {
        for (size_t k = 0; k <= j; k++) {
            double sum = h[j][k];
            for (size_t m = 0; m < k; m++) sum -= h[j][m] * h[k][m];
            h[j][k] = j == k ? sqrt(fmax(sum, 1e-12)) : sum / h[k][k]; /* floor: saturated fit */
        }
    }
    for (size_t j = 0; j < size; j++) {
        for (size_t k = 0; k < j; k++) x[j] -= h[j][k] * x[k];
        x[j] /= h[j][j];
    }
    for (size_t j = size; j-- > 0;) {
        for (size_t k = j + 1; k < size; k++) x[j] -= h[k][j] * x[k];
        x[j] /= h[j][j];
    }
}

/* beta -= step * direction, step halved until the objective falls. Returns 0 when it cannot. */
static int descend(const problem_t *problem, const double *direction, double *beta) {
    double before = objective(problem, beta), trial[COEFFICIENTS_MAX];
    for (double step = 1; step > 1e-10; step /= 2) {
        for (size_t j = 0; j <= problem->d; j++) trial[j] = beta[j] - step * direction[j];
        if (objective(problem, trial) < before) {
            memcpy(beta, trial, (problem->d + 1) * sizeof *beta);
            return 1;
        }
    }
    return 0;
}

void logistic_fit(size_t n, size_t d, const double *x, const int *label, double ridge,
                  double *beta) {
    double step[COEFFICIENTS_MAX], hessian[COEFFICIENTS_MAX][COEFFICIENTS_MAX];
    size_t positives = 0;
    for (size_t i = 0; i < n; i++) positives += label[i] != 0;
    memset(beta, 0, (d + 1) * sizeof *beta);
    /* The fit without features, as start and as answer where one class has nothing to be told from;
     * the halves (Jeffreys) keep it finite. */
    beta[0] = log(((double)positives + 0.5) / ((double)(n - positives) + 0.5));
    if (positives == 0 || positives == n) return;
    problem_t problem = {n, d, x, label, ridge};
    for (int i = 0; i < NEWTON_STEPS; i++) {
        differentiate(&problem, beta, step, hessian);
        solve_spd(d + 1, hessian, step);
        if (!descend(&problem, step, beta)) return;
    }
}
