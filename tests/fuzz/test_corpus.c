/* A text file of any bytes is refused, or cut into a training text and a held-out text that are all
 * of it, in order; what the words of it are counts as many as are read. */
#include "fuzz/target.h"

#include "task/corpus.h"
#include "task/plain_text.h"
#include "task/tokenizer.h"

static void check_words(text_t text) {
    word_t word;
    int64_t count = 0;
    for (word_reader_t reader = words_of(text); words_next(&reader, &word);) count++;
    fuzz_check(count == words_count(text), "as many words as are counted");
}

static void check_tokens(const char *name, const corpus_t *corpus) {
    tokens_t tokens[2] = {{0}, {0}};
    const text_t texts[2] = {corpus->training, corpus->held_out};
    const tokenizer_source_t source = {fuzz_folder(), corpus->training, 300};
    status_t status = tokenizer_encode(tokenizer_find(name), &source, texts, 2, tokens);
    for (int i = 0; i < 2; i++) {
        int32_t id = 0;
        for (int64_t at = 0; status == STATUS_OK && at < tokens[i].count; at++) {
            tokens_copy(&tokens[i], at, 1, &id);
            fuzz_check(id >= 0 && id < source.vocab, "ids are those of the vocabulary");
        }
        tokens_destroy(&tokens[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    corpus_t corpus = {0};
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    fuzz_write("text.bin", data, size);
    if (corpus_open(fuzz_folder(), "text.bin", "valid", &corpus) == STATUS_OK) {
        fuzz_accepted++;
        fuzz_check(corpus.training.length + corpus.held_out.length == size &&
                       corpus.held_out.bytes == corpus.training.bytes + corpus.training.length,
                   "both texts are the file");
        check_words(corpus.training);
        check_tokens("byte", &corpus);
        check_tokens("word", &corpus);
        corpus_close(&corpus);
    } else {
        fuzz_check(*status_message() != '\0', "a refusal has a sentence");
    }
    return 0;
}
