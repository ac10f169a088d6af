/* Networks of sweeps are small: all states of all samples are held, and any architecture will do.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/arch.h"
#include "probe/probe.h"
#include "profile/source.h"

typedef struct whole {
    trained_t *trained; /* borrowed */
    flt *states;        /* owned [layers + 1, samples, width] */
    flt *normed;        /* owned [samples, width]: the final norm of h_L; NULL until asked for */
    size_t state;       /* numbers of one: samples times width */
    double loss;
} whole_t;

static int layer_count(const whole_t *w) { return (int)model_options(w->trained->model)->layers; }

/* --- all states --- */

/* Rows first .. first + count - 1 of every state, from the model's last pass. */
static void take_states(const whole_t *w, size_t first, size_t count) {
    const model_t *model = w->trained->model;
    size_t width = (size_t)model_options(model)->width;
    for (int l = 0; l <= layer_count(w); l++)
        memcpy(w->states + (size_t)l * w->state + first * width, model_hidden(model, l).at.v,
               count * width * sizeof *w->states);
}

/* Later repeats of what was drawn are copies. */
static void repeat(const whole_t *w, int times) {
    size_t piece = w->state / (size_t)times;
    for (int l = 0; l <= layer_count(w); l++)
        for (int r = 1; r < times; r++)
            memcpy(w->states + (size_t)l * w->state + (size_t)r * piece,
                   w->states + (size_t)l * w->state, piece * sizeof *w->states);
}

/* In whole passes: of the last one, what is too much is left. */
static void run_passes(whole_t *w, const probe_batches_t *batches, batch_t *batch, int64_t rows) {
    model_t *model = w->trained->model;
    int64_t pass = model_hidden(model, 0).rows, passes = (rows + pass - 1) / pass;
    for (int64_t p = 0; p < passes; p++) {
        int64_t first = p * pass, count = rows - first < pass ? rows - first : pass;
        batches->draw(batches->context, p, batch);
        model_load(model, batch);
        w->loss += model_loss(model).mean / (double)passes;
        take_states(w, (size_t)first, (size_t)count);
    }
}

static status_t run_task(whole_t *w, int64_t rows) {
    status_t status;
    task_t *task = NULL;
    batch_t batch = {0};
    const model_t *model = w->trained->model;
    TRY_OR_DONE(task_open(&w->trained->as, &task));
    TRY_OR_DONE(batch_create(model_shape(model), model_batch(model), &batch));
    const probe_batches_t batches = probe_batches_of(task);
    run_passes(w, &batches, &batch, rows);
    TRY_OR_DONE(task_check_data(task));
done:
    batch_destroy(&batch);
    task_close(&task);
    return status;
}

/* --- the final norm --- */

/* The part's parameters are the network's of the same names. */
static void copy_parameters(const model_t *from, model_t *to) {
    graph_t *there = model_graph(to), *here = model_graph((model_t *)from);
    for (long i = 0; i < graph_parameter_count(there); i++)
        for (long k = 0; k < graph_parameter_count(here); k++) {
            const parameter_t *p = &graph_parameters(there)[i], *q = &graph_parameters(here)[k];
            if (strcmp(p->name, q->name) == 0)
                memcpy(graph_theta(there) + p->offset, graph_theta(here) + q->offset,
                       (size_t)(p->rows * p->cols) * sizeof(flt));
        }
}

static status_t apply_norm(whole_t *w) {
    model_t *norm;
    const model_t *model = w->trained->model;
    size_t pass = (size_t)model_hidden(model, 0).rows * (size_t)model_options(model)->width;
    const flt *last = w->states + (size_t)layer_count(w) * w->state;
    w->normed = malloc(w->state * sizeof *w->normed);
    CHECK(w->normed, STATUS_ENVIRONMENT, "out of memory for the states behind the final norm");
    TRY(model_create_part(MODEL_FINAL_NORM, model_options(model), model_shape(model),
                          model_batch(model), &norm));
    copy_parameters(model, norm);
    for (size_t at = 0, count; at < w->state; at += count) {
        count = w->state - at < pass ? w->state - at : pass;
        memcpy(model_hidden(norm, 0).at.v, last + at, count * sizeof *last);
        model_hidden_states(norm);
        memcpy(w->normed + at, model_hidden(norm, 1).at.v, count * sizeof *last);
    }
    model_destroy(&norm);
    return STATUS_OK;
}

/* --- as a source --- */

static status_t next(void *context, int layer, const flt **x, const flt **y) {
    whole_t *w = context;
    int layers = layer_count(w), from = layer < layers ? layer : layers - 1;
    if (layer == layers && !w->normed) TRY(apply_norm(w));
    *x = w->states + (size_t)from * w->state;
    *y = layer < layers ? *x + w->state : w->normed;
    return STATUS_OK;
}

static status_t loss(void *context, double *nats) {
    *nats = ((whole_t *)context)->loss;
    return STATUS_OK;
}

static void close(void *context) {
    whole_t *w = context;
    free(w->states);
    free(w->normed);
    free(w);
}

static status_t open_whole(whole_t *w, int64_t rows, int repeats, int width) {
    size_t states = (size_t)layer_count(w) + 1;
    w->state = (size_t)(rows * repeats) * (size_t)width;
    w->states = malloc(states * w->state * sizeof *w->states);
    CHECK(w->states, STATUS_ENVIRONMENT,
          "trial %s: out of memory for %zu states of %ld samples; ask for fewer: --samples",
          w->trained->as.id, states, (long)(rows * repeats));
    TRY(run_task(w, rows));
    repeat(w, repeats);
    return STATUS_OK;
}

status_t source_of_trained(trained_t *trained, const convention_t *convention, int64_t samples,
                           source_t *source) {
    const model_options_t *o = model_options(trained->model);
    const task_shape_t *shape = model_shape(trained->model);
    int width = (int)o->width, length = arch_find(o->arch)->length(shape);
    int64_t rows = length * convention_sequences(convention, length, width, samples);
    whole_t *w = memory_take(1, sizeof *w, "the states of a trial");
    w->trained = trained;
    *source = (source_t){.layers = (int)o->layers,
                         .has_norm = 1,
                         .width = width,
                         .vocab = shape->vocab,
                         .samples = rows * convention->repeats,
                         .next = next,
                         .loss = loss,
                         .close = close,
                         .context = w};
    status_t status = open_whole(w, rows, convention->repeats, width);
    if (status == STATUS_OK)
        source->distinct = source_count_distinct(
            w->states + (size_t)(source->layers - 1) * w->state, source->samples, width);
    else
        source_close(source);
    return status;
}
