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

/* Of the float32 function, or of what the training steps compute. */
static const char *const *precision_choices(void) {
    static const char *const names[] = {"f32", "train", NULL};
    return names;
}

#define OPTIONS curvature_options_t
static const field_t fields[] = {
    INT_FIELD("curvature.every", every, .min = 0, .max = 1e9, .fallback = "0",
              .doc = "measure the curvature every so many steps, from step 0 on; 0 = never"),
    BOOL_FIELD("curvature.hessian", hessian, .fallback = "true",
               .doc = "measure the largest eigenvalue of the Hessian H",
               .needs = "curvature.every"),
    BOOL_FIELD("curvature.preconditioned", preconditioned, .fallback = "true",
               .doc = "measure that of P^-1/2 H P^-1/2, P the optimizer's preconditioner",
               .needs = "curvature.every"),
    CHOICE_FIELD("curvature.method", method, .fallback = "power", .choices = method_names,
                 .doc = "power iteration, or Lanczos: both ends of the spectrum, more memory",
                 .needs = "curvature.every"),
    INT_FIELD("curvature.products", products, .min = 1, .max = 1e6, .fallback = "5",
              .doc = "Hessian-vector products of one estimate by power iteration",
              .needs = "curvature.method=power"),
    INT_FIELD("curvature.lanczos_steps", lanczos_steps, .min = 2, .max = 1e4, .fallback = "20",
              .doc = "Hessian-vector products of one estimate by Lanczos",
              .needs = "curvature.method=lanczos"),
    BOOL_FIELD("curvature.cold_start", cold_start, .fallback = "false",
               .doc = "start every estimate from a random vector, not from the last eigenvector",
               .needs = "curvature.every"),
    BOOL_FIELD("curvature.blocks", blocks, .fallback = "false",
               .doc = "measure every block as well: the Hessian of its parameters alone",
               .needs = "curvature.every"),
    INT_FIELD("curvature.batches", batches, .min = 1, .max = 4096, .fallback = "1",
              .doc = "batches the Hessian is averaged over: the step's own and others",
              .needs = "curvature.every"),
    INT_FIELD("curvature.chunk", chunk, .min = 0, .max = 65536, .fallback = "0",
              .doc = "samples of one product, to save memory; divides train.batch; 0 = train.batch",
              .needs = "curvature.every"),
    CHOICE_FIELD("curvature.precision", precision, .fallback = "f32", .choices = precision_choices,
                 .doc = "the Hessian is that of the float32 function, or of what train.precision "
                        "computes, rounding taken for the identity",
                 .needs = "curvature.every", .off_with = "train.precision=f32"),
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

int curvature_options_follow_training(const curvature_options_t *o) {
    return strcmp(o->precision, "train") == 0;
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
