/* build.h: the words networks are written in: parameters with their initialisation, and the layers
 * they make up. For src/model only. Nothing fails here: the graph remembers what did not fit. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "model/model.h"

enum { BUILD_NAME_MAX = 64, LAYERS_MAX = 512 };

/* How one parameter starts: mean + std * normal; in its last `tail` rows std is tail_gain times
 * that. `is_output`: the last matrix of a sub-layer; where it is 0, so is the sub-layer. */
typedef struct init {
    double mean, std;
    long tail;
    double tail_gain;
    int is_output;
} init_t;

typedef struct build {
    graph_t *graph; /* owned by the model */
    const model_options_t *options;
    task_shape_t shape;
    const struct norm_row *norm;
    int batch, length;               /* samples, and rows of one sample                           */
    char scope[BUILD_NAME_MAX];      /* "block.3." before every parameter's name                  */
    init_t *inits;                   /* owned by the model; one per parameter, in graph's order   */
    tensor_t hidden[LAYERS_MAX + 1]; /* residual stream h_0 .. h_L                             */
    tensor_t input, targets, logits; /* token ids or patches; targets; before the loss        */
} build_t;

/* A parameter "scope + name"; NULL when memory is out is remembered by the graph. */
tensor_t build_parameter(build_t *b, const char *name, long rows, long cols, init_t init);

/* y = x W^T (+ bias): parameters NAME.weight [out,in] and NAME.bias [1,out]. */
tensor_t build_linear(build_t *b, const char *name, tensor_t x, long in, long out, double std,
                      int has_bias);

/* attn.qkv: rows of `heads` query heads, then kv_heads key heads, then as many value heads; only
 * the values start with the norm's gain. */
tensor_t build_qkv(build_t *b, tensor_t x, long kv_heads, int has_bias);

tensor_t build_layer_norm(build_t *b, const char *name, tensor_t x, long width);
tensor_t build_rms_norm(build_t *b, const char *name, tensor_t x, long width);
tensor_t build_add(build_t *b, double alpha, tensor_t x, tensor_t y); /* alpha x + y */

/* One sub-layer f of a block, without its residual. `inner` is a normalisation put just before the
 * output projection, or NULL. */
typedef tensor_t inner_norm_t(build_t *b, const char *name, tensor_t x, long width);
typedef struct sublayer {
    const char *norm_name; /* "norm1" for the first of a block, "norm2" for the second */
    tensor_t (*apply)(build_t *b, tensor_t x, inner_norm_t *inner);
} sublayer_t;

/* Standard deviation at initialisation: options.init_std, times the norm's gain where it has one.
 */
double build_inner_std(const build_t *b);

/* The last matrix of a sub-layer, from `in` columns back to the width of the stream. It may start
 * smaller with depth (options.residual_init). */
tensor_t build_output(build_t *b, const char *name, tensor_t x, long in, int has_bias);

/* Attention of packed heads q | k | v [B T, (heads + 2 kv_heads) s], as the options ask: QK-norm,
 * then rotary positions where rope_base > 0, then attention with or without a soft cap. */
tensor_t build_attention(build_t *b, tensor_t qkv, long kv_heads, double rope_base);

/* model.attention: "auto", "stored", "recomputed". Stored weights [B, H, T, T] are what memory goes
 * to when T is large; recomputed ones cost time and no memory (docs/gpu.md has both measured).
 * auto: stored below T = 512. */
const char *const *build_attention_names(void);

/* GPT-2's two sub-layers, shared by gpt and vit: fused qkv attention, and d -> ffn -> d with GELU.
 */
extern const sublayer_t build_gpt_attention, build_gpt_mlp;

/* hidden[0] -> hidden[L]: every block wraps attention, then the MLP, in the norm's way. */
void build_blocks(build_t *b, tensor_t h, const sublayer_t *attention, const sublayer_t *mlp);

/* Final norm, output matrix, loss. `position`: the row of a sample the loss is at, or -1 = all. */
void build_head(build_t *b, long position, int has_bias);

#endif
