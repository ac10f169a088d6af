/* Thousands of mutated sweep files: reading and planning never crashes, and always ends in OK or in
 * a refusal with a sentence. Most telling in the sanitizer build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plan/plan.h"
#include "spec/sample_fields.h"

enum { MUTANTS = 4000, TEXT_SIZE = 4096 };

static const char seed_text[] =
    "name: quickstart\nseed: 42\nreplicas: 3\n"
    "model.norm: pre_ln   # a comment\ntrain: {steps: 200, lr: 1e-3, probes: [0, 100]}\n"
    "train.data: \"/data/\\u00e9t\\u00e9\"\n"
    "axes:\n  product:\n    train.dropout: [0, 0.1, 2e-1]\n    model.norm: [pre_ln, none]\n"
    "  zip:\n    model.layers: [4, 8]\n    model.width: [128, 256]\n"
    "exclude:\n  - {model.norm: none, model.layers: 8}\n"
    "include: [{model.norm: none, train.lr: 3e-2}]\n";

/* Bits of syntax that matter to YAML or to numbers. */
static const char *const snippets[] = {
    "\t",
    "\n",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "- ",
    "#",
    "&a ",
    "*a",
    "!!x ",
    "|\n",
    "\"",
    "'",
    "---\n",
    "...\n",
    "? ",
    "1e999",
    "-1",
    ".nan",
    "~",
    "<<: ",
    "%YAML 1.1\n",
    "\xff",
    "\xc2\x85",
    "\\x00",
    "\xe2\x80\xa8",
    "model.norm",
    "train.lr: [",
    "99999999999999999999",
    ", ",
    "@",
    "`",
    "\r",
    "\xef\xbb\xbf",
    "axes:\n",
    "0x1",
    "1_000",
    "replicas: 1000000\n",
    "=",
};

static size_t mutate_once(rng_t *rng, char *text, size_t length) {
    size_t at = rng_below(rng, (uint32_t)length + 1);
    size_t span = rng_below(rng, 12);
    if (span > length - at) span = length - at;
    char saved[TEXT_SIZE];
    switch (rng_below(rng, 6)) {
    case 0: /* cut a span out */
        memmove(text + at, text + at + span, length - at - span);
        return length - span;
    case 1: /* one byte becomes another */
        if (at < length) text[at] = (char)rng_below(rng, 256);
        return length;
    case 2: /* the text ends here */
        return at;
    case 3: /* a digit becomes another */
        while (at < length && (text[at] < '0' || text[at] > '9')) at++;
        if (at < length) text[at] = (char)('0' + rng_below(rng, 10));
        return length;
    case 4: /* a span is doubled elsewhere */
        memcpy(saved, text + at, span);
        at = rng_below(rng, (uint32_t)length + 1);
        break;
    default: { /* syntax comes in */
        const char *word = snippets[rng_below(rng, sizeof snippets / sizeof *snippets)];
        span = strlen(word);
        memcpy(saved, word, span);
    }
    }
    if (length + span > TEXT_SIZE) return length;
    memmove(text + at + span, text + at, length - at);
    memcpy(text + at, saved, span);
    return length + span;
}

/* 1 when the expanded text reads back to itself. */
static int is_stable(const spec_t *spec) {
    spec_t *again = sample_spec(spec_expanded(spec));
    int is_same = again && !strcmp(spec_expanded(spec), spec_expanded(again));
    if (!is_same) print_error("%s\n%s\n", spec_expanded(spec), status_message());
    spec_destroy(&again);
    return is_same;
}

/* Reads a copy of exactly the right size, so that the sanitizer sees reads past its end. */
static status_t load(const char *text, size_t length) {
    char *exact = malloc(length + !length);
    spec_t *spec;
    plan_t *plan = NULL;
    memcpy(exact, text, length);
    status_t status = spec_parse("fuzz.yaml", exact, length, sample_sets, &spec);
    free(exact);
    if (status == STATUS_OK) assert_true(is_stable(spec));
    if (status == STATUS_OK && spec_replicas(spec) < 1000) status = plan_create(spec, &plan);
    plan_destroy(&plan);
    spec_destroy(&spec);
    return status;
}

static void the_unmutated_text_is_good(void **state) {
    (void)state;
    assert_int_equal(load(seed_text, strlen(seed_text)), STATUS_OK);
}

static void mutants_never_crash(void **state) {
    (void)state;
    int accepted = 0, refused = 0;
    for (uint32_t i = 0; i < MUTANTS; i++) {
        rng_t rng = rng_open(1, 0, "fuzz", i);
        char text[TEXT_SIZE];
        size_t length = strlen(seed_text);
        memcpy(text, seed_text, length);
        for (uint32_t n = 1 + rng_below(&rng, 3); n > 0; n--)
            length = mutate_once(&rng, text, length);
        status_t status = load(text, length);
        if (status == STATUS_SPEC)
            assert_true(strncmp(status_message(), "fuzz.yaml:", 10) == 0);
        else
            assert_int_equal(status, STATUS_OK);
        *(status == STATUS_OK ? &accepted : &refused) += 1;
    }
    print_message("%d mutants accepted, %d refused\n", accepted, refused);
    assert_true(accepted > MUTANTS / 20 && refused > MUTANTS / 5); /* both ways are exercised */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unmutated_text_is_good),
        cmocka_unit_test(mutants_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
