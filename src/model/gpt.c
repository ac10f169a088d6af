/* GPT-2-style decoder: token and learned position embeddings, L blocks of causal self-attention and
 * a GELU MLP, output matrix without bias (Radford et al. 2019). */
#include "model/gpt.h"

#include <math.h>
#include <string.h>

static const char sinusoidal[] = "sinusoidal";
static const char *const *position_names(void) {
    static const char *const names[] = {"learned", sinusoidal, NULL};
    return names;
}

/* "model.arch=gpt|vit": whoever has these options. */
static char of_users[256];

#define OPTIONS struct gpt_options
static const field_t fields[] = {
    INT_FIELD("model.mlp_ratio", mlp_ratio, .min = 1, .max = 16, .fallback = "4",
              .doc = "hidden width of the MLP over model.width", .needs = of_users,
              .off_with = "model.ffn"),
    CHOICE_FIELD("model.positions", positions, .fallback = "learned", .choices = position_names,
                 .doc = "embeddings of positions: learned, or constant sines and cosines",
                 .needs = of_users),
};
const field_set_t gpt_fields = FIELD_SET("GPT-2's blocks", fields);

__attribute__((constructor)) static void find_users(void) {
    arch_users(&gpt_fields, of_users, sizeof of_users);
}

static void draw_sinusoids(const init_t *init, long rows, long cols, rng_t *rng, flt *x) {
    (void)rng;
    for (long t = 0; t < rows; t++)
        for (long j = 0; j < cols; j++) {
            double angle = (double)t / pow(10000, (double)(j - j % 2) / (double)cols);
            *x++ = (flt)(sqrt(2) * init->std * (j % 2 ? cos(angle) : sin(angle)));
        }
}

tensor_t gpt_positions(build_t *b, long rows) {
    const struct gpt_options *own = arch_own(b->options, &gpt_fields);
    parameter_facts_t facts = {
        .kind = PARAMETER_TABLE,
        .mup = MUP_INPUT,
        .is_constant = 1,
        .init = {.draw = draw_sinusoids, .std = b->options->embed_std},
    };
    if (strcmp(own->positions, sinusoidal) != 0) return build_table(b, "pos_emb", rows);
    return build_parameter(b, "pos_emb", rows, b->options->width, facts);
}

static int length(const task_shape_t *shape) { return shape->seq_len; }

int64_t gpt_default_ffn(const model_options_t *o) {
    const struct gpt_options *own = arch_own(o, &gpt_fields);
    return own->mlp_ratio * o->width;
}

const sublayer_t *const *gpt_block(const model_options_t *options, int layer) {
    static const sublayer_t *const both[] = {&build_gpt_attention, &build_gpt_mlp, NULL};
    (void)options, (void)layer;
    return both;
}

/* Hugging Face's GPT-2, with and without the name of the body in front. Its Conv1D holds [in, out];
 * the head is tied, and either of the two may be left out. */
static const tensor_row_t hf_rows[] = {
    {"wte.weight", "tok_emb"},
    {"lm_head.weight", "tok_emb"},
    {"wpe.weight", "pos_emb", .is_longer = 1},
    {"h.%d.ln_1.weight", "block.%d.norm1.gain"},
    {"h.%d.ln_1.bias", "block.%d.norm1.bias"},
    {"h.%d.attn.c_attn.weight", "block.%d.attn.qkv.weight", .is_transposed = 1},
    {"h.%d.attn.c_attn.bias", "block.%d.attn.qkv.bias"},
    {"h.%d.attn.c_proj.weight", "block.%d.attn.out.weight", .is_transposed = 1},
    {"h.%d.attn.c_proj.bias", "block.%d.attn.out.bias"},
    {"h.%d.ln_2.weight", "block.%d.norm2.gain"},
    {"h.%d.ln_2.bias", "block.%d.norm2.bias"},
    {"h.%d.mlp.c_fc.weight", "block.%d.mlp.up.weight", .is_transposed = 1},
    {"h.%d.mlp.c_fc.bias", "block.%d.mlp.up.bias"},
    {"h.%d.mlp.c_proj.weight", "block.%d.mlp.down.weight", .is_transposed = 1},
    {"h.%d.mlp.c_proj.bias", "block.%d.mlp.down.bias"},
    {"ln_f.weight", "final_norm.gain"},
    {"ln_f.bias", "final_norm.bias"},
    {"lm_head.weight", "head.weight"},
    {"wte.weight", "head.weight"},
    {NULL, NULL},
};
static const layout_t hf = {.name = "hf",
                            .doc = "GPT-2 as Hugging Face's transformers saves it",
                            .prefixes = (const char *const[]){"", "transformer.", NULL},
                            .rows = hf_rows};

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    tensor_t positions = gpt_positions(b, b->length);
    build_blocks(b, build_embedding(b, tokens, positions));
    build_token_head(b);
}

const arch_row_t arch_gpt = {.name = "gpt",
                             .doc = "GPT-2-style causal decoder",
                             .kind = TASK_TOKENS,
                             .options = {{&gpt_fields, sizeof(struct gpt_options)}},
                             .length = length,
                             .default_ffn = gpt_default_ffn,
                             .block = gpt_block,
                             .layouts = (const layout_t *const[]){&hf, NULL},
                             .build = build};
