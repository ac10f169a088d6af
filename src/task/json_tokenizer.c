#include "task/json_tokenizer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "task/byte_pair.h"
#include "task/gpt2_pattern.h"
#include "task/json_tokenizer_parts.h"

static const cJSON *get(const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsNull(item) ? NULL : item;
}

static int flag(const cJSON *json, const char *key, int fallback) {
    const cJSON *item = get(json, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

/* "" where there is no text. */
static const char *text_of(const cJSON *json, const char *key) {
    const cJSON *item = get(json, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static int is_of(const cJSON *json, const char *type) {
    return !strcmp(text_of(json, "type"), type);
}

static status_t copy_word(const cJSON *json, const char *key, char to[WORD_MAX]) {
    const char *text = text_of(json, key);
    CHECK(*text && strlen(text) < WORD_MAX, STATUS_CORRUPT, "%s: no text of at most %d bytes", key,
          WORD_MAX - 1);
    strcpy(to, text);
    return STATUS_OK;
}

static int is_id(const cJSON *item) {
    double x = cJSON_IsNumber(item) ? item->valuedouble : -1;
    return x >= 0 && x < 1 << 28 && x == (int)x;
}

static void know_id(json_tokenizer_t *t, int32_t id) {
    if (id >= t->vocab) t->vocab = id + 1;
}

/* --- the model --- */

static status_t read_vocab(const cJSON *vocab, json_tokenizer_t *t) {
    const cJSON *entry;
    CHECK(cJSON_IsObject(vocab), STATUS_CORRUPT, "model: has no vocab of words and ids");
    t->ids = memory_take((size_t)cJSON_GetArraySize(vocab) + 1, sizeof *t->ids, "a vocabulary");
    cJSON_ArrayForEach(entry, vocab) {
        int32_t count = t->words.count;
        CHECK(is_id(entry), STATUS_CORRUPT, "vocab: \"%.40s\" has no id", entry->string);
        CHECK(intern_add(&t->words, entry->string, strlen(entry->string)) == count, STATUS_CORRUPT,
              "vocab: \"%.40s\" is there twice", entry->string);
        t->ids[count] = (int32_t)entry->valuedouble;
        know_id(t, t->ids[count]);
    }
    return STATUS_OK;
}

/* "left right", or ["left", "right"]. */
static int split_merge(const cJSON *entry, text_t *left, text_t *right) {
    const cJSON *first = cJSON_GetArrayItem(entry, 0), *second = cJSON_GetArrayItem(entry, 1);
    if (cJSON_IsArray(entry)) {
        if (!cJSON_IsString(first) || !cJSON_IsString(second)) return 0;
        *left = (text_t){first->valuestring, strlen(first->valuestring)};
        *right = (text_t){second->valuestring, strlen(second->valuestring)};
        return 1;
    }
    const char *space = cJSON_IsString(entry) ? strchr(entry->valuestring, ' ') : NULL;
    if (!space) return 0;
    *left = (text_t){entry->valuestring, (size_t)(space - entry->valuestring)};
    *right = (text_t){space + 1, strlen(space + 1)};
    return 1;
}

static status_t read_merge(const cJSON *entry, int number, json_tokenizer_t *t) {
    text_t left, right;
    char both[1024];
    CHECK(split_merge(entry, &left, &right) && left.length + right.length <= sizeof both,
          STATUS_CORRUPT, "merges: entry %d is no pair of words", number);
    memcpy(both, left.bytes, left.length);
    memcpy(both + left.length, right.bytes, right.length);
    int32_t ids[] = {word_id(t, left.bytes, left.length), word_id(t, right.bytes, right.length),
                     word_id(t, both, left.length + right.length)};
    CHECK(ids[0] >= 0 && ids[1] >= 0 && ids[2] >= 0, STATUS_CORRUPT,
          "merges: entry %d: its parts and \"%.*s\" are not all in vocab", number,
          (int)(left.length + right.length), both);
    CHECK(merge_add(&t->merges, ids[0], ids[1], ids[2]), STATUS_CORRUPT,
          "merges: entry %d is there twice", number);
    return STATUS_OK;
}

static status_t read_merges(const cJSON *merges, json_tokenizer_t *t) {
    const cJSON *entry;
    int number = 0;
    CHECK(cJSON_IsArray(merges), STATUS_CORRUPT, "model: has no list of merges");
    cJSON_ArrayForEach(entry, merges) TRY(read_merge(entry, number++, t));
    return STATUS_OK;
}

static status_t read_model(const cJSON *model, json_tokenizer_t *t) {
    static const char *const unknown[] = {"dropout", "continuing_subword_prefix",
                                          "end_of_word_suffix"};
    const char *word = text_of(model, "unk_token");
    CHECK(is_of(model, "BPE") || (!*text_of(model, "type") && get(model, "merges")), STATUS_CORRUPT,
          "model: its type is \"%.20s\"; only BPE is known", text_of(model, "type"));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        const cJSON *item = get(model, unknown[i]);
        int is_off = !item || (cJSON_IsString(item) && !*item->valuestring) ||
                     (cJSON_IsNumber(item) && item->valuedouble == 0);
        CHECK(is_off, STATUS_CORRUPT, "model: %s is set, which is not known here", unknown[i]);
    }
    TRY(read_vocab(get(model, "vocab"), t));
    TRY(read_merges(get(model, "merges"), t));
    t->has_fallback = flag(model, "byte_fallback", 0);
    t->fuses_unknown = flag(model, "fuse_unk", 0);
    t->ignores_merges = flag(model, "ignore_merges", 0);
    t->unknown = *word ? word_id(t, word, strlen(word)) : -1;
    CHECK(!*word || t->unknown >= 0, STATUS_CORRUPT, "model: its unk_token is not in vocab");
    return STATUS_OK;
}

/* --- normalizer --- */

static status_t read_rewrite(const cJSON *json, json_tokenizer_t *t) {
    rewrite_t *r = &t->rewrites[t->rewrite_count];
    CHECK(t->rewrite_count < STEPS_MAX, STATUS_CORRUPT, "normalizer: more than %d steps",
          STEPS_MAX);
    if (is_of(json, "Prepend")) {
        TRY(copy_word(json, "prepend", r->to));
    } else if (is_of(json, "Replace")) {
        TRY(copy_word(get(json, "pattern"), "String", r->from));
        TRY(copy_word(json, "content", r->to));
    } else {
        return status_fail(STATUS_CORRUPT,
                           "normalizer: \"%.20s\" is not known; Prepend and Replace are",
                           text_of(json, "type"));
    }
    t->rewrite_count++;
    return STATUS_OK;
}

/* --- pre-tokenizer --- */

static status_t compile(const char *pattern, cut_t *cut) {
    int error;
    PCRE2_SIZE offset;
    PCRE2_UCHAR reason[128] = "no memory";
    cut->pattern = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
                                 &error, &offset, NULL);
    if (!cut->pattern) pcre2_get_error_message(error, reason, sizeof reason);
    CHECK(cut->pattern, STATUS_CORRUPT, "pre_tokenizer: its pattern is no regular expression: %s",
          reason);
    pcre2_jit_compile(cut->pattern, PCRE2_JIT_COMPLETE); /* without it: slower, not wrong */
    return STATUS_OK;
}

static status_t read_byte_level(const cJSON *json, cut_t *cut, json_tokenizer_t *t) {
    t->is_byte_level = 1;
    if (flag(json, "add_prefix_space", 1)) {
        cut->when = PREFIX_ALWAYS;
        strcpy(cut->prefix, " ");
    }
    return flag(json, "use_regex", 1) ? compile(gpt2_pattern, cut) : STATUS_OK;
}

/* Older files say add_prefix_space, and cut at every space without saying so. */
static status_t read_metaspace(const cJSON *json, cut_t *cut) {
    static const char *const schemes[] = {"never", "first", "always"};
    const char *scheme = text_of(json, "prepend_scheme");
    int when = 0;
    TRY(copy_word(json, "replacement", cut->space));
    if (!*scheme) scheme = flag(json, "add_prefix_space", 1) ? "always" : "never";
    while (when < 3 && strcmp(schemes[when], scheme) != 0) when++;
    CHECK(when < 3, STATUS_CORRUPT, "pre_tokenizer: prepend_scheme \"%.20s\" is not known", scheme);
    cut->when = (prefix_t)when;
    strcpy(cut->prefix, cut->space);
    cut->before_spaces = flag(json, "split", 1);
    return STATUS_OK;
}

static status_t read_split(const cJSON *json, cut_t *cut) {
    const char *pattern = text_of(get(json, "pattern"), "Regex");
    CHECK(*pattern && !strcmp(text_of(json, "behavior"), "Isolated") && !flag(json, "invert", 0),
          STATUS_CORRUPT,
          "pre_tokenizer: only a Split by a Regex, Isolated and not inverted, is known");
    return compile(pattern, cut);
}

static status_t read_cut(const cJSON *json, json_tokenizer_t *t) {
    cut_t *cut = &t->cuts[t->cut_count];
    CHECK(t->cut_count < STEPS_MAX, STATUS_CORRUPT, "pre_tokenizer: more than %d steps", STEPS_MAX);
    t->cut_count++;
    if (is_of(json, "ByteLevel")) return read_byte_level(json, cut, t);
    if (is_of(json, "Metaspace")) return read_metaspace(json, cut);
    if (is_of(json, "Split")) return read_split(json, cut);
    return status_fail(STATUS_CORRUPT,
                       "pre_tokenizer: \"%.20s\" is not known; ByteLevel, Metaspace and Split are",
                       text_of(json, "type"));
}

/* One step, a Sequence of them, or none at all. */
static status_t read_steps(const cJSON *json, const char *list,
                           status_t (*read)(const cJSON *, json_tokenizer_t *),
                           json_tokenizer_t *t) {
    const cJSON *step;
    if (!json) return STATUS_OK;
    if (!is_of(json, "Sequence")) return read(json, t);
    cJSON_ArrayForEach(step, get(json, list)) TRY(read(step, t));
    return STATUS_OK;
}

/* --- added tokens, and those around a text --- */

static int longest_first(const void *a, const void *b) {
    const added_t *x = a, *y = b;
    return (x->length < y->length) - (x->length > y->length);
}

static status_t read_added(const cJSON *list, json_tokenizer_t *t) {
    const cJSON *item;
    t->added = memory_take((size_t)cJSON_GetArraySize(list) + 1, sizeof *t->added, "added tokens");
    cJSON_ArrayForEach(item, list) {
        const char *text = text_of(item, "content");
        CHECK(*text && is_id(get(item, "id")), STATUS_CORRUPT,
              "added_tokens: entry %zu has no content or no id", t->added_count);
        CHECK(!flag(item, "single_word", 0) && !flag(item, "lstrip", 0) && !flag(item, "rstrip", 0),
              STATUS_CORRUPT,
              "added_tokens: \"%.40s\" strips what is around it, which is not known here", text);
        added_t *added = &t->added[t->added_count++];
        *added = (added_t){memory_take(strlen(text) + 1, 1, "an added token"), strlen(text),
                           (int32_t)get(item, "id")->valuedouble};
        strcpy(added->text, text);
        know_id(t, added->id);
    }
    qsort(t->added, t->added_count, sizeof *t->added, longest_first);
    return STATUS_OK;
}

static status_t add_frame(const cJSON *ids, int is_behind, json_tokenizer_t *t) {
    const cJSON *id;
    int *count = is_behind ? &t->back_count : &t->front_count;
    cJSON_ArrayForEach(id, ids) {
        CHECK(*count < FRAME_MAX && is_id(id), STATUS_CORRUPT,
              "post_processor: more than %d tokens around a text, or no ids", FRAME_MAX);
        (is_behind ? t->back : t->front)[(*count)++] = (int32_t)id->valuedouble;
        know_id(t, (int32_t)id->valuedouble);
    }
    return STATUS_OK;
}

static status_t read_frame(const cJSON *json, json_tokenizer_t *t) {
    const cJSON *piece;
    int is_behind = 0;
    if (is_of(json, "ByteLevel")) return STATUS_OK; /* of offsets only */
    CHECK(is_of(json, "TemplateProcessing"), STATUS_CORRUPT,
          "post_processor: \"%.20s\" is not known; TemplateProcessing and ByteLevel are",
          text_of(json, "type"));
    cJSON_ArrayForEach(piece, get(json, "single")) {
        const char *name = text_of(get(piece, "SpecialToken"), "id");
        if (*name)
            TRY(add_frame(get(get(get(json, "special_tokens"), name), "ids"), is_behind, t));
        else
            is_behind = 1;
    }
    return STATUS_OK;
}

/* --- bytes --- */

static int32_t fallback_id(const json_tokenizer_t *t, int byte) {
    char word[8];
    snprintf(word, sizeof word, "<0x%02X>", (unsigned)byte);
    return word_id(t, word, strlen(word));
}

/* Bytes by the characters that stand for them, or by their numbers. */
static status_t find_bytes(json_tokenizer_t *t) {
    int16_t byte_of[BYTE_PAIR_SYMBOLS];
    byte_pair_alphabet(byte_of);
    for (int byte = 0; byte < 256; byte++)
        t->byte_id[byte] = t->has_fallback ? fallback_id(t, byte) : -1;
    for (int c = 0; t->is_byte_level && c < BYTE_PAIR_SYMBOLS; c++) {
        if (byte_of[c] < 0) continue;
        char *symbol = t->symbol[byte_of[c]];
        symbol[0] = (char)(c < 128 ? c : 0xc0 | c >> 6);
        if (c >= 128) symbol[1] = (char)(0x80 | (c & 0x3f));
        t->byte_id[byte_of[c]] = word_id(t, symbol, strlen(symbol));
    }
    for (int byte = 0; byte < 256; byte++)
        CHECK(t->byte_id[byte] >= 0 || !(t->has_fallback || t->is_byte_level), STATUS_CORRUPT,
              "vocab: byte 0x%02x has no token", (unsigned)byte);
    return STATUS_OK;
}

/* --- the whole --- */

static status_t read_all(const cJSON *json, json_tokenizer_t *t) {
    CHECK(cJSON_IsObject(json) && get(json, "model"), STATUS_CORRUPT,
          "is no JSON object with a model");
    CHECK(!get(json, "truncation"), STATUS_CORRUPT, "truncation is set, which would drop tokens");
    TRY(read_model(get(json, "model"), t));
    TRY(read_steps(get(json, "normalizer"), "normalizers", read_rewrite, t));
    TRY(read_steps(get(json, "pre_tokenizer"), "pretokenizers", read_cut, t));
    TRY(read_steps(get(json, "post_processor"), "processors", read_frame, t));
    TRY(read_added(get(json, "added_tokens"), t));
    return find_bytes(t);
}

status_t json_tokenizer_create(text_t file, json_tokenizer_t **out) {
    json_tokenizer_t *t = *out = memory_take(1, sizeof *t, "a tokenizer");
    cJSON *json = cJSON_ParseWithLength(file.bytes, file.length);
    status_t status = read_all(json, t);
    cJSON_Delete(json);
    if (status != STATUS_OK) json_tokenizer_destroy(out);
    return status;
}

void json_tokenizer_destroy(json_tokenizer_t **out) {
    json_tokenizer_t *t = *out;
    *out = NULL;
    if (!t) return;
    for (size_t i = 0; i < t->added_count; i++) free(t->added[i].text);
    for (int i = 0; i < t->cut_count; i++) pcre2_code_free(t->cuts[i].pattern);
    intern_clear(&t->words);
    merge_clear(&t->merges);
    free(t->ids);
    free(t->added);
    free(t);
}

int json_tokenizer_vocab(const json_tokenizer_t *t) { return t->vocab; }
