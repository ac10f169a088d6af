#include "spec/ranges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "spec/entry.h"
#include "spec/value.h"

enum { COUNT_MAX = 10000, WORD_MAX = 512, PATH_SIZE = 256, TRIES_PER_SAMPLE = 200 };

/* What is being written out. Nodes go by number: the library moves them when it makes more. */
typedef struct writer {
    document_t *document;           /* borrowed */
    const field_set_t *const *sets; /* borrowed */
} writer_t;

static yaml_node_t *node_of(const writer_t *writer, int number) {
    return yaml_document_get_node(&writer->document->tree, number);
}

static const char *text_of(const writer_t *writer, int number) {
    const yaml_node_t *node = node_of(writer, number);
    return node->type == YAML_SCALAR_NODE ? document_text(node) : "";
}

static int line_of(const writer_t *writer, int number) {
    return document_line(node_of(writer, number));
}

/* Looks a key up in a mapping; the number of its value, 0 = not there. */
static int find(const writer_t *writer, int mapping, const char *key) {
    const yaml_node_t *node = node_of(writer, mapping);
    if (node->type != YAML_MAPPING_NODE) return 0;
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++)
        if (strcmp(text_of(writer, pair->key), key) == 0) return pair->value;
    return 0;
}

static const yaml_node_pair_t *pair_at(const writer_t *writer, int mapping, size_t i) {
    const yaml_node_t *node = node_of(writer, mapping);
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start + i;
    return pair < node->data.mapping.pairs.top ? pair : NULL;
}

/* Puts a fresh word behind the others of a list, in the line where the list stands. */
static status_t add_word(const writer_t *writer, int list, const char *text,
                         yaml_scalar_style_t style) {
    yaml_document_t *tree = &writer->document->tree;
    int word =
        yaml_document_add_scalar(tree, NULL, (const yaml_char_t *)text, (int)strlen(text), style);
    CHECK(word && yaml_document_append_sequence_item(tree, list, word), STATUS_ENVIRONMENT,
          "out of memory");
    node_of(writer, word)->start_mark = node_of(writer, list)->start_mark;
    return STATUS_OK;
}

static status_t add_list(const writer_t *writer, int like, int *list) {
    *list = yaml_document_add_sequence(&writer->document->tree, NULL, YAML_FLOW_SEQUENCE_STYLE);
    CHECK(*list, STATUS_ENVIRONMENT, "out of memory");
    node_of(writer, *list)->start_mark = node_of(writer, like)->start_mark;
    return STATUS_OK;
}

static int is_whole(const writer_t *writer, const char *key) {
    for (const field_set_t *const *set = writer->sets; *set; set++)
        for (size_t i = 0; i < (*set)->count; i++)
            if (strcmp((*set)->fields[i].key, key) == 0) return (*set)->fields[i].type == FIELD_INT;
    return 0;
}

/* --- numbers --- */

/* The number in a node; `what` names it in messages. */
static status_t read_number(const writer_t *writer, const char *key, const char *what, int node,
                            field_type_t type, double least, double most, double *number) {
    char name[PATH_SIZE + 32];
    value_t value = {0};
    snprintf(name, sizeof name, "%s: %s", key, what);
    const field_t field = {.key = what, .type = type, .min = least, .max = most};
    const yaml_node_t *given = node_of(writer, node);
    status_t status = given->type == YAML_SCALAR_NODE
                          ? value_read(&field, entry_word(given), &value)
                          : status_fail(STATUS_SPEC, "takes one number");
    *number = value.number;
    value_clear(&value);
    if (status == STATUS_OK) return STATUS_OK;
    return document_context(writer->document, line_of(writer, node), name, status);
}

/* Where the numbers of an axis lie. */
typedef struct span {
    double from, to;
    int is_log, is_whole;
    int is_integral; /* its numbers are whole although they need not be */
} span_t;

static double at_share(const span_t *span, double share) {
    if (!span->is_log) return span->from + share * (span->to - span->from);
    return span->from * pow(span->to / span->from, share);
}

/* How far a number is from what is meant, in units of `step` of the span. */
static double deviation(const span_t *span, double number, double meant, double step) {
    if (!span->is_log) return fabs(number - meant) / fabs(step * (span->to - span->from));
    return fabs(log(number / meant) / (step * log(span->to / span->from)));
}

/* With as few digits, three at least, as leave it within a hundredth of the step. A free option
 * (free.h) keeps the kind of a number: one that only happens to be whole is written as 2.0. */
static void write_number(const span_t *span, double meant, double step, char text[32]) {
    if (span->is_whole) {
        snprintf(text, 32, "%.0f", round(meant));
        return;
    }
    for (int digits = 3; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, meant);
        if (deviation(span, strtod(text, NULL), meant, step) <= 0.01) break;
    }
    value_format(strtod(text, NULL), text, 32);
    if (!span->is_integral && !strpbrk(text, ".e")) strcat(text, ".0");
}

/* Are all `count` numbers of a range whole, as its ends are written? */
static int is_integral(const span_t *span, const char *from, const char *to, int count) {
    int is_it = !strpbrk(from, ".eE") && !strpbrk(to, ".eE");
    for (int i = 1; i < count - 1 && is_it; i++) {
        double meant = at_share(span, i / (double)(count - 1));
        is_it = fabs(meant - round(meant)) <= 1e-9 * fabs(meant);
    }
    return is_it;
}

static status_t check_span(const writer_t *writer, int node, const char *key, const span_t *span) {
    const document_t *document = writer->document;
    if (!(span->from < span->to))
        return document_fail(document, line_of(writer, node), "%s: from %g is not below to %g", key,
                             span->from, span->to);
    if (span->is_log && !(span->from > 0))
        return document_fail(document, line_of(writer, node),
                             "%s: even steps of the logarithm begin above zero, not at %g", key,
                             span->from);
    if (span->is_whole && (span->from != rint(span->from) || span->to != rint(span->to)))
        return document_fail(document, line_of(writer, node),
                             "%s takes whole numbers; %g to %g are not", key, span->from, span->to);
    return STATUS_OK;
}

/* --- logspace and linspace --- */

enum { FROM, TO, COUNT, PARTS };
static const char *const part_names[PARTS + 1] = {"from", "to", "count", NULL};
static const char *const range_names[] = {"linspace", "logspace", NULL};

static int position(const char *const *names, const char *name) {
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

static status_t find_parts(const writer_t *writer, int mapping, const char *key, int nodes[PARTS]) {
    for (int part = 0; part < PARTS; part++) nodes[part] = find(writer, mapping, part_names[part]);
    const yaml_node_pair_t *pair;
    int is_known = node_of(writer, mapping)->type == YAML_MAPPING_NODE;
    for (size_t i = 0; is_known && (pair = pair_at(writer, mapping, i)); i++)
        is_known = position(part_names, text_of(writer, pair->key)) >= 0;
    if (is_known && nodes[FROM] && nodes[TO] && nodes[COUNT]) return STATUS_OK;
    return document_fail(writer->document, line_of(writer, mapping),
                         "%s: a range takes from, to and count and nothing else; write {from: "
                         "1e-4, to: 1e-1, count: 5}",
                         key);
}

static status_t write_values(const writer_t *writer, const char *key, const int nodes[PARTS],
                             const span_t *span, int count, int list) {
    char text[32], last[32] = "";
    for (int i = 0; i < count; i++) {
        double step = 1.0 / (count - 1);
        write_number(span, at_share(span, i * step), step, text);
        const char *end = i == 0           ? text_of(writer, nodes[FROM])
                          : i == count - 1 ? text_of(writer, nodes[TO])
                                           : NULL;
        if (strcmp(text, last) == 0)
            return document_fail(writer->document, line_of(writer, nodes[COUNT]),
                                 "%s: %d numbers from %g to %g are closer than can be told apart; "
                                 "use fewer, or a wider range",
                                 key, count, span->from, span->to);
        strcpy(last, text);
        TRY(add_word(writer, list, end ? end : text, YAML_PLAIN_SCALAR_STYLE));
    }
    return STATUS_OK;
}

/* The list that a range stands for. */
static status_t write_range(const writer_t *writer, int mapping, int kind, const char *key,
                            int *list) {
    int nodes[PARTS];
    double count;
    span_t span = {.is_log = kind == 1, .is_whole = is_whole(writer, key)};
    TRY(find_parts(writer, mapping, key, nodes));
    TRY(read_number(writer, key, "from", nodes[FROM], FIELD_REAL, -1e300, 1e300, &span.from));
    TRY(read_number(writer, key, "to", nodes[TO], FIELD_REAL, -1e300, 1e300, &span.to));
    TRY(read_number(writer, key, "count", nodes[COUNT], FIELD_INT, 2, COUNT_MAX, &count));
    TRY(check_span(writer, mapping, key, &span));
    TRY(add_list(writer, mapping, list));
    span.is_integral =
        is_integral(&span, text_of(writer, nodes[FROM]), text_of(writer, nodes[TO]), (int)count);
    return write_values(writer, key, nodes, &span, (int)count, *list);
}

/* The only key of a mapping when it is one of `names`: its position, its value in *value; -1. */
static int single_key(const writer_t *writer, int mapping, const char *const *names, int *value) {
    const yaml_node_t *node = node_of(writer, mapping);
    if (node->type != YAML_MAPPING_NODE || !pair_at(writer, mapping, 0)) return -1;
    const yaml_node_pair_t *pair = pair_at(writer, mapping, 0);
    *value = pair->value;
    return pair_at(writer, mapping, 1) ? -1 : position(names, text_of(writer, pair->key));
}

static void extend_path(const char *path, const char *name, char longer[PATH_SIZE]) {
    snprintf(longer, PATH_SIZE, "%.120s%s%.120s", path, *path ? "." : "", name);
}

/* Every range below `mapping`, of product or zip; `path` is where it stands. */
static status_t expand_ranges(const writer_t *writer, int mapping, const char *path) {
    const yaml_node_pair_t *pair;
    if (!mapping || node_of(writer, mapping)->type != YAML_MAPPING_NODE) return STATUS_OK;
    for (size_t i = 0; (pair = pair_at(writer, mapping, i)); i++) {
        char longer[PATH_SIZE];
        int inner, list = 0;
        extend_path(path, text_of(writer, pair->key), longer);
        int kind = single_key(writer, pair->value, range_names, &inner);
        if (kind < 0) {
            TRY(expand_ranges(writer, pair->value, longer));
            continue;
        }
        TRY(write_range(writer, inner, kind, longer, &list));
        node_of(writer, mapping)->data.mapping.pairs.start[i].value = list;
    }
    return STATUS_OK;
}

/* --- random samples --- */

enum { UNIFORM, LOG, INTEGER, CHOICE };
static const char *const draw_names[] = {"uniform", "log", "integer", "choice", NULL};

/* One option of the samples. */
typedef struct draw {
    char key[PATH_SIZE];
    int kind, node; /* of the list of limits or choices   */
    span_t span;    /* of numbers                         */
    int list;       /* that its samples are written into  */
} draw_t;

typedef struct sampler {
    const writer_t *writer; /* borrowed */
    draw_t *draws;          /* owned [draw_count] */
    size_t draw_count;
    double count, seed;
    uint64_t *seen; /* owned [count]: hashes of the samples so far */
} sampler_t;

static size_t items_of(const writer_t *writer, int list) {
    const yaml_node_t *node = node_of(writer, list);
    if (node->type != YAML_SEQUENCE_NODE) return 0;
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

static int item_at(const writer_t *writer, int list, size_t i) {
    return node_of(writer, list)->data.sequence.items.start[i];
}

static status_t read_limits(const writer_t *writer, draw_t *draw) {
    field_type_t type = draw->kind == INTEGER ? FIELD_INT : FIELD_REAL;
    draw->span.is_log = draw->kind == LOG;
    draw->span.is_whole = draw->kind == INTEGER || is_whole(writer, draw->key);
    double most = draw->kind == INTEGER ? 9e15 : 1e300;
    TRY(read_number(writer, draw->key, "the lower limit", item_at(writer, draw->node, 0), type,
                    -most, most, &draw->span.from));
    TRY(read_number(writer, draw->key, "the upper limit", item_at(writer, draw->node, 1), type,
                    -most, most, &draw->span.to));
    return check_span(writer, draw->node, draw->key, &draw->span);
}

static status_t add_draw(sampler_t *sampler, const char *key, int kind, int node) {
    const writer_t *writer = sampler->writer;
    draw_t *more = reallocarray(sampler->draws, sampler->draw_count + 1, sizeof *more);
    CHECK(more, STATUS_ENVIRONMENT, "out of memory");
    sampler->draws = more;
    draw_t *draw = &more[sampler->draw_count++];
    *draw = (draw_t){.kind = kind, .node = node};
    snprintf(draw->key, sizeof draw->key, "%s", key);
    size_t items = items_of(writer, node);
    if (kind == CHOICE ? items == 0 : items != 2)
        return document_fail(writer->document, line_of(writer, node),
                             "axes.random: %s: %s takes %s", key, draw_names[kind],
                             kind == CHOICE ? "a list of values, choice: [a, b, c]"
                                            : "two limits, as in log: [1e-4, 1e-1]");
    if (kind != CHOICE) TRY(read_limits(writer, draw));
    return add_list(writer, node, &draw->list);
}

/* The options of `mapping`, nested or dotted, and at its top count and seed. */
static status_t read_draws(sampler_t *sampler, int mapping, const char *path) {
    const writer_t *writer = sampler->writer;
    const yaml_node_pair_t *pair;
    for (size_t i = 0; (pair = pair_at(writer, mapping, i)); i++) {
        char longer[PATH_SIZE];
        int inner;
        const char *name = text_of(writer, pair->key);
        if (!*path && (!strcmp(name, "count") || !strcmp(name, "seed"))) continue;
        extend_path(path, name, longer);
        int kind = single_key(writer, pair->value, draw_names, &inner);
        if (kind < 0 && node_of(writer, pair->value)->type != YAML_MAPPING_NODE)
            return document_fail(writer->document, line_of(writer, pair->key),
                                 "axes.random: %s: how is it drawn? Write {log: [1e-4, 1e-1]}, "
                                 "{uniform: [0, 1]}, {integer: [2, 8]} or {choice: [a, b]}",
                                 longer);
        TRY(kind < 0 ? read_draws(sampler, pair->value, longer)
                     : add_draw(sampler, longer, kind, inner));
    }
    return STATUS_OK;
}

/* What the option has in that try: a word of the file, or a number in `text`. */
static int draw_word(const sampler_t *sampler, const draw_t *draw, uint32_t try, char text[32]) {
    rng_t rng = rng_open((uint64_t)sampler->seed, 0, draw->key, try);
    size_t items = items_of(sampler->writer, draw->node);
    if (draw->kind == CHOICE)
        return item_at(sampler->writer, draw->node, rng_below(&rng, (uint32_t)items));
    double share = rng_uniform(&rng);
    span_t span = draw->span;
    if (span.is_whole) { /* each whole number gets its equal part; of a logarithm, what is nearest
                          */
        double meant = span.is_log ? at_share(&span, share)
                                   : floor(span.from + share * (span.to - span.from + 1));
        write_number(&span, fmin(meant, span.to), 1, text);
        return 0;
    }
    write_number(&span, at_share(&span, share), 1, text);
    double number = strtod(text, NULL);
    if (number < span.from || number > span.to)
        value_format(number < span.from ? span.from : span.to, text, 32);
    return 0;
}

/* 1 when that try was drawn before, by its hash, which is noted else as sample `i`. */
static int is_seen(const sampler_t *sampler, size_t i, uint32_t try) {
    uint64_t hash = 0;
    char text[32];
    for (size_t k = 0; k < sampler->draw_count; k++) {
        int word = draw_word(sampler, &sampler->draws[k], try, text);
        const char *said = word ? text_of(sampler->writer, word) : text;
        uint64_t pair[2] = {hash, text_hash(said, strlen(said))};
        hash = text_hash(pair, sizeof pair);
    }
    for (size_t k = 0; k < i; k++)
        if (sampler->seen[k] == hash) return 1;
    sampler->seen[i] = hash;
    return 0;
}

static status_t add_sample(const sampler_t *sampler, uint32_t try) {
    for (size_t k = 0; k < sampler->draw_count; k++) {
        const draw_t *draw = &sampler->draws[k];
        char text[32];
        int word = draw_word(sampler, draw, try, text);
        yaml_document_t *tree = &sampler->writer->document->tree;
        if (word)
            CHECK(yaml_document_append_sequence_item(tree, draw->list, word), STATUS_ENVIRONMENT,
                  "out of memory");
        else
            TRY(add_word(sampler->writer, draw->list, text, YAML_PLAIN_SCALAR_STYLE));
    }
    return STATUS_OK;
}

static status_t draw_all(const sampler_t *sampler, int mapping) {
    size_t count = (size_t)sampler->count, most = count * TRIES_PER_SAMPLE;
    uint32_t try = 0;
    for (size_t i = 0; i < count; i++) {
        while (try < most && is_seen(sampler, i, try)) try++;
        if (try == most)
            return document_fail(sampler->writer->document, line_of(sampler->writer, mapping),
                                 "axes.random: there are hardly more than %zu different samples; "
                                 "lower count from %zu, or list them all in product",
                                 i, count);
        TRY(add_sample(sampler, try++));
    }
    return STATUS_OK;
}

/* The zip of all samples, a mapping of its own. */
static status_t write_samples(const sampler_t *sampler, int like, int *mapping) {
    yaml_document_t *tree = &sampler->writer->document->tree;
    *mapping = yaml_document_add_mapping(tree, NULL, YAML_BLOCK_MAPPING_STYLE);
    CHECK(*mapping, STATUS_ENVIRONMENT, "out of memory");
    node_of(sampler->writer, *mapping)->start_mark = node_of(sampler->writer, like)->start_mark;
    for (size_t k = 0; k < sampler->draw_count; k++) {
        const draw_t *draw = &sampler->draws[k];
        int key = yaml_document_add_scalar(tree, NULL, (const yaml_char_t *)draw->key,
                                           (int)strlen(draw->key), YAML_PLAIN_SCALAR_STYLE);
        CHECK(key && yaml_document_append_mapping_pair(tree, *mapping, key, draw->list),
              STATUS_ENVIRONMENT, "out of memory");
        node_of(sampler->writer, key)->start_mark =
            node_of(sampler->writer, draw->node)->start_mark;
    }
    return STATUS_OK;
}

static status_t sample(sampler_t *sampler, int random, int *mapping) {
    const writer_t *writer = sampler->writer;
    int count = find(writer, random, "count"), seed = find(writer, random, "seed");
    if (!count)
        return document_fail(writer->document, line_of(writer, random),
                             "axes.random: how many samples? Write count: 20 beside the options");
    TRY(read_number(writer, "axes.random", "count", count, FIELD_INT, 1, COUNT_MAX,
                    &sampler->count));
    if (seed)
        TRY(read_number(writer, "axes.random", "seed", seed, FIELD_INT, 0, 999999999999999,
                        &sampler->seed));
    TRY(read_draws(sampler, random, ""));
    if (!sampler->draw_count)
        return document_fail(writer->document, line_of(writer, random),
                             "axes.random: what is drawn? Write train.lr: {log: [1e-4, 1e-1]} "
                             "beside count");
    sampler->seen = calloc((size_t)sampler->count, sizeof *sampler->seen);
    CHECK(sampler->seen, STATUS_ENVIRONMENT, "out of memory");
    TRY(draw_all(sampler, random));
    return write_samples(sampler, random, mapping);
}

/* Makes `group` one more zip of the mapping `axes`, in the place of its pair number `i`, random. */
static status_t add_zip(const writer_t *writer, int axes, size_t i, int group) {
    int zip = find(writer, axes, "zip"), list;
    yaml_document_t *tree = &writer->document->tree;
    TRY(add_list(writer, group, &list));
    for (size_t k = 0; k < (zip ? items_of(writer, zip) : 0); k++)
        CHECK(yaml_document_append_sequence_item(tree, list, item_at(writer, zip, k)),
              STATUS_ENVIRONMENT, "out of memory");
    int is_mapping = zip && node_of(writer, zip)->type == YAML_MAPPING_NODE;
    CHECK((!is_mapping || yaml_document_append_sequence_item(tree, list, zip)) &&
              yaml_document_append_sequence_item(tree, list, group),
          STATUS_ENVIRONMENT, "out of memory");
    int key = yaml_document_add_scalar(tree, NULL, (const yaml_char_t *)"zip", 3,
                                       YAML_PLAIN_SCALAR_STYLE);
    CHECK(key, STATUS_ENVIRONMENT, "out of memory");
    node_of(writer, key)->start_mark = node_of(writer, group)->start_mark;
    yaml_node_pair_t *pairs = node_of(writer, axes)->data.mapping.pairs.start;
    pairs[i] = (yaml_node_pair_t){key, list};
    for (size_t k = 0; zip && pair_at(writer, axes, k);
         k++) /* what it was has moved into the list */
        if (pairs[k].value == zip) pairs[k] = *--node_of(writer, axes)->data.mapping.pairs.top;
    return STATUS_OK;
}

static status_t expand_random(const writer_t *writer, int axes) {
    const yaml_node_pair_t *pair;
    for (size_t i = 0; (pair = pair_at(writer, axes, i)); i++) {
        if (strcmp(text_of(writer, pair->key), "random") != 0) continue;
        sampler_t sampler = {.writer = writer};
        int group = 0;
        status_t status = sample(&sampler, pair->value, &group);
        free(sampler.seen);
        free(sampler.draws);
        TRY(status);
        return add_zip(writer, axes, i, group);
    }
    return STATUS_OK;
}

/* --- the document --- */

/* `axes`, or an entry of its when. */
static status_t expand_axes(const writer_t *writer, int axes) {
    if (!axes || node_of(writer, axes)->type != YAML_MAPPING_NODE) return STATUS_OK;
    TRY(expand_ranges(writer, find(writer, axes, "product"), ""));
    int zip = find(writer, axes, "zip");
    if (zip && node_of(writer, zip)->type == YAML_SEQUENCE_NODE)
        for (size_t i = 0; i < items_of(writer, zip); i++)
            TRY(expand_ranges(writer, item_at(writer, zip, i), ""));
    else
        TRY(expand_ranges(writer, zip, ""));
    return expand_random(writer, axes);
}

status_t ranges_expand(document_t *document, const field_set_t *const *sets) {
    const writer_t writer = {document, sets};
    int axes = find(&writer, 1, "axes"), when = axes ? find(&writer, axes, "when") : 0;
    TRY(expand_axes(&writer, axes));
    for (size_t i = 0; i < (when ? items_of(&writer, when) : 0); i++)
        TRY(expand_axes(&writer, item_at(&writer, when, i)));
    return STATUS_OK;
}
