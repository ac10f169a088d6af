#include "task/corpus.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "task/plain_text.h"

enum { VALID, TEST, SPLITS };

const char *const *corpus_splits(void) {
    static const char *const names[] = {[VALID] = "valid", [TEST] = "test", NULL};
    return names;
}

/* File names that belong together, in the order they are looked for. */
typedef struct family {
    const char *training, *held_out[SPLITS];
} family_t;

static const family_t families[] = {
    {"wiki.train.tokens", {"wiki.valid.tokens", "wiki.test.tokens"}},
    {"wiki.train.raw", {"wiki.valid.raw", "wiki.test.raw"}},
    {"wiki.train.part.tokens", {"wiki.valid.tokens", "wiki.test.tokens"}},
    {"train.txt", {"valid.txt", "test.txt"}},
    {NULL, {NULL, NULL}},
};

typedef struct preset {
    const char *name, *folder;
} preset_t;

static const preset_t presets[] = {
    {"wikitext103", "wikitext-103"},
    {"wikitext2", "wikitext-2"},
    {NULL, NULL},
};

/* What is known about the files of Merity et al. 2016; 0 or NULL = not known or not checked. */
typedef struct official {
    const char *folder, *name;
    size_t size;
    uint64_t hash;     /* text_hash of all bytes                        */
    int64_t tokens;    /* words + lines, as published                   */
    const char *start; /* first bytes, where only those are sure        */
} official_t;

#define TRAIN_START " \n = Valkyria Chronicles III = \n"

static const official_t officials[] = {
    {"wikitext-103", "wiki.train.tokens", 0, 0, 103227021, TRAIN_START},
    {"wikitext-103", "wiki.train.raw", 0, 0, 103227021, TRAIN_START},
    {"wikitext-103", "wiki.train.part.tokens", 0, 0, 0, TRAIN_START},
    {"wikitext-103", "wiki.valid.tokens", 1142309, 0x58e40fdb88399726, 217646, NULL},
    {"wikitext-103", "wiki.valid.raw", 1146846, 0x5d79cce209de4290, 217646, NULL},
    {"wikitext-103", "wiki.test.tokens", 1281077, 0x365d2a944cd8c7ec, 245569, NULL},
    {"wikitext-103", "wiki.test.raw", 1290590, 0xf48e5bad10595280, 245569, NULL},
    {"wikitext-2", "wiki.train.tokens", 10797148, 0x13bce9fc64a78f03, 2088628, TRAIN_START},
    {"wikitext-2", "wiki.train.raw", 0, 0, 2088628, TRAIN_START},
    {"wikitext-2", "wiki.train.part.tokens", 0, 0, 0, TRAIN_START},
    {"wikitext-2", "wiki.valid.tokens", 1121681, 0xc573649bc96fedd1, 217646, NULL},
    {"wikitext-2", "wiki.valid.raw", 1146846, 0x5d79cce209de4290, 217646, NULL},
    {"wikitext-2", "wiki.test.tokens", 1256449, 0x848dbf43d0e07bcc, 245569, NULL},
    {"wikitext-2", "wiki.test.raw", 1290590, 0xf48e5bad10595280, 245569, NULL},
    {0},
};

/* -- verification -------------------------------------------------------------------------- */

/* The most telling thing known about an official file, and whether `text` has it. */
static int is_official(const official_t *row, text_t text) {
    if (row->size) {
        return text.length == row->size && text_hash(text.bytes, text.length) == row->hash;
    }
    size_t start = row->start ? strlen(row->start) : 0;
    if (text.length < start || (start && memcmp(text.bytes, row->start, start) != 0)) return 0;
    return row->tokens == 0 || words_count(text) == row->tokens;
}

static void describe(const official_t *row, char *wanted, size_t size) {
    if (wanted[0]) text_append(wanted, size, " or ");
    if (row->size) text_append(wanted, size, "%zu bytes, ", row->size);
    if (row->tokens) text_append(wanted, size, "%lld tokens ", (long long)row->tokens);
    if (!row->tokens) text_append(wanted, size, "a text that begins with Valkyria Chronicles III ");
    text_append(wanted, size, "(%s)", row->folder);
}

/* `folder` limits the rows to one preset; NULL: any will do. Names that are no official ones pass.
 */
static status_t verify(const char *path, const char *folder, text_t text) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char wanted[512] = "";
    for (const official_t *row = officials; row->name; row++) {
        if (strcmp(row->name, name) != 0 || (folder && strcmp(row->folder, folder) != 0)) continue;
        if (is_official(row, text)) return STATUS_OK;
        describe(row, wanted, sizeof wanted);
    }
    CHECK(!wanted[0], STATUS_CORRUPT,
          "%s: is truncated or foreign: expected %s, found %zu bytes, %lld tokens with checksum "
          "%016llx; fetch it again, or give another text another name",
          path, wanted, text.length, (long long)words_count(text),
          (unsigned long long)text_hash(text.bytes, text.length));
    return STATUS_OK;
}

/* -- finding files ------------------------------------------------------------------------- */

static status_t open_text(const char *path, const char *folder, data_file_t *file, text_t *text) {
    TRY(data_open(path, file));
    *text = (text_t){.bytes = file->bytes, .length = file->size};
    CHECK(file->size > 0, STATUS_CORRUPT, "%s: is empty", path);
    TRY(plain_text_check(path, *text));
    return verify(path, folder, *text);
}

static status_t open_pair(const char *folder_path, const char *folder, const family_t *family,
                          int split, corpus_t *corpus) {
    char path[DATA_PATH_MAX];
    TRY(data_path(folder_path, family->training, path));
    TRY(open_text(path, folder, &corpus->files[0], &corpus->training));
    if (strstr(family->training, ".part.")) {
        data_note("%s is a prefix of the training text: %lld tokens", path,
                  (long long)words_count(corpus->training));
    }
    TRY(data_path(folder_path, family->held_out[split], path));
    return open_text(path, folder, &corpus->files[1], &corpus->held_out);
}

static status_t open_folder(const char *folder_path, const char *folder, int split,
                            corpus_t *corpus) {
    char path[DATA_PATH_MAX], wanted[256] = "";
    for (const family_t *family = families; family->training; family++) {
        TRY(data_path(folder_path, family->training, path));
        if (data_exists(path)) return open_pair(folder_path, folder, family, split, corpus);
        text_append(wanted, sizeof wanted, "%s%s", wanted[0] ? ", " : "", family->training);
    }
    return status_fail(STATUS_CORRUPT, "%s: holds no training text; expected one of %s",
                       folder_path, wanted);
}

/* -- one file ------------------------------------------------------------------------------ */

enum { HELD_OUT_PART = 10, REACH_PART = 100 }; /* a tenth, give or take a hundredth */

/* Where the next piece of text begins from `at` on, or else the last one before, `reach` bytes away
 * at most: behind one of `ends`. 0 when none does. The next one comes first though the other may be
 * nearer: results of earlier versions were cut there. */
static size_t piece_near(text_t all, size_t at, size_t reach, const char *ends) {
    for (size_t start = at + 1; start < all.length && start - at <= reach + 1; start++)
        if (strchr(ends, all.bytes[start - 1])) return start;
    for (size_t start = at; start > 0 && at - start <= reach; start--)
        if (strchr(ends, all.bytes[start - 1])) return start;
    return 0;
}

/* The start of a line, where there is none of a word, and at least of a character: what is held out
 * has to be a tenth also of a text that is one line. */
static size_t find_cut(text_t all) {
    size_t tenth = all.length - all.length / HELD_OUT_PART, reach = all.length / REACH_PART;
    size_t at = piece_near(all, tenth, reach, "\n");
    if (!at) at = piece_near(all, tenth, reach, " \t\n\r\v\f");
    if (at) return at;
    for (at = tenth; at < all.length && at < tenth + 3; at++) /* UTF-8: three bytes may follow */
        if (((unsigned char)all.bytes[at] & 0xc0) != 0x80) break;
    return at;
}

static void cut(corpus_t *corpus) {
    text_t all = corpus->training;
    size_t at = find_cut(all);
    corpus->training.length = at;
    corpus->held_out = (text_t){.bytes = all.bytes + at, .length = all.length - at};
}

void corpus_describe_cut(const corpus_t *corpus, char *text, size_t size) {
    size_t length = corpus->held_out.length, all = corpus->files[0].size;
    if (corpus->files[1].mapping) return;
    text_append(text, size, " (held out: its last %zu bytes or %.3g %%)", length,
                100.0 * (double)length / (double)all);
}

/* The pair that a path is the training file of, or NULL. */
static const family_t *family_of(const char *path) {
    const char *name = strrchr(path, '/') + 1;
    for (const family_t *family = families; family->training; family++)
        if (strcmp(name, family->training) == 0) return family;
    return NULL;
}

static status_t open_file(char *path, int split, corpus_t *corpus) {
    const family_t *family = family_of(path);
    if (family) {
        *strrchr(path, '/') = '\0';
        return open_pair(path, NULL, family, split, corpus);
    }
    TRY(open_text(path, NULL, &corpus->files[0], &corpus->training));
    cut(corpus);
    return STATUS_OK;
}

static const preset_t *find_preset(const char *name) {
    for (const preset_t *preset = presets; preset->name; preset++)
        if (strcmp(preset->name, name) == 0) return preset;
    return NULL;
}

int corpus_is_cut(const char *data_dir, const char *name) {
    char path[DATA_PATH_MAX];
    struct stat about;
    if (find_preset(name) || data_path(data_dir, name, path) != STATUS_OK) return 0;
    return family_of(path) == NULL && !(stat(path, &about) == 0 && S_ISDIR(about.st_mode));
}

static status_t open_named(const char *data_dir, const char *name, int split, corpus_t *corpus) {
    char path[DATA_PATH_MAX];
    struct stat about;
    const preset_t *preset = find_preset(name);
    if (preset) {
        TRY(data_path(data_dir, preset->folder, path));
        CHECK(data_exists(path), STATUS_CORRUPT,
              "%s: is missing; put the folder %s into the data directory", path, preset->folder);
        return open_folder(path, preset->folder, split, corpus);
    }
    TRY(data_path(data_dir, name, path));
    CHECK(stat(path, &about) == 0, STATUS_CORRUPT,
          "%s: is missing; task.corpus is wikitext103, wikitext2, or a folder or text file in the "
          "data directory",
          path);
    return S_ISDIR(about.st_mode) ? open_folder(path, NULL, split, corpus)
                                  : open_file(path, split, corpus);
}

status_t corpus_open(const char *data_dir, const char *name, const char *split, corpus_t *corpus) {
    *corpus = (corpus_t){0};
    status_t status = open_named(data_dir, name, strcmp(split, "test") == 0 ? TEST : VALID, corpus);
    if (status != STATUS_OK) corpus_close(corpus);
    return status;
}

void corpus_close(corpus_t *corpus) {
    data_close(&corpus->files[0]);
    data_close(&corpus->files[1]);
    *corpus = (corpus_t){0};
}
