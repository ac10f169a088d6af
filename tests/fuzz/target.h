/* target.h: a fuzz target: what must hold of a parser whatever bytes it is given.
 *
 * A target is a file test_NAME.c with this header and one function LLVMFuzzerTestOneInput, which
 * aborts (fuzz_check) when the property does not hold, and counts in `fuzz_accepted` what the
 * parser took for good. Inputs to begin with lie in tests/fuzz/corpus/NAME/: small good ones, and
 * those that once were too much.
 *
 *   make check   replays the corpus and thousands of mutants of it, always the same ones, with the
 *                ordinary compiler and once more under sanitizers: the main() below
 *   make fuzz    looks for more with libFuzzer (clang), FUZZ_SECONDS for each target
 *
 * Inputs are copied to blocks of their exact size, so that a sanitizer sees a read past the end. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <dirent.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/log.h"
#include "base/rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t fuzz_accepted; /* inputs so far */

static inline void fuzz_check(int holds, const char *property) {
    if (holds) return;
    fprintf(stderr, "does not hold: %s\n", property);
    abort();
}

/* In place of base/log.c: parsers warn of what is damaged, and here that is every other input. */
void log_info(const char *format, ...) { (void)format; }
void log_warning(const char *format, ...) { (void)format; }
void log_error(const char *format, ...) { (void)format; }
void log_set_quiet(int quiet) { (void)quiet; }

/* A folder of this process, in memory where that can be. */
static inline char *fuzz_folder(void) {
    static char path[64];
    if (*path) return path;
    strcpy(path, "/dev/shm/koopsweep-fuzz-XXXXXX");
    if (mkdtemp(path)) return path;
    strcpy(path, "/tmp/koopsweep-fuzz-XXXXXX");
    if (!mkdtemp(path)) abort();
    return path;
}

static inline void fuzz_remove_folder(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", fuzz_folder());
    if (system(command) != 0) abort();
}

/* Puts a file there; returns its path, valid until the next call. */
static inline const char *fuzz_write(const char *name, const void *bytes, size_t size) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    atexit(fuzz_remove_folder);
    return 0;
}

#ifndef LIBFUZZER

#ifndef FUZZ_RUNS
#define FUZZ_RUNS 4000
#endif
enum { FUZZ_SIZE_MAX = 1 << 16, FUZZ_SEEDS_MAX = 64 };

static struct {
    bytes_t seeds[FUZZ_SEEDS_MAX]; /* owned: the corpus */
    size_t count, run;             /* seeds; the mutant that is being tried */
    unsigned char text[FUZZ_SIZE_MAX];
    size_t size; /* of the mutant */
} fuzz;

static inline void fuzz_insert(size_t at, const unsigned char *span, size_t length) {
    unsigned char copy[64];
    if (length > sizeof copy || fuzz.size + length > FUZZ_SIZE_MAX) return;
    memcpy(copy, span, length); /* it may lie in the text */
    memmove(fuzz.text + at + length, fuzz.text + at, fuzz.size - at);
    memcpy(fuzz.text + at, copy, length);
    fuzz.size += length;
}

/* A span of up to `longest` bytes of 0 .. size-1. */
static inline size_t fuzz_span(rng_t *rng, size_t at, size_t size, uint32_t longest) {
    size_t length = rng_below(rng, longest + 1);
    return length < size - at ? length : size - at;
}

static inline void fuzz_mutate_once(rng_t *rng) {
    size_t at = rng_below(rng, (uint32_t)fuzz.size + 1),
           to = rng_below(rng, (uint32_t)fuzz.size + 1);
    size_t length = fuzz_span(rng, at, fuzz.size, 16);
    const bytes_t *other = &fuzz.seeds[rng_below(rng, (uint32_t)fuzz.count)];
    size_t from = rng_below(rng, (uint32_t)other->size + 1);
    switch (rng_below(rng, 6)) {
    case 0: /* a span is cut out */
        memmove(fuzz.text + at, fuzz.text + at + length, fuzz.size - at - length);
        fuzz.size -= length;
        break;
    case 1: /* one byte becomes another */
        if (at < fuzz.size) fuzz.text[at] = (unsigned char)rng_below(rng, 256);
        break;
    case 2: /* the text ends here */
        fuzz.size = at;
        break;
    case 3: /* a digit becomes another */
        while (at < fuzz.size && (fuzz.text[at] < '0' || fuzz.text[at] > '9')) at++;
        if (at < fuzz.size) fuzz.text[at] = (unsigned char)('0' + rng_below(rng, 10));
        break;
    case 4: /* a span stands elsewhere too */
        fuzz_insert(to, fuzz.text + at, length);
        break;
    default: /* a span of another input comes in */
        fuzz_insert(at, other->at + from, fuzz_span(rng, from, other->size, 24));
    }
}

static inline void fuzz_run(const unsigned char *bytes, size_t size) {
    unsigned char *exact = malloc(size + !size);
    if (!exact) abort();
    if (size) memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* Which input it was; the input itself for `build/tests/fuzz/test_NAME FILE`. */
static inline void fuzz_tell(int signal_number) {
    FILE *file = fopen("/tmp/koopsweep-fuzz-input", "wb");
    fprintf(stderr, "signal %d: mutant %zu, %zu bytes: /tmp/koopsweep-fuzz-input\n", signal_number,
            fuzz.run, fuzz.size);
    if (file && fwrite(fuzz.text, 1, fuzz.size, file) == fuzz.size) fclose(file);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static inline status_t fuzz_add_seed(void *folder, const char *name) {
    char path[2048];
    if (fuzz.count == FUZZ_SEEDS_MAX) return STATUS_BUG;
    snprintf(path, sizeof path, "%s/%s", (const char *)folder, name);
    return disk_read(path, &fuzz.seeds[fuzz.count++]);
}

/* In the order of their names, not the folder's: mutants are the same everywhere. */
static inline void fuzz_read_corpus(char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.' && fuzz_add_seed(folder, entries[i]->d_name) != STATUS_OK)
            abort();
        free(entries[i]);
    }
    if (count < 0 || fuzz.count == 0) {
        fprintf(stderr, "no inputs in %s\n", folder);
        exit(1);
    }
    free(entries);
}

static inline void fuzz_run_mutant(size_t run) {
    const bytes_t *seed = &fuzz.seeds[run % fuzz.count];
    rng_t rng = rng_open(1, 0, "fuzz", (uint32_t)run);
    fuzz.run = run;
    fuzz.size = seed->size < FUZZ_SIZE_MAX ? seed->size : FUZZ_SIZE_MAX;
    memcpy(fuzz.text, seed->at, fuzz.size);
    for (uint32_t n = run < fuzz.count ? 0 : 1 + rng_below(&rng, 3); n > 0; n--)
        fuzz_mutate_once(&rng);
    fuzz_run(fuzz.text, fuzz.size);
}

static inline int fuzz_run_files(int count, char **paths) {
    for (int i = 0; i < count; i++) {
        bytes_t file = {0};
        if (disk_read(paths[i], &file) != STATUS_OK) return 1;
        fuzz_run(file.at, file.size);
        bytes_free(&file);
    }
    return 0;
}

/* Without arguments: corpus and mutants; else those files. */
int main(int argc, char **argv) {
    char folder[] = __BASE_FILE__ "------"; /* tests/fuzz/test_NAME.c: tests/fuzz/corpus/NAME */
    char *name = strrchr(folder, '/') + sizeof "/test_" - 1;
    char path[1024];
    LLVMFuzzerInitialize(&argc, &argv);
    if (argc > 1) return fuzz_run_files(argc - 1, argv + 1);
    name[strcspn(name, ".")] = '\0';
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name);
    fuzz_read_corpus(path);
    signal(SIGABRT, fuzz_tell);
    for (size_t run = 0; run < FUZZ_RUNS; run++) fuzz_run_mutant(run);
    printf("%d inputs, %zu of them taken for good\n", FUZZ_RUNS, fuzz_accepted);
    for (size_t i = 0; i < fuzz.count; i++) bytes_free(&fuzz.seeds[i]);
    return fuzz_accepted == 0; /* a target that accepts nothing tests little */
}

#endif
#endif
