/* Checkpoints of other programs become ours: every layout there and back, and real files whose
 * hidden states an independent program has computed. */
#include "model/setup.h"

#include <cjson/cJSON.h>
#include <hdf5.h>

#include "model/layout.h"

static void assert_close(const flt *found, const double *expected, size_t count, double tolerance) {
    double off = 0, norm = 0;
    for (size_t i = 0; i < count; i++) {
        off += pow((double)found[i] - expected[i], 2);
        norm += pow(expected[i], 2);
    }
    if (!(sqrt(off) <= tolerance * sqrt(norm)))
        fail_msg("relative error %.2e, at most %.0e", sqrt(off / norm), tolerance);
}

static void claim_round_trip(const arch_row_t *arch, const layout_t *layout) {
    static const struct llama_options shared = {.kv_heads = 2, .rope_base = 100};
    const char *norm = arch == &arch_llama ? "rms_norm" : "pre_ln";
    setup_t s = setup_of(arch, norm_find(norm));
    s.options.heads = 2, s.options.width = 16;
    if (arch == &arch_llama) s.options.own = &shared;
    model_t *m = ready(&s, GRAPH_TRAIN);
    record_t record = {0};
    const tensor_store_t store = layout_record(&record);
    flt *theta = graph_theta(model_graph(m)), *back = calloc((size_t)model_size(m), sizeof *back);
    if (layout_write(m, layout, &store, theta) || layout_read(m, layout, &store, back))
        fail_msg("%s %s: %s", arch->name, layout->name, status_message());
    assert_memory_equal(back, theta, (size_t)model_size(m) * sizeof *theta);
    free(back);
    record_clear(&record);
    model_destroy(&m);
}

static void what_a_layout_writes_it_reads(void **state) {
    (void)state;
    int count = 0;
    for (int a = 0; arch_rows[a]; a++)
        for (const layout_t *const *l = arch_rows[a]->layouts; l && *l; l++, count++)
            claim_round_trip(arch_rows[a], *l);
    assert_true(count >= 3);
}

/* --- a file of tensors, small enough to be read whole --- */

typedef struct file {
    char *bytes;
    cJSON *header;
    const char *data;
} file_t;

static char *read_whole(const char *path) {
    FILE *stream = fopen(path, "rb");
    if (!stream) fail_msg("cannot open %s", path);
    fseek(stream, 0, SEEK_END);
    size_t size = (size_t)ftell(stream);
    rewind(stream);
    char *bytes = calloc(size + 1, 1);
    assert_int_equal(fread(bytes, 1, size, stream), size);
    fclose(stream);
    return bytes;
}

static file_t open_file(const char *path) {
    file_t f = {.bytes = read_whole(path)};
    uint64_t length;
    memcpy(&length, f.bytes, sizeof length);
    f.header = cJSON_ParseWithLength(f.bytes + 8, length);
    f.data = f.bytes + 8 + length;
    return f;
}

static void close_file(file_t *f) {
    cJSON_Delete(f->header);
    free(f->bytes);
}

static int file_has(void *context, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(((file_t *)context)->header, name) != NULL;
}

static status_t file_read(void *context, const tensor_shape_t *shape, flt *to) {
    file_t *f = context;
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(f->header, shape->name);
    const cJSON *offsets = cJSON_GetObjectItem(entry, "data_offsets");
    const cJSON *sizes = cJSON_GetObjectItem(entry, "shape");
    size_t first = (size_t)cJSON_GetArrayItem(offsets, 0)->valuedouble;
    int rank = cJSON_GetArraySize(sizes);
    long cols = cJSON_GetArrayItem(sizes, rank - 1)->valueint;
    long rows = rank > 1 ? cJSON_GetArrayItem(sizes, 0)->valueint : 1;
    CHECK(cols == shape->cols && (rows == shape->rows || (shape->is_longer && rows > shape->rows)),
          STATUS_CORRUPT, "%s is [%ld,%ld], not [%ld,%ld]", shape->name, rows, cols, shape->rows,
          shape->cols);
    for (long i = 0; i < shape->rows * shape->cols; i++) {
        float x;
        memcpy(&x, f->data + first + (size_t)i * sizeof x, sizeof x);
        to[i] = (flt)x;
    }
    return STATUS_OK;
}

/* A data set of the golden file, malloc'd. */
static void *golden(const char *file, const char *name, hid_t type, size_t size, size_t *count) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("KOOPSWEEP_GOLDEN"), file);
    hid_t h5 = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), set = H5Dopen2(h5, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(set);
    *count = (size_t)H5Sget_simple_extent_npoints(space);
    void *data = calloc(*count, size);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(h5);
    return data;
}

typedef struct checkpoint {
    const char *file, *golden, *layout;
    model_options_t options;
    int vocab, sequences; /* whose hidden states the golden file has */
} checkpoint_t;

static const struct llama_options stories_own = {.kv_heads = 4, .rope_base = 10000};
static const checkpoint_t tiny = {"gpt2-tiny/tiny_gpt2/model.safetensors",
                                  "profile_tiny_gpt2.h5",
                                  "hf",
                                  {"gpt", "pre_ln", .width = 2, .layers = 1, .heads = 1, .ffn = 8,
                                   .norm_epsilon = 1e-5},
                                  21,
                                  32},
                          stories = {"llama-stories260K/model.safetensors",
                                     "profile_llama_stories260K.h5",
                                     "hf",
                                     {"llama", "rms_norm", .width = 64, .layers = 5, .heads = 8,
                                      .ffn = 172, .norm_epsilon = 1e-5, .own = &stories_own},
                                     512,
                                     2};

enum { LENGTH = 64 };

static char *data_path(const char *file, char path[512]) {
    snprintf(path, 512, "%s/%s", getenv("KOOPSWEEP_DATA"), file);
    return path;
}

static void need_files(void) {
    if (getenv("KOOPSWEEP_DATA") && getenv("KOOPSWEEP_GOLDEN")) return;
    print_message("skipped: KOOPSWEEP_DATA or KOOPSWEEP_GOLDEN is not set\n");
    skip();
}

static model_t *model_of(const checkpoint_t *c) {
    const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = LENGTH, .vocab = c->vocab};
    model_t *m = NULL;
    if (model_create_from(&c->options, &shape, c->sequences, GRAPH_KEEP, &m))
        fail_msg("%s", status_message());
    return m;
}

static void load(model_t *m, const checkpoint_t *c) {
    char path[512];
    file_t f = open_file(data_path(c->file, path));
    const tensor_store_t store = {.has = file_has, .read = file_read, .context = &f};
    if (layout_read(m, layout_find(m, c->layout), &store, graph_theta(model_graph(m))))
        fail_msg("%s", status_message());
    close_file(&f);
}

static void check_states(const checkpoint_t *c) {
    size_t count, each;
    model_t *m = model_of(c);
    load(m, c);
    int32_t *tokens = golden(c->golden, "tokens", H5T_NATIVE_INT32, sizeof *tokens, &count);
    double *hidden = golden(c->golden, "hidden", H5T_NATIVE_DOUBLE, sizeof *hidden, &count);
    each = count / (size_t)(c->options.layers + 1);
    model_load(m, &(batch_t){.size = c->sequences, .tokens = tokens, .targets = tokens});
    model_hidden_states(m);
    for (int l = 0; l <= c->options.layers; l++)
        assert_close(model_hidden(m, l).at.v, hidden + (size_t)l * each, each, 1e-5);
    free(tokens);
    free(hidden);
    model_destroy(&m);
}

static void real_checkpoints_have_the_hidden_states_of_others(void **state) {
    (void)state;
    need_files();
    check_states(&tiny);
    check_states(&stories);
}

/* --- llama2.c's own file of the same model: Meta's order, all layers of a kind together --- */

static void put(record_t *record, const char *pattern, int layer, size_t rows, size_t cols,
                const float **at) {
    char name[96];
    const size_t both[] = {rows, cols};
    snprintf(name, sizeof name, "%s%d.%s", "layers.", layer, pattern);
    if (layer < 0) snprintf(name, sizeof name, "%s", pattern);
    record_put(record, name, RECORD_F32, rows == 1 ? 1 : 2, both + (rows == 1), *at);
    *at += rows * cols;
}

static void put_all(record_t *record, const char *pattern, size_t rows, size_t cols,
                    const float **at) {
    for (int layer = 0; layer < 5; layer++) put(record, pattern, layer, rows, cols, at);
}

static void both_orders_of_rotary_rows_give_one_model(void **state) {
    (void)state;
    need_files();
    char path[512];
    enum { HEADER = 28, D = 64, KV = 32, F = 172, V = 512 };
    char *bytes = read_whole(data_path("llama-stories260K/stories260K.bin", path));
    const float *at = (const float *)(bytes + HEADER);
    record_t record = {0};
    put(&record, "tok_embeddings.weight", -1, V, D, &at);
    put_all(&record, "attention_norm.weight", 1, D, &at);
    put_all(&record, "attention.wq.weight", D, D, &at);
    put_all(&record, "attention.wk.weight", KV, D, &at);
    put_all(&record, "attention.wv.weight", KV, D, &at);
    put_all(&record, "attention.wo.weight", D, D, &at);
    put_all(&record, "ffn_norm.weight", 1, D, &at);
    put_all(&record, "feed_forward.w1.weight", F, D, &at);
    put_all(&record, "feed_forward.w2.weight", D, F, &at);
    put_all(&record, "feed_forward.w3.weight", F, D, &at);
    put(&record, "norm.weight", -1, 1, D, &at);
    model_t *m = model_of(&stories);
    const tensor_store_t store = layout_record(&record);
    flt *theta = graph_theta(model_graph(m));
    if (layout_read(m, layout_find(m, "meta"), &store, theta)) fail_msg("%s", status_message());
    flt *meta = copy(theta, model_size(m));
    load(m, &stories);
    assert_memory_equal(meta, theta, (size_t)model_size(m) * sizeof *theta);
    free(meta);
    free(bytes);
    record_clear(&record);
    model_destroy(&m);
}

/* --- what does not fit --- */

static void what_is_missing_or_too_small_is_named(void **state) {
    (void)state;
    setup_t s = setup_of(&arch_gpt, norm_find("pre_ln"));
    model_t *m = ready(&s, GRAPH_TRAIN);
    const layout_t *hf = layout_find(m, "hf");
    record_t record = {0};
    const tensor_store_t store = layout_record(&record);
    flt *theta = graph_theta(model_graph(m));
    assert_int_equal(layout_read(m, hf, &store, theta), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "wte.weight"));
    assert_int_equal(layout_write(m, hf, &store, theta), STATUS_OK);
    flt few[2] = {0};
    record_put(&record, "wpe.weight", sizeof(flt) == 4 ? RECORD_F32 : RECORD_F64, 2,
               (const size_t[]){1, 2}, few);
    assert_int_equal(layout_read(m, hf, &store, theta), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "wpe.weight"));
    assert_null(layout_find(m, "ggml"));
    record_clear(&record);
    model_destroy(&m);
}

/* QK-norm has gains that GPT-2 has not. */
static void a_parameter_that_theirs_lacks_is_named(void **state) {
    (void)state;
    setup_t s = setup_of(&arch_gpt, norm_find("pre_ln"));
    s.options.qk_norm = true;
    model_t *m = ready(&s, GRAPH_TRAIN);
    record_t record = {0};
    const tensor_store_t store = layout_record(&record);
    flt *theta = graph_theta(model_graph(m));
    assert_int_equal(layout_write(m, layout_find(m, "hf"), &store, theta), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "attn.q_norm.gain"));
    record_clear(&record);
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_layout_writes_it_reads),
        cmocka_unit_test(real_checkpoints_have_the_hidden_states_of_others),
        cmocka_unit_test(both_orders_of_rotary_rows_give_one_model),
        cmocka_unit_test(what_is_missing_or_too_small_is_named),
        cmocka_unit_test(a_parameter_that_theirs_lacks_is_named),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
