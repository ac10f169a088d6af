#include "probe/curvature_options.h"

#include <string.h>

#include "model/model.h"
#include "optim/optim.h"
#include "probe/curvature.h"
#include "spectral/lanczos.h"

static const char *const *method_names(void) {
    static const char *const names[] = {"power", "lanczos", NULL};
    return names;
}

#define AT(member) offsetof(curvature_options_t, member)
static const field_t fields[] = {
    {"curvature.every", FIELD_INT, AT(every), 0, 1e9, "0", NULL,
     "measure the curvature every so many steps, from step 0 on; 0 = never"},
    {"curvature.hessian", FIELD_BOOL, AT(hessian), 0, 0, "true", NULL,
     "measure the largest eigenvalue of the Hessian H", "curvature.every"},
    {"curvature.preconditioned", FIELD_BOOL, AT(preconditioned), 0, 0, "true", NULL,
     "measure that of P^-1/2 H P^-1/2, P the optimizer's preconditioner", "curvature.every"},
    {"curvature.method", FIELD_CHOICE, AT(method), 0, 0, "power", method_names,
     "power iteration, or Lanczos: both ends of the spectrum, more memory", "curvature.every"},
    {"curvature.products", FIELD_INT, AT(products), 1, 1e6, "5", NULL,
     "Hessian-vector products of one estimate by power iteration", "curvature.method=power"},
    {"curvature.lanczos_steps", FIELD_INT, AT(lanczos_steps), 2, 1e4, "20", NULL,
     "Hessian-vector products of one estimate by Lanczos", "curvature.method=lanczos"},
    {"curvature.cold_start", FIELD_BOOL, AT(cold_start), 0, 0, "false", NULL,
     "start every estimate from a random vector, not from the last eigenvector",
     "curvature.method=power"},
    {"curvature.blocks", FIELD_BOOL, AT(blocks), 0, 0, "false", NULL,
     "measure every block as well: the Hessian of its parameters alone", "curvature.every"},
    {"curvature.batches", FIELD_INT, AT(batches), 1, 4096, "1", NULL,
     "batches the Hessian is averaged over: the step's own and others", "curvature.every"},
    {"curvature.chunk", FIELD_INT, AT(chunk), 0, 65536, "0", NULL,
     "samples of one product, to save memory; divides train.batch; 0 = train.batch",
     "curvature.every"},
};
const field_set_t curvature_fields = FIELD_SET("curvature probe", fields);

static status_t check(const config_t *config, int64_t steps, const curvature_options_t *o) {
    int64_t batch = (int64_t)config_number(config, "train.batch");
    CHECK(o->every <= steps, STATUS_SPEC,
          "curvature.every: %ld steps are more than train.steps, %ld; lower it, or set it to 0",
          (long)o->every, (long)steps);
    CHECK(o->hessian || o->preconditioned, STATUS_SPEC,
          "curvature.every: %ld, but neither curvature.hessian nor curvature.preconditioned is "
          "true; set curvature.every to 0 to measure nothing",
          (long)o->every);
    CHECK(!o->preconditioned || optim_is_preconditioned(config), STATUS_SPEC,
          "curvature.preconditioned: train.optimizer %s has no preconditioner; set "
          "curvature.preconditioned to false",
          config_text(config, "train.optimizer"));
    CHECK(o->chunk == 0 || batch % o->chunk == 0, STATUS_SPEC,
          "curvature.chunk: %ld does not divide train.batch, %ld; use a divisor", (long)o->chunk,
          (long)batch);
    return STATUS_OK;
}

status_t curvature_options_read(const config_t *config, int64_t steps,
                                curvature_options_t *options) {
    config_read(config, &curvature_fields, options);
    return options->every ? check(config, steps, options) : STATUS_OK;
}

int curvature_options_use_lanczos(const curvature_options_t *o) {
    return strcmp(o->method, "lanczos") == 0;
}

int64_t curvature_options_estimates(const curvature_options_t *o, int64_t steps) {
    return o->every ? (steps + o->every - 1) / o->every : 0;
}

/* Of one estimate for one matrix. */
static int products(const curvature_options_t *o) {
    if (!curvature_options_use_lanczos(o)) return (int)o->products;
    return (int)o->lanczos_steps + (o->batches > 1); /* for the standard error */
}

long curvature_options_work(const curvature_options_t *o, long parameters) {
    int steps = (int)o->lanczos_steps;
    return curvature_options_use_lanczos(o) ? lanczos_work(parameters, steps) : parameters;
}

graph_mode_t curvature_probe_mode(const config_t *config) {
    curvature_options_t options;
    config_read(config, &curvature_fields, &options);
    return options.every && !options.chunk ? GRAPH_CURVATURE : GRAPH_TRAIN;
}

/* --- cost --- */

/* A product of one batch is worth two gradients, six forward runs; where the gradient must be run
 * again for each, nine. */
static double flops(const curvature_options_t *o, double forward, double layers, double batch,
                    int64_t steps) {
    double matrices = o->hessian + o->preconditioned;
    double trackers = matrices * (1 + (o->blocks ? layers : 0));
    double chunks = o->chunk ? batch / (double)o->chunk : 1;
    int is_held = o->batches == 1 && chunks == 1;
    double product = (is_held ? 6 : 9) * forward * (double)o->batches;
    return (double)curvature_options_estimates(o, steps) * trackers * product * products(o);
}

/* Seven vectors of all parameters, beside the eigenvectors and the solver's memory. */
static double bytes(const curvature_options_t *o, double parameters) {
    double matrices = o->hessian + o->preconditioned;
    double vectors = 7 + matrices * (1 + o->blocks);
    double work = (double)curvature_options_work(o, (long)parameters);
    return (vectors * parameters + work) * (double)sizeof(flt);
}

status_t curvature_probe_estimate(const config_t *config, const model_t *model,
                                  const task_shape_t *shape, int64_t steps,
                                  curvature_cost_t *cost) {
    curvature_options_t o;
    *cost = (curvature_cost_t){0};
    TRY(curvature_options_read(config, steps, &o));
    if (!o.every) return STATUS_OK;
    model_cost_t one = model_cost(model);
    double layers = (double)model_options(model)->layers;
    double batch = config_number(config, "train.batch");
    cost->flops = flops(&o, one.forward_flops, layers, batch, steps);
    cost->bytes = bytes(&o, one.parameters);
    if (o.chunk) {
        model_t *chunk;
        TRY(model_describe(config, shape, (int)o.chunk, GRAPH_CURVATURE, &chunk));
        cost->bytes += model_cost(chunk).bytes;
        model_destroy(&chunk);
    }
    return STATUS_OK;
}
