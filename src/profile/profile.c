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

/* The projection is drawn from a stream of its own: the same in every profile of that width. */
static status_t create_workspace(const profile_options_t *options, const profile_t *p,
                                 rksp_workspace_t **workspace) {
    rksp_options_t rksp = rksp_defaults;
    rng_t rng = rng_open(0, 0, "profile.basis", 0);
    double *basis = NULL;
    if (options->rank) {
        basis = malloc((size_t)p->modes * (size_t)p->width * sizeof *basis);
        CHECK(basis, STATUS_ENVIRONMENT, "out of memory for a projection to %d modes", p->modes);
        projection_random_basis(&rng, p->width, p->modes, basis);
    }
    rksp.basis = basis;
    rksp.basis_rank = p->modes;
    rksp.values_only = options->values_only;
    rksp.kreiss = !options->values_only;
    rksp.samples_min = 2; /* too few are told beside the result (profile_is_exact) */
    status_t status = rksp_create(p->width, (int)p->samples, &rksp, workspace);
    free(basis);
    return status;
}

static void forget(rksp_result_t *result) {
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
static void keep(profile_t *p, int row) {
    rksp_result_t *r = &p->rows[row].result;
    size_t first = (size_t)row * (size_t)p->modes, rank = (size_t)r->rank;
    if (rank) memcpy(p->lambda + 2 * first, r->lambda, 2 * rank * sizeof *p->lambda);
    if (rank) memcpy(p->residual + first, r->residual, rank * sizeof *p->residual);
    r->lambda = p->lambda + 2 * first;
    r->residual = p->residual + first;
}

static status_t measure(profile_t *p, int row, const flt *x, const flt *y,
                        rksp_workspace_t *workspace) {
    double start = clock_seconds();
    rksp_result_t *result = &p->rows[row].result;
#ifdef REAL64
    status_t status = rksp_profile_f64(workspace, x, y, p->width, result);
#else
    status_t status = rksp_profile(workspace, x, y, p->width, result);
#endif
    if (status == STATUS_FAILED) {
        log_warning("%s: transition %d has no profile: %s", p->name, row, status_message());
        forget(result);
        status = STATUS_OK;
    }
    if (status == STATUS_OK) keep(p, row);
    p->rows[row].seconds = clock_seconds() - start;
    return status;
}

static void tell(const profile_t *p, int row, double start) {
    double spent = clock_seconds() - start;
    log_info("%s: transition %d of %d, %.1f s, about %.0f s left", p->name, row + 1, p->count,
             spent, spent / (row + 1) * (p->count - row - 1));
}

static status_t run_rows(const profile_options_t *options, source_t *source,
                         rksp_workspace_t *workspace, profile_t *p) {
    double start = clock_seconds();
    for (int row = 0; row < p->count; row++) {
        const flt *x, *y;
        TRY(source->next(source->context, row, &x, &y));
        TRY(measure(p, row, x, y, workspace));
        if (options->is_telling) tell(p, row, start);
    }
    return source->loss ? source->loss(source->context, &p->loss) : STATUS_OK;
}

status_t profile_run(const profile_options_t *options, source_t *source, profile_t *p) {
    status_t status;
    rksp_workspace_t *workspace = NULL;
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
    TRY_OR_DONE(create_workspace(options, p, &workspace));
    TRY_OR_DONE(run_rows(options, source, workspace, p));
done:
    rksp_destroy(&workspace);
    if (status != STATUS_OK) profile_clear(p);
    return status;
}
