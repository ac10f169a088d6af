/* The file of llama2.c, "version 0": seven int32 (dim, hidden, layers, heads, key/value heads,
 * vocabulary, positions; a negative vocabulary: the head is not tied), then float32, all layers of
 * a kind together, Meta's order of rotary rows. The two tables of sines and cosines are not used.
 */
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

static status_t list_tensors(const head_t *h, uint64_t size, const char *path,
                             tensor_list_t *list) {
    int64_t d = h->dim, f = h->hidden, kv = d / h->heads * h->kv_heads, half = d / h->heads / 2;
    const group_t groups[] = {
        {"tok_embeddings.weight", labs((long)h->vocab), d},
        {"layers.%d.attention_norm.weight", 0, d},
        {"layers.%d.attention.wq.weight", d, d},
        {"layers.%d.attention.wk.weight", kv, d},
        {"layers.%d.attention.wv.weight", kv, d},
        {"layers.%d.attention.wo.weight", d, d},
        {"layers.%d.ffn_norm.weight", 0, d},
        {"layers.%d.feed_forward.w1.weight", f, d},
        {"layers.%d.feed_forward.w2.weight", d, f},
        {"layers.%d.feed_forward.w3.weight", f, d},
        {"norm.weight", 0, d},
        {"cosines", h->positions, half},
        {"sines", h->positions, half},
        {"output.weight", labs((long)h->vocab), d},
    };
    size_t count = sizeof groups / sizeof *groups - (h->vocab > 0);
    making_t m = {.at = sizeof *h};
    m.list.at = memory_take(count * (size_t)h->layers, sizeof *m.list.at, "tensors");
    for (size_t i = 0; i < count; i++)
        for (int l = 0; l < (strstr(groups[i].name, "%d") ? h->layers : 1); l++)
            add(&m, &groups[i], l);
    *list = m.list;
    CHECK(m.at == size, STATUS_CORRUPT,
          "%s: its head promises %llu bytes, the file has %llu: it is damaged, or not llama2.c's "
          "version 0",
          path, (unsigned long long)m.at, (unsigned long long)size);
    return tensor_list_sort(list);
}

static int is_sensible(const head_t *h) {
    enum { MOST = 1 << 20 };
    return h->dim > 0 && h->dim <= MOST && h->hidden > 0 && h->hidden <= MOST && h->layers > 0 &&
           h->layers <= 1024 && h->heads > 0 && h->dim % h->heads == 0 && h->kv_heads > 0 &&
           h->heads % h->kv_heads == 0 && h->vocab != 0 && labs((long)h->vocab) <= MOST &&
           h->positions > 0 && h->positions <= MOST;
}

static void set_options(const head_t *h, checkpoint_t *c) {
    struct llama_options *own = memory_take(1, sizeof *own, "the options of a network");
    *own = (struct llama_options){.kv_heads = h->kv_heads, .rope_base = 10000};
    c->options = (model_options_t){.arch = "llama",
                                   .norm = "rms_norm",
                                   .width = h->dim,
                                   .layers = h->layers,
                                   .heads = h->heads,
                                   .ffn = h->hidden,
                                   .tied_head = h->vocab > 0,
                                   .norm_epsilon = 1e-5,
                                   .own = own};
    c->vocab = abs(h->vocab);
    c->positions = h->positions;
}

static status_t open_file(checkpoint_t *c) {
    head_t head;
    disk_about_t about;
    tensor_list_t list = {0};
    CHECK(disk_look(c->path, &head, sizeof head, &about) == STATUS_OK && is_sensible(&head),
          STATUS_CORRUPT, "%s: does not begin like a file of llama2.c, version 0", c->path);
    set_options(&head, c);
    status_t status = list_tensors(&head, about.size, c->path, &list);
    if (status != STATUS_OK) {
        tensor_list_clear(&list);
        return status;
    }
    return safetensors_open_as(c->path, &list, &c->tensors);
}

const checkpoint_kind_t kind_llama2c = {
    .name = "llama2c",
    .doc = "llama2.c's .bin, version 0",
    .layout = "meta",
    .is_one = is_one,
    .open = open_file,
};
