/* Decoder whose MLPs are mixtures of experts: a router sends every token to k of E MLPs of their
 * own (Shazeer et al. 2017; Switch, Fedus et al. 2021; Mixtral, Jiang et al. 2024), in GPT-2's
 * blocks or LLaMA's. Without a capacity no token is dropped.
 *
 *   p = softmax(u Wr^T) over all experts, I = the k largest   (route.h)
 *   y = sum over e in I of g_e F_e(u)                         u: what the norm made of the stream
 *
 * F_e is the MLP of the block, its bias included; weights are [E out, in], those of an expert side
 * by side. Load balance is a term of the loss for every layer, over all tokens of the batch; where
 * that is shared out (resources.ranks_per_trial) the shares tell each other their counts first. An
 * expert's capacity is of a share. */
#include "model/moe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/balance.h"
#include "kernel/route.h"
#include "kernel/z_loss.h"
#include "model/gpt.h"
#include "model/llama.h"

static const char llama_block[] = "llama";
static const char *const *block_names(void) {
    static const char *const names[] = {"gpt", llama_block, NULL};
    return names;
}

static const char renormalised[] = "renormalised", plain[] = "plain";
static const char *const *gate_names(void) {
    static const char *const names[] = {"auto", renormalised, plain, NULL};
    return names;
}

#define OPTIONS struct moe_options
static const field_t fields[] = {
    CHOICE_FIELD("model.block", block, .fallback = "gpt", .choices = block_names,
                 .doc = "the blocks that have experts for an MLP: GPT-2's or LLaMA's",
                 .needs = "model.arch=moe"),
    INT_FIELD("model.experts", experts, .min = 1, .max = 1024, .fallback = "8",
              .doc = "experts of a layer, each an MLP of hidden width model.ffn",
              .needs = "model.arch=moe"),
    INT_FIELD("model.experts_active", active, .min = 1, .max = 1024, .fallback = "2",
              .doc = "experts that work on a token", .needs = "model.arch=moe"),
    INT_FIELD("model.moe_every", every, .min = 1, .max = 512, .fallback = "1",
              .doc = "of so many layers the last one has experts, the others one MLP",
              .needs = "model.arch=moe"),
    CHOICE_FIELD("model.gates", gates, .fallback = "auto", .choices = gate_names,
                 .doc =
                     "what experts are weighed by: their probabilities (plain), or so that those "
                     "of a token sum to 1; auto: plain for one active expert",
                 .needs = "model.arch=moe"),
    REAL_FIELD("model.balance", balance, .min = 0, .max = 1e3, .fallback = "0.01",
               .doc = "coefficient of the experts' load balance in the loss, summed over layers; "
                      "0 = off",
               .needs = "model.arch=moe"),
    REAL_FIELD("model.router_z", router_z, .min = 0, .max = 1e3, .fallback = "0",
               .doc = "coefficient of the mean of log^2 Z of the routers in the loss, summed over "
                      "layers; 0 = off",
               .needs = "model.arch=moe"),
    REAL_FIELD("model.capacity", capacity, .min = 0, .max = 1e3, .fallback = "0",
               .doc = "an expert takes at most so many times its even share of a batch, the first "
                      "tokens that choose it; the others pass it by; 0 = it takes all",
               .needs = "model.arch=moe"),
};
const field_set_t moe_fields = FIELD_SET("mixtures of experts", fields);

static const struct moe_options *own_of(const model_options_t *o) {
    return arch_own(o, &moe_fields);
}

static int is_llama(const model_options_t *o) { return strcmp(own_of(o)->block, llama_block) == 0; }

/* --- what is watched: counts of the experts, then what they took together --- */

static long load_size(const matrix_t *seen) { return seen[0].rows + 1; }

static void look_at_load(const matrix_t *seen, flt *kept) {
    long experts = seen[0].rows;
    for (long e = 0; e < experts; e++) kept[e] = (flt)integers_of(seen[0])[e];
    kept[experts] = (flt)integers_of(seen[1])[experts];
}

static void add_load(flt *kept, const flt *more, long size) {
    for (long i = 0; i < size; i++) kept[i] += more[i];
}

static void number_load(const flt *kept, long size, double *numbers) {
    long experts = size - 1;
    double pairs = 0, least = INFINITY, most = 0, entropy = 0;
    for (long e = 0; e < experts; e++) pairs += (double)kept[e];
    for (long e = 0; e < experts; e++) {
        double share = (double)kept[e] / pairs;
        least = fmin(least, share), most = fmax(most, share);
        entropy -= share > 0 ? share * log(share) : 0;
    }
    numbers[0] = least * (double)experts, numbers[1] = most * (double)experts;
    numbers[2] = experts > 1 ? entropy / log((double)experts) : 1;
    numbers[3] = 1 - (double)kept[experts] / pairs;
}

static const watch_t load = {
    .names = {"expert_load_min", "expert_load_max", "expert_entropy", "dropped", NULL},
    .size = load_size,
    .look = look_at_load,
    .add = add_load,
    .number = number_load};

/* --- routing --- */

typedef struct routes {
    tensor_t gates, order, slots, offsets; /* outputs of route.h */
} routes_t;

/* One expert's gate of 1 would leave the router without a gradient of the task. */
static int renormalises(const struct moe_options *own) {
    if (strcmp(own->gates, renormalised) == 0) return 1;
    return strcmp(own->gates, plain) != 0 && own->active > 1;
}

static void add_terms(build_t *b, tensor_t logits, tensor_t p, tensor_t counts) {
    const struct moe_options *own = own_of(b->options);
    struct balance_options balance = {.coefficient = (flt)own->balance};
    struct z_loss_options z = {.coefficient = (flt)own->router_z};
    if (balance.coefficient > 0) {
        tensor_t elsewhere = build_exchange(b, counts, own->experts);
        build_term(b, "balance", &op_balance, (tensor_t[]){p, counts, elsewhere}, &balance,
                   sizeof balance);
    }
    if (z.coefficient > 0) build_term(b, "router_z", &op_z_loss, &logits, &z, sizeof z);
}

static routes_t route(build_t *b, tensor_t u) {
    const struct moe_options *own = own_of(b->options);
    const parameter_facts_t facts = {.mup = MUP_OUTPUT, .init = {.std = b->options->init_std}};
    struct route_options options = {
        .active = own->active, .renormalises = renormalises(own), .capacity = (flt)own->capacity};
    tensor_t logits =
        build_linear_as(b, "moe.router", u, b->options->width, own->experts, facts, 0);
    tensor_t p = graph_apply(b->graph, &op_softmax, &logits, NO_TENSOR, NULL, 0);
    tensor_t gates = graph_apply(b->graph, &op_route, (tensor_t[]){p, logits}, NO_TENSOR, &options,
                                 sizeof options);
    routes_t r = {gates, graph_side_output(b->graph, gates, ROUTE_ORDER),
                  graph_side_output(b->graph, gates, ROUTE_SLOTS),
                  graph_side_output(b->graph, gates, ROUTE_OFFSETS)};
    tensor_t seen[] = {graph_side_output(b->graph, gates, ROUTE_COUNTS), r.offsets};
    build_watch(b, &load, 2, seen);
    add_terms(b, logits, p, seen[0]);
    return r;
}

/* --- experts --- */

/* Every expert its own y = x W^T (+ bias): NAME.weight [E out, in], NAME.bias [E, out]. */
static tensor_t experts_linear(build_t *b, const char *name, tensor_t x, const routes_t *r, long in,
                               long out, parameter_facts_t facts) {
    char full[BUILD_NAME_MAX];
    long experts = own_of(b->options)->experts;
    const parameter_facts_t bias_facts = {.kind = PARAMETER_BIAS, .mup = MUP_INPUT};
    tensor_t bias = NO_TENSOR;
    facts.kind = PARAMETER_MATRIX, facts.mup = MUP_HIDDEN;
    snprintf(full, sizeof full, "%s.weight", name);
    tensor_t weight = build_parameter(b, full, experts * out, in, facts);
    snprintf(full, sizeof full, "%s.bias", name);
    if (!is_llama(b->options)) bias = build_parameter(b, full, experts, out, bias_facts);
    return graph_apply(b->graph, &op_grouped_linear, (tensor_t[]){x, weight, bias, r->offsets},
                       NO_TENSOR, NULL, 0);
}

/* gelu(U x + a), or silu(G x) * (U x) with an expert's G and U packed as moe.gate_up. */
static tensor_t activated(build_t *b, tensor_t x, const routes_t *r) {
    long d = b->options->width, f = b->options->ffn;
    int gated = is_llama(b->options);
    const parameter_facts_t facts = {.init = {.std = build_inner_std(b)}};
    tensor_t y =
        experts_linear(b, gated ? "moe.gate_up" : "moe.up", x, r, d, gated ? 2 * f : f, facts);
    return graph_apply(b->graph, gated ? &op_swiglu : &op_gelu, &y, NO_TENSOR, NULL, 0);
}

static tensor_t experts(build_t *b, tensor_t u, inner_norm_t *inner) {
    const parameter_facts_t facts = {.is_output = 1, .init = {.std = build_output_std(b)}};
    long d = b->options->width, f = b->options->ffn;
    routes_t r = route(b, u);
    tensor_t x =
        graph_apply(b->graph, &op_gather, (tensor_t[]){u, r.order, r.slots}, NO_TENSOR, NULL, 0);
    tensor_t y = activated(b, x, &r);
    if (inner) y = inner(b, "moe.sub", y, f);
    y = experts_linear(b, "moe.down", y, &r, f, d, facts);
    y = graph_apply(b->graph, &op_combine, (tensor_t[]){y, r.gates, r.slots}, NO_TENSOR, NULL, 0);
    return build_dropout(b, y);
}

static status_t check_experts(const model_options_t *o) {
    const struct moe_options *own = own_of(o);
    CHECK(own->active <= own->experts, STATUS_SPEC,
          "model.experts_active: a token cannot go to %ld of %ld experts; set at most "
          "model.experts",
          (long)own->active, (long)own->experts);
    return STATUS_OK;
}

/* --- the architecture --- */

static int length(const task_shape_t *shape) { return shape->seq_len; }

static int64_t default_ffn(const model_options_t *o) {
    return is_llama(o) ? llama_default_ffn(o) : gpt_default_ffn(o);
}

/* Both blocks' options are there; those of the other one would do nothing. */
static status_t check(const model_options_t *o) {
    const struct llama_options *llama = arch_own(o, &llama_fields);
    CHECK(is_llama(o) || llama->kv_heads == 0, STATUS_SPEC,
          "model.kv_heads: GPT-2's blocks have as many keys as queries; set model.block to llama");
    return STATUS_OK;
}

static const sublayer_t *const *block(const model_options_t *o, int layer) {
    static const sublayer_t mixture = {.apply = experts, .check = check_experts};
    static const sublayer_t *const lists[2][2][3] = {
        {{&build_gpt_attention, &build_gpt_mlp}, {&build_gpt_attention, &mixture}},
        {{&llama_attention, &llama_mlp}, {&llama_attention, &mixture}}};
    return lists[is_llama(o)][(layer + 1) % own_of(o)->every == 0];
}

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    tensor_t positions = is_llama(b->options) ? NO_TENSOR : gpt_positions(b, b->length);
    build_blocks(b, build_embedding(b, tokens, positions));
    build_token_head(b);
}

const arch_row_t arch_moe = {.name = "moe",
                             .doc = "decoder whose MLPs are mixtures of experts",
                             .kind = TASK_TOKENS,
                             .options = {{&gpt_fields, sizeof(struct gpt_options)},
                                         {&llama_fields, sizeof(struct llama_options)},
                                         {&moe_fields, sizeof(struct moe_options)}},
                             .length = length,
                             .default_ffn = default_ffn,
                             .is_watched = 1,
                             .check = check,
                             .block = block,
                             .build = build};
