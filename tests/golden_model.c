/* golden_model [--on BACKEND] [--attention WAY] FILE...: model results against files of an
 * independent float64 implementation; WAY as of model.attention.
 *
 * Layout of a file (HDF5): attribute `config` (JSON: arch, norm, d, L, heads, ...), tokens and
 * targets [B,T] or images [B,3,I,I] and labels [B]; params/NAME, grads/NAME, direction/NAME,
 * hvp/NAME; hidden [L+1,B,T,d]; logits; attributes loss and vHv. Prints the largest relative error
 * (norm-wise, per tensor) of every group, and of both ends of the spectra eigenvalues and
 * eigenvalues_preconditioned (adam_v/NAME) by power iteration and by Lanczos; exit status 0 when
 * all are within tolerance. */
#include <cjson/cJSON.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "golden_families.h"
#include "kernel/backend.h"
#include "kernel/gemm.h"
#include "model/kan.h"
#include "model/llama.h"
#include "model/mamba.h"
#include "model/moe.h"
#include "spectral/lanczos.h"
#include "spectral/power.h"

typedef struct golden {
    hid_t file;
    cJSON *config;
    model_options_t options;
    void *own; /* the architecture's */
    task_shape_t shape;
    batch_t batch;
    model_t *model;
    int failures;
} golden_t;

/* --- reading --- */

static int exists(const golden_t *g, const char *path) {
    return H5Lexists(g->file, path, H5P_DEFAULT) > 0;
}

/* The whole data set as double or int32, malloc'd; *count = its elements. */
static void *read_all(const golden_t *g, const char *path, hid_t type, size_t size, size_t *count) {
    hid_t set = H5Dopen2(g->file, path, H5P_DEFAULT), space = H5Dget_space(set);
    *count = (size_t)H5Sget_simple_extent_npoints(space);
    void *data = calloc(*count + 1, size);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) exit(1);
    H5Sclose(space);
    H5Dclose(set);
    return data;
}

static void shape_of(const golden_t *g, const char *path, hsize_t dims[4]) {
    hid_t set = H5Dopen2(g->file, path, H5P_DEFAULT), space = H5Dget_space(set);
    H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    H5Dclose(set);
}

static double attribute(const golden_t *g, const char *name) {
    double value = NAN;
    hid_t a = H5Aopen(g->file, name, H5P_DEFAULT);
    H5Aread(a, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(a);
    return value;
}

static cJSON *read_config(const golden_t *g) {
    hid_t a = H5Aopen(g->file, "config", H5P_DEFAULT), type = H5Aget_type(a);
    char *text = NULL;
    if (H5Tis_variable_str(type)) {
        H5Aread(a, type, &text);
    } else {
        text = calloc(H5Tget_size(type) + 1, 1);
        H5Aread(a, type, text);
    }
    cJSON *json = cJSON_Parse(text);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(a);
    return json;
}

static const char *config_word(const golden_t *g, const char *key, const char *fallback) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(g->config, key);
    return cJSON_IsString(item) ? item->valuestring : fallback;
}

/* The first of the keys (NULL-terminated) that the config has. */
static double number_in(const golden_t *g, const char *const *keys, double fallback) {
    for (; *keys; keys++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(g->config, *keys);
        if (cJSON_IsNumber(item)) return item->valuedouble;
    }
    return fallback;
}
#define NUMBER(g, fallback, ...) number_in(g, (const char *const[]){__VA_ARGS__, NULL}, fallback)

static void read_text_batch(golden_t *g) {
    size_t count;
    hsize_t dims[4];
    shape_of(g, "tokens", dims);
    g->batch.size = (int)dims[0];
    g->batch.tokens = read_all(g, "tokens", H5T_NATIVE_INT32, 4, &count);
    int32_t *targets = g->batch.targets = read_all(g, "targets", H5T_NATIVE_INT32, 4, &count);
    long T = (long)dims[1];
    g->shape = (task_shape_t){.kind = TASK_TOKENS, .seq_len = (int)T};
    g->shape.loss_last = strcmp(config_word(g, "loss", "all"), "last") == 0;
    if (g->shape.loss_last && (long)count == g->batch.size * T)
        for (int b = 0; b < g->batch.size; b++) targets[b] = targets[(b + 1) * T - 1];
}

static void read_image_batch(golden_t *g) {
    size_t count;
    hsize_t dims[4];
    shape_of(g, "images", dims);
    g->batch.size = (int)dims[0];
    double *pixels = read_all(g, "images", H5T_NATIVE_DOUBLE, 8, &count);
    g->batch.images = calloc(count, sizeof(float));
    for (size_t i = 0; i < count; i++) g->batch.images[i] = (float)pixels[i];
    free(pixels);
    g->batch.targets = read_all(g, "labels", H5T_NATIVE_INT32, 4, &count);
    hsize_t patch[4];
    shape_of(g, "params/patch_emb.weight", patch);
    g->shape = (task_shape_t){.kind = TASK_IMAGES, .image = (int)dims[2]};
    g->shape.patch = (int)lround(sqrt((double)patch[1] / 3));
}

static void read_moe(const golden_t *g, struct moe_options *moe) {
    snprintf(moe->block, sizeof moe->block, "%s", config_word(g, "block", "gpt"));
    moe->experts = (int64_t)NUMBER(g, 0, "experts");
    moe->active = (int64_t)NUMBER(g, 0, "top_k");
    moe->balance = NUMBER(g, 0, "aux_coef");
}

static void read_mamba(const golden_t *g, struct mamba_options *mamba) {
    mamba->expand = (int64_t)NUMBER(g, 0, "expand");
    mamba->states = (int64_t)NUMBER(g, 0, "d_state");
    mamba->taps = (int64_t)NUMBER(g, 0, "d_conv");
    mamba->rank = (int64_t)NUMBER(g, 0, "dt_rank");
}

static void read_kan(const golden_t *g, struct kan_options *kan) {
    kan->hidden = (int64_t)NUMBER(g, 0, "kan_hidden");
    kan->grid = (int64_t)NUMBER(g, 0, "grid");
    kan->order = (int64_t)NUMBER(g, 0, "order");
}

/* Of every set that the architecture has: defaults, then what the file says. */
static void read_own(golden_t *g) {
    const arch_row_t *arch = arch_find(g->options.arch);
    g->options.own = g->own = calloc(1, arch_own_size(arch) + 1);
    for (const arch_options_t *o = arch->options; o->set; o++)
        if (field_defaults(o->set, arch_part(arch, g->own, o->set))) exit(1);
    struct llama_options *llama = arch_part(arch, g->own, &llama_fields);
    struct moe_options *moe = arch_part(arch, g->own, &moe_fields);
    struct mamba_options *mamba = arch_part(arch, g->own, &mamba_fields);
    struct kan_options *kan = arch_part(arch, g->own, &kan_fields);
    if (llama)
        *llama = (struct llama_options){.kv_heads = (int64_t)NUMBER(g, 0, "kv_heads"),
                                        .rope_base = NUMBER(g, 10000, "rope_base")};
    if (moe) read_moe(g, moe);
    if (mamba) read_mamba(g, mamba);
    if (kan) read_kan(g, kan);
}

/* RMSNorm is LLaMA's and Mamba's, LayerNorm the others'. */
static const char *usual_norm(const golden_t *g) {
    const char *arch = g->options.arch, *block = config_word(g, "block", "gpt");
    int is_rms = !strcmp(arch, "llama") || !strcmp(arch, "mamba") || !strcmp(block, "llama");
    return is_rms ? "rms_norm" : "pre_ln";
}

static void read_options(golden_t *g) {
    static const char mlp[] = "params/block.0.mlp.up.weight";
    hsize_t head[4], hidden[4], up[4] = {(hsize_t)NUMBER(g, 0, "ffn")};
    model_options_t *o = &g->options;
    shape_of(g, "params/head.weight", head);
    shape_of(g, "hidden", hidden);
    if (exists(g, mlp)) shape_of(g, mlp, up);
    g->shape.vocab = (int)head[0];
    o->width = (int64_t)hidden[3];
    o->layers = (int64_t)hidden[0] - 1;
    o->heads = (int64_t)NUMBER(g, 1, "H", "heads", "n_heads", "n_head", "num_heads");
    o->norm_epsilon = 1e-5;
    o->ffn = (int64_t)up[0];
    snprintf(o->arch, sizeof o->arch, "%s", config_word(g, "arch", "gpt"));
    snprintf(o->norm, sizeof o->norm, "%s", config_word(g, "norm", usual_norm(g)));
    read_own(g);
}

/* --- comparing --- */

static void report(golden_t *g, const char *what, double error, double limit) {
    int is_good = error <= limit;
    printf("  %-10s largest relative error %.2e  (limit %.0e)%s\n", what, error, limit,
           is_good ? "" : "  FAILED");
    g->failures += !is_good;
}

/* |a - b| / |b| over `count` elements, norm-wise. */
static double distance(const flt *a, const double *b, size_t count) {
    double off = 0, norm = 0;
    for (size_t i = 0; i < count; i++) {
        off += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return norm > 0 ? sqrt(off / norm) : sqrt(off);
}

/* What the files keep apart lies packed in ours, rows after rows; of experts, one by one. */
static const struct {
    const char *packed, *parts[4];
} packings[] = {{"attn.qkv.weight", {"attn.q.weight", "attn.k.weight", "attn.v.weight"}},
                {"mlp.gate_up.weight", {"mlp.gate.weight", "mlp.up.weight"}},
                {"moe.gate_up.weight", {"moe.gate.weight", "moe.up.weight"}}};

/* Two halves of `count` numbers one after the other -> by turns, a piece of `each` of either. */
static void take_turns(double *whole, size_t count, size_t each) {
    double *sorted = calloc(2 * count, sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        sorted[i / each * 2 * each + i % each] = whole[i];
        sorted[(i / each * 2 + 1) * each + i % each] = whole[count + i];
    }
    memcpy(whole, sorted, 2 * count * sizeof *whole);
    free(sorted);
}

/* group/NAME of the file, malloc'd, put together from its parts where the file has only those. */
static double *read_parameter(const golden_t *g, const char *group, const char *name,
                              size_t *count) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", group, name);
    if (exists(g, path)) return read_all(g, path, H5T_NATIVE_DOUBLE, 8, count);
    double *whole = NULL;
    *count = 0;
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++) {
        const char *tail = strstr(name, packings[i].packed);
        for (int k = 0; tail && packings[i].parts[k]; k++) {
            size_t more;
            snprintf(path, sizeof path, "%s/%.*s%s", group, (int)(tail - name), name,
                     packings[i].parts[k]);
            double *part = read_all(g, path, H5T_NATIVE_DOUBLE, 8, &more);
            whole = realloc(whole, (*count + more) * sizeof *whole);
            memcpy(whole + *count, part, more * sizeof *whole);
            *count += more;
            free(part);
        }
    }
    size_t expert = (size_t)(g->options.ffn * g->options.width);
    if (strstr(name, "moe.gate_up")) take_turns(whole, *count / 2, expert);
    return whole;
}

/* Copies group/NAME of every parameter into the flat vector. */
static void read_group(const golden_t *g, const char *group, flt *flat) {
    graph_t *graph = model_graph(g->model);
    const parameter_t *p = graph_parameters(graph);
    for (long i = 0; i < graph_parameter_count(graph); i++) {
        size_t count;
        double *x = read_parameter(g, group, p[i].name, &count);
        for (size_t k = 0; k < count; k++) flat[p[i].offset + (long)k] = (flt)x[k];
        free(x);
    }
}

/* Tensors whose reference is far below the group's largest are rounding noise (the key bias's
 * gradient is exactly zero): measured against 1e-3 of the largest tensor norm instead. */
static double group_distance(const golden_t *g, const char *group, const flt *flat) {
    graph_t *graph = model_graph(g->model);
    const parameter_t *p = graph_parameters(graph);
    double worst = 0, largest = 0;
    for (int pass = 0; pass < 2; pass++)
        for (long i = 0; i < graph_parameter_count(graph); i++) {
            size_t count;
            double *x = read_parameter(g, group, p[i].name, &count), norm = 0;
            for (size_t k = 0; k < count; k++) norm += x[k] * x[k];
            norm = sqrt(norm);
            if (pass == 0)
                largest = fmax(largest, norm);
            else {
                double error = distance(flat + p[i].offset, x, count);
                if (norm < 1e-3 * largest) error *= norm > 0 ? norm / (1e-3 * largest) : 1;
                worst = fmax(worst, error);
            }
            free(x);
        }
    return worst;
}

static void check_hidden(golden_t *g) {
    size_t count;
    double *hidden = read_all(g, "hidden", H5T_NATIVE_DOUBLE, 8, &count), worst = 0;
    size_t each = count / (size_t)(g->options.layers + 1);
    for (int l = 0; l <= g->options.layers; l++)
        worst =
            fmax(worst, distance(model_hidden(g->model, l).at.v, hidden + (size_t)l * each, each));
    report(g, "hidden", worst, 1e-5);
    free(hidden);
}

/* For a loss at the last position the file may hold all positions: ours are the last ones. */
static void check_logits(golden_t *g) {
    size_t count;
    double *logits = read_all(g, "logits", H5T_NATIVE_DOUBLE, 8, &count);
    matrix_t ours = model_logits(g->model);
    size_t cols = (size_t)ours.cols, rows = (size_t)ours.rows, stride = count / cols / rows;
    for (size_t r = 0; r < rows; r++)
        memmove(logits + r * cols, logits + ((r + 1) * stride - 1) * cols, cols * sizeof *logits);
    report(g, "logits", distance(ours.at.v, logits, rows * cols), 1e-5);
    free(logits);
}

static void check_routes(golden_t *g) {
    size_t total;
    int32_t *counts = read_all(g, "router_count", H5T_NATIVE_INT32, 4, &total);
    long experts = (long)total / g->options.layers;
    report(g, "routes", (double)wrong_routes(g->model, counts, experts), 0);
    free(counts);
}

static void check_outside(golden_t *g) {
    static const char *const names[] = {"share_beyond_range", "share_beyond_knots"};
    for (int k = 0; k < 2; k++)
        report(g, names[k], fabs(mean_watched(g->model, k) - attribute(g, names[k])), 1e-6);
}

static void check_gradient(golden_t *g) {
    double loss = attribute(g, "loss");
    loss_t ours = model_gradient(g->model);
    report(g, "loss", fabs(ours.total - loss) / fabs(loss), 1e-5);
    if (exists(g, "router_count")) {
        double task = attribute(g, "loss_ce"), balance = attribute(g, "loss_aux");
        report(g, "task loss", fabs(ours.mean - task) / fabs(task), 1e-5);
        report(g, "balance", fabs(ours.terms[0] - balance) / fabs(balance), 1e-5);
        check_routes(g);
    }
    if (strcmp(g->options.arch, "kan") == 0) check_outside(g);
    report(g, "gradient", group_distance(g, "grads", graph_gradient(model_graph(g->model))), 1e-4);
}

static double inner(const flt *a, const flt *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* |found - expected| over |expected|, an inner product of a and b; where its terms cancel, over
 * 1e-3 |a| |b|: the rest is their rounding. */
static double inner_error(double found, double expected, const flt *a, const flt *b, size_t n) {
    double size = sqrt(inner(a, a, n) * inner(b, b, n));
    return fabs(found - expected) / fmax(fabs(expected), 1e-3 * size);
}

static void check_product(golden_t *g) {
    size_t n = (size_t)model_size(g->model);
    flt *v = calloc(n, sizeof *v), *hv = calloc(n, sizeof *hv);
    read_group(g, "direction", v);
    double slope = model_product(g->model, v, hv), vhv = attribute(g, "vHv");
    const flt *gradient = graph_gradient(model_graph(g->model));
    report(g, "Hv", group_distance(g, "hvp", hv), 1e-3);
    report(g, "vHv", inner_error(inner(v, hv, n), vhv, v, hv, n), 1e-3);
    report(g, "g.v", inner_error(slope, inner(v, gradient, n), v, gradient, n), 1e-4);
    free(v);
    free(hv);
}

/* --- the spectrum of H and of P^-1/2 H P^-1/2 --- */

enum { STEPS = 120 }; /* of Lanczos: far more than the ends need */

/* sign P^-1/2 H P^-1/2; root = NULL: P = I. */
typedef struct hessian {
    golden_t *golden;
    const flt *root; /* diagonal of P^1/2 */
    double sign;
} hessian_t;

static void apply_hessian(void *context, const flt *v, flt *hv) {
    const hessian_t *h = context;
    long n = model_size(h->golden->model);
    for (long i = 0; i < n; i++) hv[i] = h->root ? v[i] / h->root[i] : v[i];
    model_product(h->golden->model, hv, hv);
    for (long i = 0; i < n; i++) hv[i] *= (flt)h->sign / (h->root ? h->root[i] : 1);
}

static void start(flt *v, long n) {
    rng_t rng = rng_open(42, 0, "start", 0);
    for (long i = 0; i < n; i++) v[i] = (flt)rng_normal(&rng);
    symmetric_normalise(v, n);
}

/* Power iteration knows one end: the other is that of -H. */
static double end_by_power(hessian_t *h, double sign, flt *v, flt *work) {
    long n = model_size(h->golden->model);
    symmetric_t op = {apply_hessian, h, n};
    double shift = 0;
    h->sign = sign;
    start(v, n);
    return sign * power_iterate(&op, 3000, 1e-4, &shift, v, work).value;
}

static double relative(double found, double expected) {
    return fabs(found - expected) / fabs(expected);
}

static void check_ends(golden_t *g, const char *data, const flt *root, flt *v, flt *work) {
    size_t count;
    char what[64];
    eigenpair_t pair;
    double *expected = read_all(g, data, H5T_NATIVE_DOUBLE, 8, &count);
    double low = expected[0], high = expected[count - 1];
    hessian_t h = {.golden = g, .root = root, .sign = 1};
    symmetric_t op = {apply_hessian, &h, model_size(g->model)};
    start(v, op.size);
    if (lanczos_extremes(&op, STEPS, v, work, &pair)) exit(1);
    const char *name = root ? "G" : "H";
    snprintf(what, sizeof what, "%s Lanczos", name);
    report(g, what, fmax(relative(pair.value, high), relative(pair.smallest, low)), 1e-4);
    snprintf(what, sizeof what, "%s power", name);
    double by_power = fmax(relative(end_by_power(&h, 1, v, work), high),
                           relative(end_by_power(&h, -1, v, work), low));
    report(g, what, by_power, 1e-4);
    printf("  %-10s lambda %.6g .. %.6g\n", "", low, high);
    free(expected);
}

static void check_spectrum(golden_t *g) {
    long n = model_size(g->model);
    flt *v = calloc((size_t)n, sizeof *v), *root = calloc((size_t)n, sizeof *root);
    flt *work = calloc((size_t)lanczos_work(n, STEPS), sizeof *work);
    if (exists(g, "eigenvalues")) check_ends(g, "eigenvalues", NULL, v, work);
    if (exists(g, "eigenvalues_preconditioned")) {
        read_group(g, "adam_v", root);
        for (long i = 0; i < n; i++) root[i] = (flt)sqrt(sqrt((double)root[i]) + 1e-8);
        check_ends(g, "eigenvalues_preconditioned", root, v, work);
    }
    free(v);
    free(root);
    free(work);
}

static int check_file(const backend_t *backend, const char *attention, const char *path) {
    golden_t g = {.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)};
    if (g.file < 0) return fprintf(stderr, "golden_model: cannot open %s\n", path), 1;
    g.config = read_config(&g);
    if (exists(&g, "images"))
        read_image_batch(&g);
    else
        read_text_batch(&g);
    read_options(&g);
    snprintf(g.options.attention, sizeof g.options.attention, "%s", attention);
    printf("%s: %s %s, d %ld, L %ld\n", path, g.options.arch, g.options.norm, (long)g.options.width,
           (long)g.options.layers);
    if (model_create_on(backend, &g.options, &g.shape, g.batch.size, GRAPH_CURVATURE, &g.model)) {
        printf("  FAILED: %s\n", status_message());
        return 1;
    }
    read_group(&g, "params", graph_theta(model_graph(g.model)));
    model_load(g.model, &g.batch);
    model_hidden_states(g.model);
    check_hidden(&g);
    check_logits(&g);
    check_gradient(&g);
    if (exists(&g, "hvp")) check_product(&g);
    check_spectrum(&g);
    model_destroy(&g.model);
    free(g.batch.tokens);
    free(g.batch.targets);
    free(g.batch.images);
    free(g.own);
    cJSON_Delete(g.config);
    H5Fclose(g.file);
    return g.failures;
}

int main(int argc, char **argv) {
    const backend_t *backend = &backend_host;
    const backend_options_t options = {.gpus_per_process = 1};
    const char *place = NULL, *attention = "auto";
    int failures = 0, first = 1;
    for (; first + 1 < argc && !strncmp(argv[first], "--", 2); first += 2)
        *(strcmp(argv[first], "--on") ? &attention : &place) = argv[first + 1];
    if (argc <= first)
        return fprintf(stderr, "usage: golden_model [--on BACKEND] [--attention WAY] FILE...\n"), 2;
    gemm_start(1);
    if (place && backend_open(place, &options, &backend))
        return fprintf(stderr, "golden_model: %s\n", status_message()), 7;
    for (int i = first; i < argc; i++) failures += check_file(backend, attention, argv[i]) != 0;
    printf("%d files passed, %d failed\n", argc - first - failures, failures);
    return failures != 0;
}
