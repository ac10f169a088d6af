/* Files of llama2.c: a head, then float32, all layers of a kind together, Meta's order of rotary
 * rows.
 *
 *   version 0   seven int32: dim, hidden, layers, heads, key/value heads, vocabulary, positions; a
 *               negative vocabulary: the head is not tied. Two tables of sines and cosines are not
 *               used.
 *   version 1   uint32 0x616b3432, int32 1, the same seven, one byte: is the head tied; zeros up to
 *               byte 256. Norms come first.
 *
 * Version 2 holds 8-bit numbers and is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/disk.h"
#include "base/memory.h"
#include "checkpoint/checkpoint.h"
#include "model/llama.h"

typedef struct head {
    int32_t dim, hidden, layers, heads, kv_heads, vocab, positions;
} head_t;

enum { MAGIC = 0x616b3432, LONG_HEAD = 256 };

/* What lies where. */
typedef struct version {
    size_t head; /* bytes of the file before its numbers */
    int is_tied;
    const signed char *order; /* of groups, ended by -1 */
} version_t;

/* One kind of tensor; rows = 0: a vector. */
typedef struct group {
    const char *name; /* "%d": there is one per layer, one behind the other */
    int64_t rows, cols;
} group_t;

typedef struct making {
    tensor_list_t list;
    uint64_t at; /* byte of the next tensor */
} making_t;

static int is_one(const char *path) {
    const char *end = strrchr(path, '.');
    return end && strcmp(end, ".bin") == 0;
}

static void add(making_t *m, const group_t *group, int layer) {
    tensor_entry_t *t = &m->list.at[m->list.count++];
    t->name = memory_take(strlen(group->name) + 16, 1, "the name of a tensor");
    const char *number = strstr(group->name, "%d");
    if (number)
        sprintf(t->name, "%.*s%d%s", (int)(number - group->name), group->name, layer, number + 2);
    else
        strcpy(t->name, group->name);
    t->type = number_type_find("F32");
    if (group->rows) t->shape[t->rank++] = group->rows;
    t->shape[t->rank++] = group->cols;
    t->count = (group->rows ? group->rows : 1) * group->cols;
    t->begin = m->at;
    t->end = m->at += (uint64_t)t->count * sizeof(float);
}

enum {
    EMBEDDING,
    NORM_1,
    QUERY,
    KEY,
    VALUE,
    OUT,
    NORM_2,
    GATE,
    DOWN,
    UP,
    NORM,
    COSINES,
    SINES,
    HEAD,
    GROUPS
};
static const signed char order_0[] = {EMBEDDING, NORM_1, QUERY, KEY,     VALUE, OUT,  NORM_2, GATE,
                                      DOWN,      UP,     NORM,  COSINES, SINES, HEAD, -1};
static const signed char order_1[] = {NORM_1, NORM_2, NORM, EMBEDDING, QUERY, KEY, VALUE,
                                      OUT,    GATE,   DOWN, UP,        HEAD,  -1};

static void describe(const head_t *h, group_t groups[GROUPS]) {
    int64_t d = h->dim, f = h->hidden, kv = d / h->heads * h->kv_heads, half = d / h->heads / 2;
    int64_t vocab = labs((long)h->vocab);
    const group_t all[GROUPS] = {
        [EMBEDDING] = {"tok_embeddings.weight", vocab, d},
        [NORM_1] = {"layers.%d.attention_norm.weight", 0, d},
        [QUERY] = {"layers.%d.attention.wq.weight", d, d},
        [KEY] = {"layers.%d.attention.wk.weight", kv, d},
        [VALUE] = {"layers.%d.attention.wv.weight", kv, d},
        [OUT] = {"layers.%d.attention.wo.weight", d, d},
        [NORM_2] = {"layers.%d.ffn_norm.weight", 0, d},
        [GATE] = {"layers.%d.feed_forward.w1.weight", f, d},
        [DOWN] = {"layers.%d.feed_forward.w2.weight", d, f},
        [UP] = {"layers.%d.feed_forward.w3.weight", f, d},
        [NORM] = {"norm.weight", 0, d},
        [COSINES] = {"cosines", h->positions, half},
        [SINES] = {"sines", h->positions, half},
        [HEAD] = {"output.weight", vocab, d},
    };
    memcpy(groups, all, sizeof all);
}

static status_t list_tensors(const head_t *h, const version_t *version, uint64_t size,
                             const char *path, tensor_list_t *list) {
    group_t groups[GROUPS];
    making_t m = {.at = version->head};
    m.list.at = memory_take(GROUPS * (size_t)h->layers, sizeof *m.list.at, "tensors");
    describe(h, groups);
    for (const signed char *g = version->order; *g >= 0; g++)
        for (int l = 0; l < (strstr(groups[*g].name, "%d") ? h->layers : 1); l++)
            if (*g != HEAD || !version->is_tied) add(&m, &groups[*g], l);
    *list = m.list;
    CHECK(m.at == size, STATUS_CORRUPT,
          "%s: its head promises %llu bytes, the file has %llu: it is damaged, or not llama2.c's "
          "version %d",
          path, (unsigned long long)m.at, (unsigned long long)size, version->order == order_1);
    return tensor_list_sort(list);
}

static int is_sensible(const head_t *h) {
    enum { MOST = 1 << 20 };
    return h->dim > 0 && h->dim <= MOST && h->hidden > 0 && h->hidden <= MOST && h->layers > 0 &&
           h->layers <= 1024 && h->heads > 0 && h->dim % h->heads == 0 && h->kv_heads > 0 &&
           h->heads % h->kv_heads == 0 && h->vocab != 0 && labs((long)h->vocab) <= MOST &&
           h->positions > 0 && h->positions <= MOST;
}

static void set_options(const head_t *h, const version_t *version, checkpoint_t *c) {
    struct llama_options *own = memory_take(1, sizeof *own, "the options of a network");
    *own = (struct llama_options){.kv_heads = h->kv_heads, .rope_base = 10000};
    c->options = (model_options_t){.arch = "llama",
                                   .norm = "rms_norm",
                                   .width = h->dim,
                                   .layers = h->layers,
                                   .heads = h->heads,
                                   .ffn = h->hidden,
                                   .tied_head = version->is_tied,
                                   .norm_epsilon = 1e-5,
                                   .own = own};
    c->vocab = abs(h->vocab);
    c->positions = h->positions;
}

static status_t read_head(const char *path, head_t *head, version_t *version, disk_about_t *about) {
    unsigned char bytes[2 * sizeof(int32_t) + sizeof *head + 1];
    int32_t magic[2];
    CHECK(disk_look(path, bytes, sizeof bytes, about) == STATUS_OK, STATUS_CORRUPT,
          "%s: does not begin like a file of llama2.c", path);
    memcpy(magic, bytes, sizeof magic);
    if (magic[0] == MAGIC) {
        memcpy(head, bytes + sizeof magic, sizeof *head);
        *version = (version_t){LONG_HEAD, bytes[sizeof bytes - 1] != 0, order_1};
        CHECK(magic[1] == 1, STATUS_CORRUPT,
              "%s: is of version %d of llama2.c, whose numbers are not float32; export it as "
              "version 1",
              path, magic[1]);
    } else {
        memcpy(head, bytes, sizeof *head);
        *version = (version_t){sizeof *head, head->vocab > 0, order_0};
    }
    CHECK(is_sensible(head), STATUS_CORRUPT, "%s: does not begin like a file of llama2.c", path);
    return STATUS_OK;
}

static status_t open_file(checkpoint_t *c) {
    head_t head = {0};
    version_t version = {0};
    disk_about_t about;
    tensor_list_t list = {0};
    TRY(read_head(c->path, &head, &version, &about));
    set_options(&head, &version, c);
    status_t status = list_tensors(&head, &version, about.size, c->path, &list);
    if (status != STATUS_OK) {
        tensor_list_clear(&list);
        return status;
    }
    return safetensors_open_as(c->path, &list, &c->tensors);
}

const checkpoint_kind_t kind_llama2c = {
    .name = "llama2c",
    .doc = "llama2.c's .bin, version 0 or 1",
    .layout = "meta",
    .is_one = is_one,
    .open = open_file,
};
