#include "profile/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "spectral/projection.h"

const char *const profile_groups[PROFILE_GROUPS] = {"early", "mid", "late"};

int profile_group(int layer, int layers) {
    int group = 0;
    while (group < PROFILE_GROUPS - 1 &&
           layer >= ((group + 1) * layers + PROFILE_GROUPS - 1) / PROFILE_GROUPS)
        group++;
    return group;
}

int profile_is_exact(const profile_t *p) { return p->distinct <= p->modes; }

void profile_clear(profile_t *p) {
    free(p->rows);
    free(p->lambda);
    free(p->residual);
    *p = (profile_t){0};
}

static status_t allocate(profile_t *p) {
    size_t rows = (size_t)p->count, modes = (size_t)p->modes;
    p->rows = calloc(rows, sizeof *p->rows);
    p->lambda = malloc(2 * rows * modes * sizeof *p->lambda);
    p->residual = malloc(rows * modes * sizeof *p->residual);
    CHECK(p->rows && p->lambda && p->residual, STATUS_ENVIRONMENT,
          "out of memory for the modes of %d transitions", p->count);
    for (size_t i = 0; i < rows * modes; i++)
        p->lambda[2 * i] = p->lambda[2 * i + 1] = p->residual[i] = NAN;
    return STATUS_OK;
}

status_t profile_rksp_options(int rank, int values_only, int width, rksp_options_t *rksp) {
    rng_t rng = rng_open(0, 0, "profile.basis", 0);
    double *basis = NULL;
    int modes = rank && rank < width ? rank : width;
    if (rank) {
        basis = malloc((size_t)modes * (size_t)width * sizeof *basis);
        CHECK(basis, STATUS_ENVIRONMENT, "out of memory for a projection to %d modes", modes);
        projection_random_basis(&rng, width, modes, basis);
    }
    *rksp = rksp_defaults;
    rksp->basis = basis;
    rksp->basis_rank = modes;
    rksp->values_only = values_only;
    rksp->kreiss = !values_only;
    rksp->samples_min = 2; /* too few are told beside the result (profile_is_exact) */
    return STATUS_OK;
}

void profile_forget(rksp_result_t *result) {
    const rksp_masses_t none = {NAN, NAN, NAN, NAN};
    *result = (rksp_result_t){.all = none,
                              .reliable = none,
                              .reliable_share = NAN,
                              .rho = NAN,
                              .kappa_v = NAN,
                              .eta_nl = NAN,
                              .change = NAN,
                              .henrici = NAN,
                              .kreiss = NAN,
                              .kreiss_scaled = NAN};
}

/* The workspace's arrays are overwritten by the next row: copies take their place. */
static void keep(profile_row_t *row, double *lambda, double *residual) {
    rksp_result_t *r = &row->result;
    size_t rank = (size_t)r->rank;
    if (rank) memcpy(lambda, r->lambda, 2 * rank * sizeof *lambda);
    if (rank) memcpy(residual, r->residual, rank * sizeof *residual);
    r->lambda = lambda;
    r->residual = residual;
}

status_t profile_measure(rksp_workspace_t *workspace, int width, const flt *x, const flt *y,
                         profile_row_t *row, double *lambda, double *residual) {
    double start = clock_seconds();
#ifdef REAL64
    status_t status = rksp_profile_f64(workspace, x, y, width, &row->result);
#else
    status_t status = rksp_profile(workspace, x, y, width, &row->result);
#endif
    if (status == STATUS_FAILED) profile_forget(&row->result);
    if (status == STATUS_OK || status == STATUS_FAILED) keep(row, lambda, residual);
    row->seconds = clock_seconds() - start;
    return status;
}

/* --- this process as the measurer --- */

typedef struct alone {
    rksp_workspace_t *workspace;
    int width;
} alone_t;

static status_t take_alone(void *context, const flt *x, const flt *y, profile_row_t *row,
                           double *lambda, double *residual) {
    const alone_t *alone = context;
    return profile_measure(alone->workspace, alone->width, x, y, row, lambda, residual);
}

static status_t finish_alone(void *context) {
    (void)context;
    return STATUS_OK;
}

static status_t open_alone(const profile_options_t *options, const profile_t *p, alone_t *alone) {
    rksp_options_t rksp;
    alone->width = p->width;
    TRY(profile_rksp_options(options->rank, options->values_only, p->width, &rksp));
    status_t status = rksp_create(p->width, (int)p->samples, &rksp, &alone->workspace);
    free((void *)rksp.basis);
    return status;
}

static void tell(const profile_t *p, int row, double start) {
    double spent = clock_seconds() - start;
    log_info("%s: transition %d of %d, %.1f s, about %.0f s left", p->name, row + 1, p->count,
             spent, spent / (row + 1) * (p->count - row - 1));
}

static status_t run_rows(const profile_options_t *options, source_t *source,
                         const measurer_t *measurer, profile_t *p) {
    double start = clock_seconds();
    size_t modes = (size_t)p->modes;
    for (int row = 0; row < p->count; row++) {
        const flt *x, *y;
        TRY(source->next(source->context, row, &x, &y));
        status_t status =
            measurer->take(measurer->context, x, y, &p->rows[row],
                           p->lambda + 2 * (size_t)row * modes, p->residual + (size_t)row * modes);
        if (status == STATUS_FAILED)
            log_warning("%s: transition %d has no profile: %s", p->name, row, status_message());
        else if (status != STATUS_OK)
            return status;
        if (options->is_telling) tell(p, row, start);
    }
    TRY(measurer->finish(measurer->context));
    return source->loss ? source->loss(source->context, &p->loss) : STATUS_OK;
}

status_t profile_run(const profile_options_t *options, source_t *source, profile_t *p) {
    status_t status;
    alone_t alone = {0};
    measurer_t measurer = {take_alone, finish_alone, &alone};
    int norm = options->with_norm && source->has_norm;
    int modes = options->rank && options->rank < source->width ? options->rank : source->width;
    *p = (profile_t){.name = options->name,
                     .layers = source->layers,
                     .count = source->layers + norm,
                     .width = source->width,
                     .modes = modes,
                     .rank = options->rank,
                     .vocab = source->vocab,
                     .samples = source->samples,
                     .distinct = source->distinct,
                     .values_only = options->values_only,
                     .loss = NAN};
    CHECK_OR_DONE(p->samples >= 2 && p->samples <= 1 << 24, STATUS_SPEC,
                  "%lld samples do not make a profile; 2 to %d do", (long long)p->samples, 1 << 24);
    TRY_OR_DONE(allocate(p));
    if (options->measurer)
        measurer = *options->measurer;
    else
        TRY_OR_DONE(open_alone(options, p, &alone));
    TRY_OR_DONE(run_rows(options, source, &measurer, p));
done:
    rksp_destroy(&alone.workspace);
    if (status != STATUS_OK) profile_clear(p);
    return status;
}
