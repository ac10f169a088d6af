/* build.h: the words networks are written in: parameters with the facts that hold of them, and the
 * layers they make up. For src/model only. Nothing fails here: the graph remembers what did not
 * fit. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "model/model.h"

enum { BUILD_NAME_MAX = 64, LAYERS_MAX = 512, TERMS_MAX = 2 * LAYERS_MAX + 1 };

/* What is watched of layers while they train: numbers of what their operators report (op.h). One
 * static row per kind, beside the sub-layer that makes it. Shares of a batch are added up. */
enum { WATCH_TENSORS = 2, WATCH_NUMBERS = 4 };
typedef struct watch {
    const char *names[WATCH_NUMBERS + 1]; /* of its numbers, "layers/NAME"; NULL-terminated */
    /* How many flts it keeps of a batch; what they are; those of another share put to them. */
    long (*size)(const matrix_t *seen);
    void (*look)(const matrix_t *seen, flt *kept);
    void (*add)(flt *kept, const flt *more, long size);
    void (*number)(const flt *kept, long size, double *numbers);
} watch_t;

typedef struct watched {
    const watch_t *row;
    tensor_t seen[WATCH_TENSORS]; /* NO_TENSOR where there is none */
    int block;
} watched_t;

/* Counts of a share that its term of the loss needs of the other shares, too. */
typedef struct exchanged {
    tensor_t counts, elsewhere; /* integers [n,1] that are reported; input [1,n], 0 at first */
} exchanged_t;

typedef struct build {
    graph_t *graph; /* owned by the model */
    const model_options_t *options;
    task_shape_t shape;
    const struct arch_row *arch;
    const struct norm_row *norm;
    int batch, length;                  /* samples, and rows of one sample                     */
    int block;                          /* being built; NO_BLOCK outside                       */
    char scope[BUILD_NAME_MAX];         /* "block.3." before every parameter's name            */
    tensor_t hidden[LAYERS_MAX + 1];    /* residual stream h_0 .. h_L                          */
    tensor_t table;                     /* token table, for a tied head                        */
    tensor_t input, targets, logits;    /* token ids or patches; targets; before the loss      */
    const char *series[LOSS_TERMS + 1]; /* of the terms beside the task's; static, then NULL */
    int series_count, term_count;
    unsigned char series_of[TERMS_MAX]; /* which one a term belongs to, in order of execution */
    watched_t watched[LAYERS_MAX];
    exchanged_t exchanged[LAYERS_MAX];
    int watched_count, exchanged_count;
} build_t;

/* Of a model (model.c). */
build_t *model_build(model_t *model);

/* A parameter "scope + name" of the block being built. */
tensor_t build_parameter(build_t *b, const char *name, long rows, long cols,
                         parameter_facts_t facts);

/* A table of embeddings NAME [rows, width], N(0, embed_std^2). */
tensor_t build_table(build_t *b, const char *name, long rows);

/* Token ids in, h_0 [B T, width] out: the token table, with `positions` [T, width] added unless
 * NO_TENSOR. Sets b->input and b->table. */
tensor_t build_embedding(build_t *b, tensor_t table, tensor_t positions);

/* y = x W^T (+ bias): parameters NAME.weight [out, in] and NAME.bias [1, out]. The second takes the
 * weight's facts; its kind is set, and a bias has the same parts and starts at 0. */
tensor_t build_linear(build_t *b, const char *name, tensor_t x, long in, long out, double std,
                      int has_bias);
tensor_t build_linear_as(build_t *b, const char *name, tensor_t x, long in, long out,
                         parameter_facts_t facts, int has_bias);

/* attn.qkv: rows of `heads` query heads, then kv_heads key heads, then as many value heads; only
 * the values start with the norm's gain. */
tensor_t build_qkv(build_t *b, tensor_t x, long kv_heads, int has_bias);

/* NAME.gain [1, width], ones. */
tensor_t build_gain(build_t *b, const char *name, long width);

tensor_t build_layer_norm(build_t *b, const char *name, tensor_t x, long width);
tensor_t build_rms_norm(build_t *b, const char *name, tensor_t x, long width);
tensor_t build_add(build_t *b, double alpha, tensor_t x, tensor_t y); /* alpha x + y */

/* model.dropout: x itself where it is 0. */
tensor_t build_dropout(build_t *b, tensor_t x);

/* A term of the loss beside the task's: an operator that adds (op.h), applied to its inputs. Terms
 * of one series (static, a row "series/NAME" of hdf5_schemas/trial.def) are recorded as their sum.
 */
void build_term(build_t *b, const char *series, const op_t *op, const tensor_t *inputs,
                const void *options, size_t size);

/* The block being built is watched by that row: `count` reported tensors. */
void build_watch(build_t *b, const watch_t *row, int count, const tensor_t *seen);

/* What the other shares of a batch count where this one has `counts` (integers [n,1], reported):
 * [1,n], filled in by model_exchange_in. */
tensor_t build_exchange(build_t *b, tensor_t counts, long n);

/* One sub-layer f of a block, without its residual: a row of an architecture's list (arch.h).
 * `inner` is a normalisation put just before the output projection, or NULL. */
typedef tensor_t inner_norm_t(build_t *b, const char *name, tensor_t x, long width);
typedef struct sublayer {
    tensor_t (*apply)(build_t *b, tensor_t x, inner_norm_t *inner);
    /* STATUS_SPEC: options it cannot be built with. NULL = all will do. */
    status_t (*check)(const model_options_t *options);
    /* Of its normalisation, by its place: "norm" where a block has one sub-layer, else "norm1",
     * "norm2", ... Set when a block is built. */
    const char *norm_name;
} sublayer_t;

/* Standard deviation at initialisation: options.init_std, times the norm's gain where it has one.
 */
double build_inner_std(const build_t *b);

/* The same of a sub-layer's last matrix: it may start smaller with depth (options.residual_init).
 */
double build_output_std(const build_t *b);

/* The last matrix of a sub-layer, from `in` columns back to the width of the stream, then dropout.
 */
tensor_t build_output(build_t *b, const char *name, tensor_t x, long in, int has_bias);

/* Attention of packed heads q | k | v [B T, (heads + 2 kv_heads) s], as the options ask: QK-norm,
 * then rotary positions where rope_base > 0, then attention with or without a soft cap. Check:
 * STATUS_SPEC unless model.heads divides model.width. */
tensor_t build_attention(build_t *b, tensor_t qkv, long kv_heads, double rope_base);
status_t build_check_heads(const model_options_t *options);

/* model.attention: "auto", "stored", "recomputed". Stored weights [B, H, T, T] are what memory goes
 * to when T is large; recomputed ones cost time and no memory (docs/gpu.md has both measured).
 * auto: stored below T = 512. */
const char *const *build_attention_names(void);

/* GPT-2's two sub-layers: fused qkv attention, and d -> ffn -> d with GELU. */
extern const sublayer_t build_gpt_attention, build_gpt_mlp;

/* h -> hidden[0], after dropout, -> hidden[L]: every block wraps its sub-layers, one after the
 * other, in the norm's way. */
void build_blocks(build_t *b, tensor_t h);

/* Final norm, output matrix, loss. `position`: the row of a sample the loss is at, or -1 = all. */
void build_head(build_t *b, long position, int has_bias);

/* The same for a decoder: at all positions, or at the last where the task says so; no bias. */
void build_token_head(build_t *b);

#endif
