/* Checkpoints of other programs: the network they describe, their hidden states layer by layer, and
 * a loss that only the right order of rotary rows gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/walk.h"
#include "kernel/gemm.h"

static char folder[] = "/tmp/koopsweep-checkpoint-XXXXXX";

static const char *data(const char *name) {
    static char path[512];
    if (!getenv("KOOPSWEEP_DATA")) {
        print_message("skipped: KOOPSWEEP_DATA is not set\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/%s", getenv("KOOPSWEEP_DATA"), name);
    return path;
}

static void open_good(const char *path, const char *layout, checkpoint_t *c) {
    if (checkpoint_open(path, layout, c)) fail_msg("%s", status_message());
}

static void what_network_it_is_stands_in_the_files(void **state) {
    (void)state;
    checkpoint_t c;
    open_good(data("gpt2-tiny/fake_gpt2"), NULL, &c);
    assert_string_equal(c.options.arch, "gpt");
    assert_int_equal(c.options.ffn, 8);
    assert_int_equal(c.vocab, 50257);
    assert_int_equal(c.positions, 1024);
    assert_true(c.options.tied_head);
    checkpoint_close(&c);
    for (int kind = 0; kind < 2; kind++) {
        static const char *const names[] = {"model.safetensors", "stories260K.bin"};
        char name[64];
        snprintf(name, sizeof name, "llama-stories260K/%s", names[kind]);
        open_good(data(name), NULL, &c);
        assert_string_equal(c.options.arch, "llama");
        assert_int_equal(c.options.width, 64);
        assert_int_equal(c.options.layers, 5);
        assert_int_equal(c.options.ffn, 172);
        assert_int_equal(c.vocab, 512);
        assert_true(c.options.tied_head);
        checkpoint_close(&c);
    }
}

/* What the model says of itself when it begins with "<s>" and always takes the likeliest token, as
 * llama2.c prints it (its doc/stories260K.md: "Once upon a time, there was a little girl named
 * Lily. She loved to play outside in the park. ..."): its first tokens by tok512.bin. */
static const int32_t story[] = {
    1,   403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396,
    267, 337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385, 328, 432, 358, 394, 261,
    370, 432, 352, 266, 268, 388, 426, 338, 391, 266, 267, 337, 335, 312, 432, 398, 312, 286, 267,
    414, 270, 333, 415, 426, 13,  438, 310, 439, 419, 357, 336, 432, 313, 438, 310, 432, 278, 316,
    439, 419, 298, 414, 267, 265, 282, 295, 433, 426, 436, 317, 286, 296, 418, 269, 279, 292, 416,
    439, 413, 409, 416, 327, 263, 415, 294, 267, 400, 426, 338, 336, 432, 313, 442, 391, 267, 337,
    335, 364, 420, 268, 388, 432, 398, 359, 280, 303, 439, 413, 272, 417,
};
enum { STORY = sizeof story / sizeof *story };

static double loss_of(const checkpoint_t *c) {
    walk_t w;
    double loss;
    if (walk_begin(c, story, 1, STORY, &w)) fail_msg("%s", status_message());
    for (int l = 0; l < c->options.layers; l++) {
        assert_int_equal(walk_step(&w), STATUS_OK);
        walk_advance(&w);
    }
    assert_int_equal(walk_loss(&w, &loss), STATUS_OK);
    walk_end(&w);
    return loss;
}

/* The whole network in one piece, with the story loaded. */
static model_t *whole(const checkpoint_t *c) {
    model_t *m;
    int32_t tokens[STORY], targets[STORY];
    const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = STORY, .vocab = c->vocab};
    assert_int_equal(model_create_from(&c->options, &shape, 1, GRAPH_KEEP, &m), STATUS_OK);
    if (checkpoint_load(c, 0, m)) fail_msg("%s", status_message());
    for (int t = 0; t < STORY; t++) tokens[t] = story[t], targets[t] = story[(t + 1) % STORY];
    model_load(m, &(const batch_t){.size = 1, .tokens = tokens, .targets = targets});
    model_hidden_states(m);
    return m;
}

static int likeliest(const model_t *m, int position) {
    matrix_t logits = model_logits(m);
    const flt *row = matrix_row(logits, position).v;
    int best = 0;
    for (int k = 1; k < logits.cols; k++) best = row[k] > row[best] ? k : best;
    return best;
}

static void the_story_goes_on_as_llama2c_tells_it(void **state) {
    (void)state;
    static const char *const names[] = {"model.safetensors", "stories260K.bin"};
    for (int kind = 0; kind < 2; kind++) {
        char name[64];
        checkpoint_t c;
        snprintf(name, sizeof name, "llama-stories260K/%s", names[kind]);
        open_good(data(name), NULL, &c);
        model_t *m = whole(&c);
        for (int t = 0; t + 1 < STORY; t++) assert_int_equal(likeliest(m, t), story[t + 1]);
        double loss = loss_of(&c);
        print_message("loss %.4f\n", loss);
        assert_true(loss < 0.7);
        model_destroy(&m);
        checkpoint_close(&c);
    }
}

/* The rows of queries and keys in Meta's order under Hugging Face's names: shapes are right, and
 * the story is not. */
static void shuffle_rows(model_t *m) {
    graph_t *g = model_graph(m);
    for (long i = 0; i < graph_parameter_count(g); i++) {
        const parameter_t *p = &graph_parameters(g)[i];
        if (!strstr(p->name, "attn.qkv.weight")) continue;
        enum { HEAD = 8, WIDTH = 64, ROTATED = 96 };
        flt *w = graph_theta(g) + p->offset, row[HEAD * WIDTH];
        for (int head = 0; head < ROTATED; head += HEAD) {
            memcpy(row, w + head * WIDTH, sizeof row);
            for (int r = 0; r < HEAD; r++)
                memcpy(w + (head + 2 * (r % 4) + r / 4) * WIDTH, row + r * WIDTH,
                       WIDTH * sizeof *w);
        }
    }
}

static void the_wrong_order_of_rotary_rows_shows_in_the_loss(void **state) {
    (void)state;
    checkpoint_t c;
    open_good(data("llama-stories260K"), NULL, &c);
    model_t *m = whole(&c);
    double right = model_loss(m).mean;
    shuffle_rows(m);
    double wrong = model_loss(m).mean;
    print_message("loss %.4f, with the rows in the other order %.4f\n", right, wrong);
    assert_true(wrong > right + 1);
    model_destroy(&m);
    checkpoint_close(&c);
}

static void layer_by_layer_gives_the_states_of_the_whole(void **state) {
    (void)state;
    checkpoint_t c;
    walk_t w;
    open_good(data("llama-stories260K"), NULL, &c);
    model_t *m = whole(&c);
    assert_int_equal(walk_begin(&c, story, 1, STORY, &w), STATUS_OK);
    for (int l = 0; l <= 5; l++) {
        assert_memory_equal(w.before, model_hidden(m, l).at.v, STORY * 64 * sizeof(flt));
        if (l < 5) assert_int_equal(walk_step(&w), STATUS_OK);
        if (l < 5) walk_advance(&w);
    }
    assert_int_equal(walk_final_norm(&w), STATUS_OK);
    assert_memory_not_equal(w.after, w.before, STORY * 64 * sizeof(flt));
    walk_end(&w);
    model_destroy(&m);
    checkpoint_close(&c);
}

/* Chunks of a pass, the last of which is not full, change nothing. */
static void many_sequences_are_like_each_alone(void **state) {
    (void)state;
    enum { COUNT = 70, LENGTH = 16 };
    int32_t tokens[COUNT * LENGTH];
    checkpoint_t c;
    walk_t all, one;
    for (int i = 0; i < COUNT * LENGTH; i++) tokens[i] = (i * 7919 + i / 5) % 512;
    open_good(data("llama-stories260K"), NULL, &c);
    assert_int_equal(walk_begin(&c, tokens, COUNT, LENGTH, &all), STATUS_OK);
    assert_int_equal(walk_step(&all), STATUS_OK);
    assert_true(all.chunk < COUNT);
    for (int s = 0; s < COUNT; s += COUNT - 1) {
        const flt *found = all.after + s * LENGTH * 64;
        assert_int_equal(walk_begin(&c, tokens + s * LENGTH, 1, LENGTH, &one), STATUS_OK);
        assert_int_equal(walk_step(&one), STATUS_OK);
        for (int i = 0; i < LENGTH * 64; i++)
            assert_true(fabs((double)(found[i] - one.after[i])) < 1e-5);
        walk_end(&one);
    }
    walk_end(&all);
    checkpoint_close(&c);
}

/* --- what is refused --- */

static const char *write_config(const char *text) {
    static char path[256];
    snprintf(path, sizeof path, "%s/config.json", folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    return folder;
}

#define GPT2 "\"model_type\":\"gpt2\",\"n_embd\":2,\"n_layer\":1,\"n_head\":1,\"n_positions\":8"
#define LLAMA                                                                                      \
    "\"model_type\":\"llama\",\"hidden_size\":8,\"num_hidden_layers\":1,\"vocab_size\":9,"         \
    "\"num_attention_heads\":2,\"intermediate_size\":8"

static void a_network_we_do_not_have_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *config, *says;
    } files[] = {
        {"[]", "no JSON object with a model_type"},
        {"{\"model_type\":\"mamba\"}", "model_type is mamba; known: gpt2, llama"},
        {"{" GPT2 "}", "has no vocab_size"},
        {"{" GPT2 ",\"vocab_size\":2.5}", "vocab_size is no whole number"},
        {"{" GPT2 ",\"vocab_size\":9,\"activation_function\":\"relu\"}",
         "activation_function is relu; known: gelu_new"},
        {"{" GPT2 ",\"vocab_size\":9,\"scale_attn_weights\":false}", "attention is scaled"},
        {"{" LLAMA ",\"rope_scaling\":{\"rope_type\":\"llama3\"}}", "rope_scaling is set"},
        {"{" LLAMA ",\"rope_parameters\":{\"rope_type\":\"yarn\"}}", "rope_type is yarn"},
        {"{" LLAMA ",\"attention_bias\":true}", "has no biases"},
        {"{" LLAMA ",\"head_dim\":8}", "head_dim 8 times"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        checkpoint_t c;
        assert_int_equal(checkpoint_open(write_config(files[i].config), NULL, &c), STATUS_CORRUPT);
        if (!strstr(status_message(), files[i].says) || !strstr(status_message(), "/config.json"))
            fail_msg("%s: %s", files[i].says, status_message());
    }
}

static void write_tensors(const char *header, const float *numbers, size_t count) {
    char path[256];
    uint64_t length = strlen(header);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    FILE *file = fopen(path, "wb");
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, length, file);
    fwrite(numbers, sizeof *numbers, count, file);
    fclose(file);
}

/* Which of the two names of a tied matrix is kept is chance. */
static void a_tied_matrix_has_either_name_and_one_value(void **state) {
    (void)state;
    static const char one[] =
        "{\"lm_head.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}";
    static const char both[] =
        "{\"transformer.wte.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
        "\"lm_head.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[24,48]}}";
    float numbers[12] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
    flt table[6];
    checkpoint_t c;
    const char *path = write_config("{" GPT2 ",\"vocab_size\":3}");
    write_tensors(one, numbers, 6);
    open_good(path, NULL, &c);
    if (checkpoint_read_table(&c, "tok_emb", 3, table)) fail_msg("%s", status_message());
    assert_true(table[5] == 6);
    assert_int_equal(checkpoint_read_table(&c, "pos_emb", 3, table), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "has no tensor wpe.weight"));
    checkpoint_close(&c);
    write_tensors(both, numbers, 12);
    open_good(path, NULL, &c);
    checkpoint_close(&c);
    numbers[11] = 7;
    write_tensors(both, numbers, 12);
    assert_int_equal(checkpoint_open(path, NULL, &c), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "are tied, but differ"));
}

static void other_bad_input_has_its_sentence(void **state) {
    (void)state;
    checkpoint_t c;
    walk_t w;
    assert_int_equal(checkpoint_open("/nowhere/model.bin", NULL, &c), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "does not begin like a file of llama2.c"));
    assert_int_equal(checkpoint_open("/nowhere/model.pth", NULL, &c), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "is no checkpoint we know"));
    assert_int_equal(checkpoint_open(data("llama-stories260K"), "keras", &c), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "known: hf, meta"));
    open_good(data("llama-stories260K"), "meta", &c);
    assert_int_equal(walk_begin(&c, story, 1, 8, &w), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "no tensor tok_embeddings.weight"));
    checkpoint_close(&c);
    open_good(data("llama-stories260K"), NULL, &c);
    assert_int_equal(walk_begin(&c, (int32_t[]){1, 512}, 1, 2, &w), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "token 512 (number 1) is none of its 512"));
    assert_int_equal(walk_begin(&c, story, 1, 513, &w), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "longer than the 512 positions"));
    checkpoint_close(&c);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_network_it_is_stands_in_the_files),
        cmocka_unit_test(the_story_goes_on_as_llama2c_tells_it),
        cmocka_unit_test(the_wrong_order_of_rotary_rows_shows_in_the_loss),
        cmocka_unit_test(layer_by_layer_gives_the_states_of_the_whole),
        cmocka_unit_test(many_sequences_are_like_each_alone),
        cmocka_unit_test(a_network_we_do_not_have_is_refused),
        cmocka_unit_test(a_tied_matrix_has_either_name_and_one_value),
        cmocka_unit_test(other_bad_input_has_its_sentence),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
