/* The token cache: it saves work, and nothing about it can go wrong for the user. */
#include "task/trial.h"

#include <glob.h>
#include <sys/wait.h>
#include <unistd.h>

#include "task/folder.h"
#include "task/token_cache.h"
#include "task/tokenizer.h"

enum { COUNT = 5000 };

static tokens_t make_tokens(int vocab) {
    tokens_t tokens;
    assert_int_equal(tokens_create(vocab, COUNT, &tokens), STATUS_OK);
    for (int i = 0; i < COUNT; i++)
        tokens_append(&tokens, (int32_t)((uint32_t)i * 2654435761u % (uint32_t)vocab));
    return tokens;
}

static void assert_same(const tokens_t *left, const tokens_t *right) {
    int32_t a[COUNT], b[COUNT];
    assert_int_equal(left->count, right->count);
    tokens_copy(left, 0, COUNT, a);
    tokens_copy(right, 0, COUNT, b);
    assert_memory_equal(a, b, sizeof a);
}

static int use_folder(void **state) {
    (void)state;
    return setenv("XDG_CACHE_HOME", folder_path(), 1);
}

static int remove_folder(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

/* The path of the file kept under `key`; "" when there is none. */
static const char *kept_path(uint64_t key) {
    static char path[DATA_PATH_MAX];
    snprintf(path, sizeof path, "%s/koopsweep/%016llx.tokens", folder_path(),
             (unsigned long long)key);
    return data_exists(path) ? path : "";
}

static void what_is_stored_is_loaded(void **state) {
    (void)state;
    static const int vocabularies[] = {256, 257, 65536, 65537};
    for (uint64_t key = 1; key <= 4; key++) {
        tokens_t stored = make_tokens(vocabularies[key - 1]), loaded;
        assert_false(token_cache_load(key, &loaded));
        token_cache_store(key, &stored);
        assert_true(token_cache_load(key, &loaded));
        assert_int_equal(loaded.width, tokens_width(vocabularies[key - 1]));
        assert_same(&stored, &loaded);
        tokens_destroy(&stored);
        tokens_destroy(&loaded);
    }
}

/* Every byte of the file counts: header, tokens, length. */
static void a_damaged_file_is_not_read(void **state) {
    (void)state;
    tokens_t stored = make_tokens(300), loaded;
    token_cache_store(77, &stored);
    data_file_t file;
    assert_int_equal(data_open(kept_path(77), &file), STATUS_OK);
    size_t size = file.size;
    char *bytes = malloc(size + 1), *damaged = malloc(size + 1);
    memcpy(bytes, file.bytes, size);
    data_close(&file);
    for (size_t at = 0; at < size; at += at < 40 ? 1 : 997) {
        memcpy(damaged, bytes, size);
        damaged[at] ^= 4;
        folder_write("koopsweep/000000000000004d.tokens", damaged, size);
        assert_false(token_cache_load(77, &loaded));
    }
    static const size_t lengths[] = {0, 7, 39, 40, 41, 5000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        folder_write("koopsweep/000000000000004d.tokens", bytes, lengths[i]);
        assert_false(token_cache_load(77, &loaded));
    }
    bytes[size] = 0;
    folder_write("koopsweep/000000000000004d.tokens", bytes, size + 1);
    assert_false(token_cache_load(77, &loaded));
    token_cache_store(77, &stored); /* and it can be replaced */
    assert_true(token_cache_load(77, &loaded));
    tokens_destroy(&loaded);
    tokens_destroy(&stored);
    free(bytes);
    free(damaged);
}

static void a_file_of_another_key_is_not_read(void **state) {
    (void)state;
    tokens_t stored = make_tokens(300), loaded;
    token_cache_store(78, &stored);
    folder_copy("koopsweep/000000000000004f.tokens", kept_path(78), SIZE_MAX);
    assert_false(token_cache_load(79, &loaded));
    tokens_destroy(&stored);
}

/* A folder that cannot exist, no home at all, a full disk: no tokens kept, no failure. */
static void unusable_folders_do_no_harm(void **state) {
    (void)state;
    tokens_t stored = make_tokens(300), loaded;
    setenv("XDG_CACHE_HOME", "/dev/null/cache", 1);
    token_cache_store(80, &stored);
    assert_false(token_cache_load(80, &loaded));
    unsetenv("XDG_CACHE_HOME");
    char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    unsetenv("HOME");
    token_cache_store(80, &stored);
    assert_false(token_cache_load(80, &loaded));
    if (home) setenv("HOME", home, 1);
    free(home);
    setenv("XDG_CACHE_HOME", folder_path(), 1);
    assert_string_equal(kept_path(80), "");
    tokens_destroy(&stored);
}

static size_t count_files(const char *pattern) {
    char path[DATA_PATH_MAX];
    glob_t found;
    snprintf(path, sizeof path, "%s/koopsweep/%s", folder_path(), pattern);
    size_t count = glob(path, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

static text_t story(void) {
    static char text[200000];
    if (!text[0]) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = i % 89 == 88 ? '\n' : i % 5 == 4 ? ' ' : (char)('a' + i * (i >> 3) % 26);
    }
    return (text_t){text, sizeof text};
}

/* Tokenizes the story; 0 when it comes out as it does without a cache. */
static int encode_story(const tokens_t *wanted) {
    tokenizer_source_t source = {.data_dir = "", .training = story(), .vocab = 500};
    text_t text = story();
    tokens_t tokens;
    if (tokenizer_encode(tokenizer_find("word"), &source, &text, 1, &tokens) != STATUS_OK) return 1;
    int is_same = !wanted || (tokens.count == wanted->count &&
                              memcmp(tokens.ids, wanted->ids,
                                     (size_t)tokens.count * (size_t)tokens.width) == 0);
    int is_shared = tokens.buffer == NULL;
    tokens_destroy(&tokens);
    return !is_same || !is_shared;
}

/* Eight processes at once, again and again from an empty folder: one file, no remains. */
static void processes_may_build_it_at_once(void **state) {
    (void)state;
    tokenizer_source_t source = {.data_dir = "", .training = story(), .vocab = 500};
    text_t text = story();
    tokens_t wanted;
    assert_int_equal(tokenizer_encode(tokenizer_find("word"), &source, &text, 1, &wanted),
                     STATUS_OK);
    for (int round = 0; round < 10; round++) {
        folder_remove();
        mkdir(folder_path(), 0777);
        for (int child = 0; child < 8; child++) {
            pid_t id = fork();
            assert_true(id >= 0);
            if (id == 0) _exit(encode_story(&wanted));
        }
        for (int child = 0, verdict; child < 8; child++) {
            assert_true(wait(&verdict) > 0);
            assert_int_equal(verdict, 0);
        }
        assert_int_equal(count_files("*"), 1);
        assert_int_equal(count_files("*.tokens"), 1);
    }
    tokens_destroy(&wanted);
}

/* Other vocabulary, other training text, other text: other files. */
static void what_the_ids_depend_on_is_in_the_key(void **state) {
    (void)state;
    folder_remove();
    mkdir(folder_path(), 0777);
    text_t whole = story(), half = {whole.bytes, whole.length / 2};
    const tokenizer_source_t sources[] = {{"", whole, 500}, {"", whole, 501}, {"", half, 500}};
    for (int i = 0; i < 3; i++) {
        text_t texts[2] = {whole, half};
        tokens_t tokens[2];
        assert_int_equal(tokenizer_encode(tokenizer_find("word"), &sources[i], texts, 2, tokens),
                         STATUS_OK);
        tokens_destroy(&tokens[0]);
        tokens_destroy(&tokens[1]);
        assert_int_equal(count_files("*.tokens"), 2 * (i + 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_is_loaded),
        cmocka_unit_test(a_damaged_file_is_not_read),
        cmocka_unit_test(a_file_of_another_key_is_not_read),
        cmocka_unit_test(unusable_folders_do_no_harm),
        cmocka_unit_test(processes_may_build_it_at_once),
        cmocka_unit_test(what_the_ids_depend_on_is_in_the_key),
    };
    return cmocka_run_group_tests(tests, use_folder, remove_folder);
}
