/* json_tokenizer_parts.h: what json_tokenizer.c reads and json_encode.c goes by. For these two. */
#ifndef TASK_JSON_TOKENIZER_PARTS_H
#define TASK_JSON_TOKENIZER_PARTS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "task/json_tokenizer.h"
#include "task/merge.h"

enum { STEPS_MAX = 8, FRAME_MAX = 8, WORD_MAX = 32 };

/* A normalizer: `to` in front of the text (from is ""), or in place of every `from`. */
typedef struct rewrite {
    char from[WORD_MAX], to[WORD_MAX];
} rewrite_t;

typedef enum { PREFIX_NEVER, PREFIX_FIRST, PREFIX_ALWAYS } prefix_t;

/* A pre-tokenizer: white space becomes a sign, or a pattern cuts. */
typedef struct cut {
    char space[WORD_MAX];  /* "" stays; else it stands for ' '                               */
    char prefix[WORD_MAX]; /* in front of a piece that does not begin with it                */
    prefix_t when;         /* of the first piece of the text, or of all                      */
    int before_spaces;     /* pieces begin at each `space`                                   */
    pcre2_code *pattern;   /* owned; NULL = none. Matches and what lies between are pieces   */
} cut_t;

typedef struct added {
    char *text; /* owned */
    size_t length;
    int32_t id;
} added_t;

struct json_tokenizer {
    intern_t words;       /* of the vocabulary                                    */
    int32_t *ids;         /* owned [words.count]: id of each                      */
    int vocab;            /* one more than the largest id                         */
    merge_t merges;       /* of ids                                               */
    int32_t byte_id[256]; /* bytes without a character of their own; -1: none     */
    char symbol[256][3];  /* how a byte-level vocabulary writes them              */
    int is_byte_level;    /* pieces are bytes, whatever characters they make      */
    int has_fallback;     /* what has no token becomes those of its bytes         */
    int fuses_unknown, ignores_merges;
    int32_t unknown; /* -1: what has no token is left out                    */
    rewrite_t rewrites[STEPS_MAX];
    cut_t cuts[STEPS_MAX];
    int rewrite_count, cut_count;
    added_t *added; /* owned [added_count], the longest first               */
    size_t added_count;
    int32_t front[FRAME_MAX], back[FRAME_MAX];
    int front_count, back_count;
};

/* The id of a word, -1 when there is none. */
static inline int32_t word_id(const json_tokenizer_t *t, const char *word, size_t length) {
    int32_t number = intern_find(&t->words, word, length);
    return number < 0 ? -1 : t->ids[number];
}

#endif
