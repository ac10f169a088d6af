/* Every broken sweep file is refused with STATUS_SPEC and one sentence that names the file, the
 * line where there is one, and what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "spec/sample_fields.h"

typedef struct broken {
    const char *name, *text;
    const char *says[5]; /* parts of the sentence */
} broken_t;

#define HEAD "name: a\n"

static const broken_t cases[] = {
    {"empty file", "", {"sample.yaml:1: is empty", "name: ..."}},
    {"only a comment", "# nothing\n", {"sample.yaml:1: is empty"}},
    {"a word", "hello", {"sample.yaml:1: is no sweep file", "key: value"}},
    {"a list", "- a\n- b\n", {"sample.yaml:1: is no sweep file"}},
    {"binary", "name: \x01\x02\n", {"sample.yaml:1: is not UTF-8 text", "sweep file?"}},
    {"not UTF-8", HEAD "train.data: \xff\xfe\n", {"sample.yaml:2: is not UTF-8 text"}},
    {"JSON cut short", "{\"name\": \"a\", ", {"is not valid YAML", "sample.yaml:"}},
    {"tab", "name: a\ntrain:\n\tlr: 1\n", {"sample.yaml:3: is not valid YAML", "not tabs"}},
    {"unclosed quote", HEAD "train.data: \"x\n", {"sample.yaml:", "is not valid YAML"}},
    {"two documents", HEAD "---\nname: b\n", {"sample.yaml:2: a second document", "one sweep"}},
    {"alias", HEAD "train.lr: &x 1\ntrain.dropout: *x\n", {"sample.yaml:2: anchors", "write"}},
    {"alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", {"sample.yaml:1: anchors"}},
    {"tag", HEAD "train.lr: !!float 1\n", {"sample.yaml:2: the tag", "remove it"}},
    {"deep", HEAD "train: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n", {"sample.yaml:2: is nested more"}},
    {"line break", HEAD "train.data: \"a\\nb\"\n", {"sample.yaml:2: a text has a line break"}},
    {"no name", "seed: 1\n", {"sample.yaml:1: name is missing", "add a line"}},
    {"bad name", "name: ../up\n", {"sample.yaml:1: name: takes", "letters, digits"}},
    {"option as name", "name: -x\n", {"sample.yaml:1: name: takes"}},
    {"name twice", HEAD "name: b\n", {"sample.yaml:2: name: is given twice"}},
    {"bad seed", HEAD "seed: -1\n", {"sample.yaml:2: seed: -1 is below its minimum 0"}},
    {"no replicas", HEAD "replicas: 0\n", {"sample.yaml:2: replicas: 0 is below its minimum 1"}},
    {"unknown key",
     HEAD "train.lrr: 1\n",
     {"sample.yaml:2: train.lrr: unknown key; did you mean train.lr?", "train.steps"}},
    {"unknown group",
     HEAD "trian: {lr: 1}\n",
     {"sample.yaml:2: trian.lr: unknown key; did you mean train.lr?"}},
    {"key without group", HEAD "lr: 1\n", {"sample.yaml:2: lr: unknown key", "mean train.lr?"}},
    {"foreign key", HEAD "cluster.queue: x\n", {"unknown key; known:", "axes", "model.*"}},
    {"misspelt section", HEAD "axis: {product: {train.lr: [1]}}\n", {"did you mean axes?"}},
    {"list as key", HEAD "[a, b]: 1\n", {"sample.yaml:2: a key is a word"}},
    {"empty key", HEAD "\"\": 1\n", {"sample.yaml:2: : unknown key"}},
    {"twice",
     HEAD "train.lr: 1\ntrain.lr: 2\n",
     {"sample.yaml:3: train.lr: is given twice, first in line 2"}},
    {"twice, nested",
     HEAD "train: {lr: 1}\ntrain.lr: 2\n",
     {"sample.yaml:3: train.lr: is given twice", "line 2"}},
    {"section twice",
     HEAD "train: {lr: 1}\ntrain: {steps: 2}\n",
     {"sample.yaml:3: train: is given twice, first in line 2; join"}},
    {"octal", HEAD "train.steps: 010\n", {"train.steps: \"010\" is not a number"}},
    {"section without options", HEAD "train:\n", {"sample.yaml:2: train: options stand below it"}},
    {"section as a word", HEAD "train: 5\n", {"sample.yaml:2: train: options stand below it"}},
    {"section of an axis",
     HEAD "axes: {product: {train: [1]}}\n",
     {"sample.yaml:2: train: options stand below it"}},
    {"empty group", HEAD "train: {}\n", {"sample.yaml:2: train: is empty"}},
    {"no value", HEAD "train.lr:\n", {"sample.yaml:2: train.lr: has no value"}},
    {"null text", HEAD "train.data: ~\n", {"sample.yaml:2: train.data: has no value", "\"\""}},
    {"word for a number",
     HEAD "train.lr: fast\n",
     {"train.lr: \"fast\" is not a number; give a number from 1e-08 to 10"}},
    {"quoted number",
     HEAD "train.lr: \"1\"\n",
     {"sample.yaml:2: train.lr: \"1\" in quotes is text"}},
    {"nan", HEAD "train.lr: .nan\n", {"sample.yaml:2: train.lr: .nan is not finite"}},
    {"infinity", HEAD "train.lr: -.inf\n", {"sample.yaml:2: train.lr: -.inf is not finite"}},
    {"huge", HEAD "train.lr: 1e999\n", {"train.lr: 1e999 is too large"}},
    {"tiny", HEAD "train.dropout: 1e-999\n", {"train.dropout: 1e-999 is too small"}},
    {"hexadecimal", HEAD "train.steps: 0x10\n", {"train.steps: \"0x10\" is not a number"}},
    {"two points", HEAD "train.lr: 1.2.3\n", {"train.lr: \"1.2.3\" is not a number"}},
    {"fraction", HEAD "model.layers: 2.5\n", {"model.layers: 2.5 is not a whole number"}},
    {"below", HEAD "train.lr: 0\n", {"train.lr: 0 is below its minimum 1e-08; give a number from"}},
    {"above",
     HEAD "model.layers: 97\n",
     {"model.layers: 97 is above its maximum 96; give a whole"}},
    {"yes", HEAD "model.bias: yes\n", {"model.bias: \"yes\" is neither true nor false"}},
    {"unknown choice",
     HEAD "model.norm: preln\n",
     {"sample.yaml:2: model.norm: unknown choice \"preln\"; did you mean pre_ln?", "rms_norm"}},
    {"list for a value",
     HEAD "train.lr: [1, 2]\n",
     {"train.lr: takes one value, not a list", "axes: {product: {train.lr"}},
    {"mapping for a value",
     HEAD "train.lr: {a: 1}\n",
     {"train.lr.a: unknown key; train.lr takes a value, not a mapping"}},
    {"range that is none",
     HEAD "axes: {product: {train.lr: {geomspace: {from: 1, to: 2, count: 3}}}}\n",
     {"sample.yaml:2: train.lr.geomspace.from: unknown key; train.lr takes", "{logspace: {from"}},
    {"value for a list", HEAD "train.probes: 5\n", {"train.probes: takes a list", "[5]"}},
    {"list of lists", HEAD "train.probes: [[1]]\n", {"train.probes: a list of single values"}},
    {"word in a list", HEAD "train.probes: [0, x]\n", {"train.probes: \"x\" is not a number"}},
    {"axes word", HEAD "axes: 3\n", {"sample.yaml:2: axes: expected"}},
    {"axes without part",
     HEAD "axes: {train.lr: [1]}\n",
     {"axes.train.lr: unknown key", "product, zip"}},
    {"misspelt part", HEAD "axes: {prodct: {train.lr: [1]}}\n", {"did you mean product?"}},
    {"empty product", HEAD "axes: {product: {}}\n", {"sample.yaml:2: product: expected"}},
    {"empty axis", HEAD "axes: {product: {train.lr: []}}\n", {"train.lr: the axis is empty"}},
    {"axis without list",
     HEAD "axes: {product: {train.lr: 1}}\n",
     {"train.lr: an axis takes a list", "[1]"}},
    {"axis on unknown key",
     HEAD "axes:\n  product:\n    train.rate: [1]\n",
     {"sample.yaml:4: train.rate: unknown key"}},
    {"axis on seed", HEAD "axes: {product: {seed: [1]}}\n", {"seed: ", "replicas"}},
    {"axis value",
     HEAD "axes:\n  product:\n    train.lr: [1,\n      x]\n",
     {"sample.yaml:5: train.lr: \"x\" is not a number"}},
    {"axis twice",
     HEAD "axes: {product: {train.lr: [1]}, zip: {train.lr: [2]}}\n",
     {"train.lr: is given twice"}},
    {"same value twice",
     HEAD "axes: {product: {train.lr: [1e-3, 0.001]}}\n",
     {"train.lr: the axis lists 0.001 twice"}},
    {"unequal zip",
     HEAD "axes: {zip: {model.layers: [1, 2], model.width: [8]}}\n",
     {"model.width: zipped axes", "1 values", "model.layers has 2"}},
    {"list axis of values",
     HEAD "axes: {product: {train.probes: [0, 1]}}\n",
     {"train.probes: takes a list"}},
    {"exclude word", HEAD "exclude: x\n", {"sample.yaml:2: exclude takes a list"}},
    {"exclude empty", HEAD "exclude: []\n", {"sample.yaml:2: exclude takes a list"}},
    {"exclude entry empty", HEAD "exclude: [{}]\n", {"sample.yaml:2: exclude: expected"}},
    {"exclude list", HEAD "exclude: [{train.lr: [1]}]\n", {"train.lr: takes one value"}},
    {"include unknown",
     HEAD "include: [{train.rl: 1}]\n",
     {"sample.yaml:2: train.rl: unknown key; did you mean train.lr?"}},
    {"exclude matches nothing",
     HEAD "axes: {product: {train.lr: [1, 2]}}\nexclude: [{train.lr: 3}]\n",
     {"sample.yaml:3: exclude: no configuration has {train.lr: 3}"}},
    {"exclude drops all",
     HEAD "exclude: [{train.lr: 1e-3}]\n",
     {"exclude drops every configuration"}},
    {"include repeats",
     HEAD "axes: {product: {train.lr: [1, 2]}}\ninclude:\n  - {train.lr: 2.0}\n",
     {"sample.yaml:4: include: the sweep has {train.lr: 2} already"}},
    {"a zip of none", HEAD "axes: {zip: []}\n", {"zip: the list is empty"}},
    {"a call for a range",
     HEAD "axes: {product: {train.lr: \"logspace(1e-4, 1e-1, 5)\"}}\n",
     {"sample.yaml:2: train.lr: ", "write train.lr: {logspace: {from: 1e-4, to: 1e-1, count: 5}}"}},
    {"NumPy's exponents",
     HEAD "axes: {product: {train.lr: \"np.logspace(-4, -1, num=5)\"}}\n",
     {"{logspace: {from: 1e-4, to: 1e-1, count: 5}}"}},
    {"Python's range",
     HEAD "axes: {product: {train.steps: \"range(10, 40, 10)\"}}\n",
     {"write train.steps: [10, 20, 30]"}},
    {"a distribution",
     HEAD "axes: {product: {train.lr: \"loguniform(1e-4, 1)\"}}\n",
     {"write random: {count: 20, train.lr: {log: [1e-4, 1]}}"}},
    {"values with commas",
     HEAD "axes: {product: {train.lr: \"1e-3,1e-2\"}}\n",
     {"takes a list of values; write [1e-3,1e-2]"}},
    {"half a range",
     HEAD "axes: {product: {train.lr: {logspace: {from: 1, to: 2}}}}\n",
     {"sample.yaml:2: train.lr: a range takes from, to and count"}},
    {"a range of words",
     HEAD "axes: {product: {train.lr: {linspace: {from: a, to: 2, count: 3}}}}\n",
     {"sample.yaml:2: train.lr: from: "}},
    {"a range backwards",
     HEAD "axes: {product: {train.lr: {linspace: {from: 2, to: 1, count: 3}}}}\n",
     {"train.lr: from 2 is not below to 1"}},
    {"a logarithm of zero",
     HEAD "axes: {product: {train.lr: {logspace: {from: 0, to: 1, count: 3}}}}\n",
     {"train.lr: even steps of the logarithm begin above zero"}},
    {"too many whole numbers",
     HEAD "axes: {product: {model.layers: {linspace: {from: 1, to: 4, count: 9}}}}\n",
     {"model.layers: 9 numbers from 1 to 4 are closer than can be told apart"}},
    {"a range out of range",
     HEAD "axes: {product: {train.dropout: {linspace: {from: 0, to: 2, count: 3}}}}\n",
     {"sample.yaml:2: train.dropout: 2 is above its maximum 1"}},
    {"samples without number",
     HEAD "axes: {random: {train.lr: {log: [1e-4, 1]}}}\n",
     {"sample.yaml:2: axes.random: how many samples?"}},
    {"samples of nothing", HEAD "axes: {random: {count: 3}}\n", {"axes.random: what is drawn?"}},
    {"samples of a list",
     HEAD "axes: {random: {count: 3, train.lr: [1, 2]}}\n",
     {"axes.random: train.lr: how is it drawn?", "{choice: [a, b]}"}},
    {"one limit",
     HEAD "axes: {random: {count: 3, train.lr: {log: [1]}}}\n",
     {"axes.random: train.lr: log takes two limits"}},
    {"more samples than there are",
     HEAD "axes: {random: {count: 5, model.norm: {choice: [none, pre_ln]}}}\n",
     {"hardly more than 2 different samples; lower count from 5"}},
    {"samples twice",
     HEAD "axes: {random: {count: 1, train.lr: {log: [1, 2]}}, random: {count: 1}}\n",
     {"axes.random: is given twice"}},
    {"zip repeats", HEAD "axes: {zip: {train.lr: [1, 1]}}\n", {"zip gives {train.lr: 1} twice"}},
    {"when without list",
     HEAD "axes: {product: {train.lr: [1, 2]}, when: {train.lr: 1}}\n",
     {"sample.yaml:2: axes.when takes a list of mappings"}},
    {"when without condition",
     HEAD "axes: {product: {train.lr: [1, 2]}, when: [{product: {train.steps: [1]}}]}\n",
     {"sample.yaml:2: axes.when: under which condition"}},
    {"when without axes",
     HEAD "axes: {product: {train.lr: [1, 2]}, when: [{train.lr: 1}]}\n",
     {"axes.when: what varies there", "product"}},
    {"when on what does not vary",
     HEAD "axes:\n  when: [{model.norm: none, product: {train.lr: [1, 2]}}]\n",
     {"sample.yaml:3: axes.when: model.norm: none is no value that product or zip give it"}},
    {"when never holds",
     HEAD "axes: {product: {train.lr: [1, 2]}, when: [{train.lr: 3, product: {train.steps: "
          "[1]}}]}\n",
     {"axes.when: train.lr: 3 is no value"}},
    {"when on a varied option",
     HEAD "axes: {product: {train.lr: [1, 2]}, when: [{train.lr: 1, product: {train.lr: [3]}}]}\n",
     {"axes.when: train.lr varies elsewhere"}},
    {"two conditions that can hold together",
     HEAD "axes:\n  product: {train.lr: [1, 2], model.norm: [none, pre_ln]}\n  when:\n"
          "    - {train.lr: 1, product: {train.steps: [3]}}\n"
          "    - {model.norm: none, product: {train.steps: [4]}}\n",
     {"sample.yaml:6: axes.when: train.steps varies elsewhere under conditions that can hold"}},
    {"unequal zip under a condition",
     HEAD "axes: {zip: {train.lr: [1, 2]}, when: [{train.lr: 1, zip: {train.steps: [1, 2, 3], "
          "model.width: [8, 16]}}]}\n",
     {"model.width: zipped axes", "2 values", "train.steps has 3"}},
    {"too many trials",
     HEAD "replicas: 1000000\naxes: {product: {model.layers: [1,2,3,4,5,6,7,8,9,10,11]}}\n",
     {"1.1e+07 trials, the limit is 10000000"}},
};

/* The status of reading and planning the text. */
static status_t load(const char *text) {
    spec_t *spec;
    plan_t *plan = NULL;
    status_t status = spec_parse("sample.yaml", text, strlen(text), sample_sets, &spec);
    if (status == STATUS_OK) status = plan_create(spec, &plan);
    plan_destroy(&plan);
    spec_destroy(&spec);
    return status;
}

/* 1 when the refusal is as the row says; prints what is not. */
static int is_explained(const broken_t *broken) {
    status_t status = load(broken->text);
    const char *message = status == STATUS_OK ? "" : status_message();
    int is_good = status == STATUS_SPEC && !strchr(message, '\n');
    for (int i = 0; i < 5 && broken->says[i]; i++)
        is_good &= strstr(message, broken->says[i]) != NULL;
    if (!is_good) print_error("%s: status %d, \"%s\"\n", broken->name, status, message);
    return is_good;
}

static void every_broken_spec_is_explained(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) bad += !is_explained(&cases[i]);
    assert_int_equal(bad, 0);
}

static void missing_file_is_refused(void **state) {
    (void)state;
    spec_t *spec;
    assert_int_equal(spec_load("no/such.yaml", sample_sets, &spec), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "no/such.yaml: cannot be opened: No such file"));
    assert_null(spec);
}

static void directory_is_refused(void **state) {
    (void)state;
    spec_t *spec;
    assert_int_equal(spec_load("/tmp", sample_sets, &spec), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "/tmp: cannot be read: Is a directory"));
}

static void endless_file_is_refused(void **state) {
    (void)state;
    spec_t *spec;
    assert_int_equal(spec_load("/dev/zero", sample_sets, &spec), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "/dev/zero: is larger than the limit of 1024 KiB"));
}

static void contradictory_field_tables_are_our_bug(void **state) {
    (void)state;
    const field_set_t *const twice[] = {&sample_model_set, &sample_model_set, NULL};
    spec_t *spec;
    assert_int_equal(spec_parse("a", "name: a", 7, twice, &spec), STATUS_BUG);
    assert_non_null(strstr(status_message(), "model.bias"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_spec_is_explained),
        cmocka_unit_test(missing_file_is_refused),
        cmocka_unit_test(directory_is_refused),
        cmocka_unit_test(endless_file_is_refused),
        cmocka_unit_test(contradictory_field_tables_are_our_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
