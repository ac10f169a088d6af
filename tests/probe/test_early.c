/* Early predictors: each against its definition, computed here another way, and that training does
 * not notice them. Oracle: LAPACK's singular values, sums in double, the loss itself. */
#include "train/sweep_text.h"

#include <lapacke.h>

#include "model/model.h"
#include "near.h"
#include "optim/optim.h"
#include "probe/early.h"

#define PLAIN                                                                                      \
    "name: test\nseed: 42\ntask: {name: associative_recall, vocab: 32, seq_len: 16}\n"             \
    "train.batch: 4\ntrain.steps: 12\ntrain.lr: 0.02\ntrain.valid_batches: 0\nmodel.width: 16\n"   \
    "model.layers: 1\nmodel.heads: 2\nprobe.rksp.steps: []\n"
#define SMALL PLAIN "probe.early: true\n"

typedef struct bench {
    sweep_text_t sweep;
    const trial_t *trial;
    task_t *task;
    batch_t batch;
    model_t *model;
    optim_t *optim;
    early_probe_t *probe;
    flt *before, *after; /* parameters around step 0 */
    double loss;         /* before it */
    record_t record;
} bench_t;

static flt *copy_parameters(const bench_t *b) {
    size_t bytes = (size_t)model_size(b->model) * sizeof(flt);
    return memcpy(malloc(bytes), graph_theta(model_graph(b->model)), bytes);
}

/* A trial's step 0, put together here by hand. */
static bench_t bench_of(const char *options) {
    char text[1024];
    snprintf(text, sizeof text, SMALL "%s", options);
    bench_t b = {.sweep = sweep_of_text(text)};
    const task_row_t *row;
    task_shape_t shape;
    b.trial = plan_trial(b.sweep.plan, 0);
    const config_t *config = b.trial->config;
    if (task_describe(config, &row, &shape) || task_open(b.trial, &b.task) ||
        batch_create(&shape, 4, &b.batch) ||
        model_create(config, &shape, 4, GRAPH_TRAIN, &b.model) ||
        optim_create(config, model_graph(b.model), &b.optim) ||
        early_probe_create(config, b.model, b.optim, &b.probe))
        fail_msg("%s", status_message());
    model_init(b.model, b.trial->seed, b.trial->replica);
    task_row(b.task)->train(b.task, 0, &b.batch);
    model_load(b.model, &b.batch);
    b.loss = model_gradient(b.model).total;
    b.before = copy_parameters(&b);
    early_probe_before(b.probe, 0, 0.02);
    optim_step(b.optim, 1, 0.02);
    early_probe_after(b.probe, 0, 0.02);
    b.after = copy_parameters(&b);
    early_probe_record(b.probe, &b.record);
    return b;
}

static void bench_end(bench_t *b) {
    record_clear(&b->record);
    free(b->before);
    free(b->after);
    early_probe_destroy(&b->probe);
    optim_destroy(&b->optim);
    model_destroy(&b->model);
    batch_destroy(&b->batch);
    task_close(&b->task);
    sweep_end(&b->sweep);
}

static double value_of(const bench_t *b, const char *path) {
    return *(const double *)item_of(&b->record, path)->data;
}

/* The parameter of that name and kind; exactly one has it. */
static const parameter_t *find(const bench_t *b, const char *name) {
    const graph_t *graph = model_graph(b->model);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    while (p < end && strcmp(p->name, name) != 0) p++;
    if (p == end) fail_msg("no parameter %s", name);
    return p;
}

/* Singular values of a [rows, cols] row-major, and the right singular vector of the largest. */
static void decompose(long rows, long cols, const double *a, double *values, double *first) {
    double *copy = malloc((size_t)(rows * cols) * sizeof *copy), work[64];
    double *vt = malloc((size_t)(cols * cols) * sizeof *vt);
    memcpy(copy, a, (size_t)(rows * cols) * sizeof *copy);
    assert_int_equal(LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'N', 'A', (int)rows, (int)cols, copy,
                                    (int)cols, values, NULL, 1, vt, (int)cols, work),
                     0);
    if (first) memcpy(first, vt, (size_t)cols * sizeof *first);
    free(copy);
    free(vt);
}

/* --- the numbers --- */

static double loss_at(bench_t *b, double factor) {
    flt *theta = graph_theta(model_graph(b->model));
    for (long i = 0; i < model_size(b->model); i++)
        theta[i] = b->before[i] + (flt)factor * (b->after[i] - b->before[i]);
    return model_loss(b->model).total;
}

/* A little less of the step does not raise the loss, a little more does. */
static void assert_critical(const char *options) {
    bench_t b = bench_of(options);
    double factor = 2 / value_of(&b, "early/lr_critical_sharpness_0");
    assert_true(loss_at(&b, factor / 1.05) <= b.loss);
    assert_true(loss_at(&b, factor * 1.05) > b.loss);
    bench_end(&b);
}

static void the_critical_step_is_where_the_loss_begins_to_rise(void **state) {
    (void)state;
    assert_critical("model.norm: none\n");
    assert_critical("train.optimizer: sgd\n");
    assert_critical("model.norm: pre_ln\n");
}

/* <q_i, k_j> / sqrt(s) over j <= i, in double. */
static double largest_logit(const bench_t *b, long heads, long size) {
    const parameter_t *w = find(b, "block.0.attn.qkv.weight");
    matrix_t x = model_hidden(b->model, 0);
    double largest = -INFINITY, *qk = calloc((size_t)(x.rows * 2 * x.cols), sizeof *qk);
    for (long i = 0; i < x.rows; i++)
        for (long j = 0; j < 2 * x.cols; j++)
            for (long k = 0; k < x.cols; k++)
                qk[i * 2 * x.cols + j] +=
                    (double)matrix_row(x, i).v[k] * (double)b->before[w->offset + j * x.cols + k];
    long length = x.rows / 4;
    for (long i = 0; i < x.rows; i++)
        for (long j = i / length * length; j <= i; j++)
            for (long h = 0; h < heads; h++) {
                double sum = 0;
                for (long k = h * size; k < (h + 1) * size; k++)
                    sum += qk[i * 2 * x.cols + k] * qk[j * 2 * x.cols + x.cols + k];
                largest = fmax(largest, sum / sqrt((double)size));
            }
    free(qk);
    return largest;
}

static void the_largest_logit_is_that_of_all_pairs(void **state) {
    (void)state;
    bench_t b = bench_of("model.norm: none\nmodel.init_std: 0.5\nmodel.embed_std: 1\n");
    memcpy(graph_theta(model_graph(b.model)), b.before, (size_t)model_size(b.model) * sizeof(flt));
    model_hidden_states(b.model);
    assert_near(value_of(&b, "early/max_attention_logit_0"), largest_logit(&b, 2, 8), 1e-5);
    bench_end(&b);
}

static double spectral_entropy(const bench_t *b, long h, long size, long d) {
    const parameter_t *w = find(b, "block.0.attn.qkv.weight");
    double product[16 * 16] = {0}, values[16], total = 0, entropy = 0;
    for (long s = h * size; s < (h + 1) * size; s++)
        for (long i = 0; i < d; i++)
            for (long j = 0; j < d; j++)
                product[i * d + j] += (double)b->before[w->offset + s * d + i] *
                                      (double)b->before[w->offset + (d + s) * d + j];
    decompose(d, d, product, values, NULL);
    for (long i = 0; i < size; i++) total += values[i];
    for (long i = 0; i < size; i++) entropy -= values[i] / total * log(values[i] / total);
    return entropy;
}

static void concentration_is_what_entropy_lacks(void **state) {
    (void)state;
    bench_t b = bench_of("");
    double mean = (spectral_entropy(&b, 0, 8, 16) + spectral_entropy(&b, 1, 8, 16)) / 2;
    assert_near(value_of(&b, "early/qk_concentration_0"), 1 - mean / log(8), 1e-6);
    bench_end(&b);
}

static double one_sidedness(matrix_t x, matrix_t w) {
    double values[64], first[64], *a = malloc((size_t)(w.rows * w.cols) * sizeof *a);
    long sides = 0;
    for (long i = 0; i < w.rows * w.cols; i++) a[i] = (double)w.at.v[i];
    decompose(w.rows, w.cols, a, values, first);
    for (long i = 0; i < x.rows; i++) {
        double along = 0;
        for (long k = 0; k < x.cols; k++) along += (double)matrix_row(x, i).v[k] * first[k];
        sides += along > 0 ? 1 : -1;
    }
    free(a);
    return fabs((double)sides) / (double)x.rows;
}

static void alignment_is_the_mean_over_the_four_matrices_of_a_block(void **state) {
    (void)state;
    bench_t b = bench_of("");
    const graph_t *graph = model_graph(b.model);
    double sum = 0;
    int linears = 0;
    memcpy(graph_theta(model_graph(b.model)), b.before, (size_t)model_size(b.model) * sizeof(flt));
    model_loss(b.model);
    for (int node = 0; node < graph_nodes(graph); node++) {
        const call_t *call = graph_call(graph, node);
        if (graph_op(graph, node) != &op_linear || linears++ == 4) continue; /* the fifth: head */
        sum += one_sidedness(call->x[0], call->x[1]);
    }
    assert_int_equal(linears, 5);
    assert_near(value_of(&b, "early/spectral_alignment_0"), sum / 4, 1e-12);
    bench_end(&b);
}

/* Adam's first P is |g| + eps: v^ of one gradient is its square. */
static void the_condition_is_that_of_adams_first_divisor(void **state) {
    (void)state;
    bench_t b = bench_of("train.eps: 1e-4\n");
    const graph_t *graph = model_graph(b.model);
    double least = INFINITY, most = 0, squares = 0;
    memcpy(graph_theta(model_graph(b.model)), b.before, (size_t)model_size(b.model) * sizeof(flt));
    model_gradient(b.model);
    const flt *g = graph_gradient(model_graph(b.model));
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &graph_parameters(graph)[p];
        if (at->facts.kind != PARAMETER_MATRIX) continue;
        for (long i = at->offset; i < at->offset + at->rows * at->cols; i++) {
            least = fmin(least, fabs((double)g[i]) + 1e-4);
            most = fmax(most, fabs((double)g[i]) + 1e-4);
            squares += (double)b.before[i] * (double)b.before[i];
        }
    }
    assert_near(value_of(&b, "early/update_condition_0"), sqrt(most / least), 1e-4);
    assert_near(value_of(&b, "early/weight_norm_0"), sqrt(squares), 1e-9);
    bench_end(&b);
}

static void what_there_is_not_is_not_a_number(void **state) {
    (void)state;
    bench_t b = bench_of("train.optimizer: sgd\n");
    assert_true(isnan(value_of(&b, "early/update_condition_0")));
    assert_true(isnan(value_of(&b, "early/weight_norm_10"))); /* no step 10 here */
    bench_end(&b);
}

/* --- in a trial --- */

static void run(const char *common, const char *options, record_t *record) {
    char text[1024];
    snprintf(text, sizeof text, "%s%s", common, options);
    sweep_text_t sweep = sweep_of_text(text);
    run_trial(plan_trial(sweep.plan, 0), record);
    sweep_end(&sweep);
}

static void training_goes_its_way(void **state) {
    (void)state;
    static const char *const others[] = {
        "", "train.optimizer: lamb\nkss: {alpha: 0.1, rank: 8}\n", "qk_clip.limit: 0.01\n",
        "model.dropout: 0.1\ntrain.sam_rho: 0.1\n", "train.precision: bf16_emulated\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        record_t measured = {0}, plain = {0};
        run(SMALL, others[i], &measured);
        run(PLAIN, others[i], &plain);
        const record_item_t *x = item_of(&measured, "series/loss");
        const record_item_t *y = item_of(&plain, "series/loss");
        assert_int_equal(record_item_count(x), 12);
        assert_memory_equal(x->data, y->data, 12 * sizeof(double));
        assert_null(record_find(&plain, "early/weight_norm_0"));
        assert_true(*(double *)item_of(&measured, "early/weight_norm_10")->data > 0);
        record_clear(&measured);
        record_clear(&plain);
    }
}

static void a_checkpoint_keeps_them(void **state) {
    (void)state;
    bench_t b = bench_of("");
    early_probe_t *other;
    record_t again = {0};
    assert_int_equal(early_probe_create(b.trial->config, b.model, b.optim, &other), STATUS_OK);
    assert_int_equal(early_probe_load(other, &b.record), STATUS_OK);
    early_probe_record(other, &again);
    assert_true(value_of(&b, "early/weight_norm_0") ==
                *(double *)item_of(&again, "early/weight_norm_0")->data);
    record_clear(&again);
    assert_int_equal(early_probe_load(other, &again), STATUS_CORRUPT);
    early_probe_destroy(&other);
    bench_end(&b);
}

static void a_device_and_a_team_are_refused(void **state) {
    (void)state;
    static const char *const lines[] = {"resources.device: emulated\n",
                                        "resources.ranks_per_trial: 2\n"};
    for (size_t i = 0; i < 2; i++) {
        char text[1024];
        snprintf(text, sizeof text, "probe.early: true\n%s", lines[i]);
        sweep_text_t sweep = sweep_of(text);
        assert_int_equal(early_probe_check(plan_trial(sweep.plan, 0)->config), STATUS_SPEC);
        assert_non_null(strstr(status_message(), "probe.early"));
        sweep_end(&sweep);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_critical_step_is_where_the_loss_begins_to_rise),
        cmocka_unit_test(the_largest_logit_is_that_of_all_pairs),
        cmocka_unit_test(concentration_is_what_entropy_lacks),
        cmocka_unit_test(alignment_is_the_mean_over_the_four_matrices_of_a_block),
        cmocka_unit_test(the_condition_is_that_of_adams_first_divisor),
        cmocka_unit_test(what_there_is_not_is_not_a_number),
        cmocka_unit_test(training_goes_its_way),
        cmocka_unit_test(a_checkpoint_keeps_them),
        cmocka_unit_test(a_device_and_a_team_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
