/* spec.h: a sweep file (YAML) read strictly.
 *
 *   name: quickstart                  letters, digits, _ and -
 *   seed: 42                          root of all random numbers
 *   replicas: 3                       independent repetitions of every configuration
 *   task.name: associative_recall     options: dotted keys ...
 *   train: {steps: 200, lr: 1e-3}     ... or nested, both mean the same
 *   axes:
 *     product: {train.lr: [1e-3, 1e-2], model.norm: [pre_ln, none]}
 *     zip:     {model.layers: [4, 8], model.width: [128, 256]}     side by side; or a list of such
 *     random:  {count: 20, train.clip: {log: [0.1, 10]}}           samples; these, and ranges such
 * as {logspace: {from: 1e-4, to: 1e-1, count: 5}} in place of a list: ranges.h when: [{model.norm:
 * none, product: {train.clip: [0, 1]}}] varies where the condition holds; elsewhere what stands
 *                                     outside the axes
 *   exclude: [{model.norm: none, model.layers: 8}]      drops what matches all its keys
 *   include: [{model.norm: none, train.lr: 3e-2}]       adds one configuration each
 *   search: {key: train.lr, from: 1e-3, to: 3e-2, rounds: 5, below: 0.2}
 *                                     the largest value of an option that most replicas survive
 *   arms: {base: {}, clip1: {train.clip: 1}}            runs every configuration in each arm
 *
 * An option that is switched off in a configuration (needs.h) counts as its default there.
 *
 * Every error names file, line, key, value, limit, remedy, and the nearest known name; code
 * STATUS_SPEC. */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include "spec/config.h"

typedef struct spec spec_t;

/* Reads and checks `path`. `sets` is NULL-terminated, borrowed, and must outlive the spec. */
status_t spec_load(const char *path, const field_set_t *const *sets, spec_t **spec);

/* The same from text in memory; `path` names it in messages. */
status_t spec_parse(const char *path, const char *text, size_t length,
                    const field_set_t *const *sets, spec_t **spec);
void spec_destroy(spec_t **spec);

/* The options of the file as one configuration, without axes and arms: for programs that run no
 * sweep. Borrowed, lives as long as the spec. */
const config_t *spec_config(const spec_t *spec);

const char *spec_name(const spec_t *spec);
uint64_t spec_seed(const spec_t *spec);
int spec_replicas(const spec_t *spec);

/* The arms of a comparison, in the order of the file; the base alone when there are none. */
#define ARM_BASE "base"
size_t spec_arm_count(const spec_t *spec);
const char *spec_arm(const spec_t *spec, size_t index);

/* A search along one option: spec/search.h. */
typedef struct search {
    const char *key; /* the option; borrowed                                     */
    double from, to; /* the ladder lies between, neither is on it                */
    double below;    /* a rung is stable when its rate of divergence is below this */
    int rounds;      /* rungs that are asked                                     */
    size_t rungs;    /* of the ladder, 2^rounds - 1                              */
} search_t;

/* NULL when the sweep is none. Borrowed, lives as long as the spec. */
const search_t *spec_search(const spec_t *spec);

/* The keys that axes, search, include and arms set, in canonical order, NULL-terminated: what tells
 * the trials of the sweep apart. Borrowed, lives as long as the spec. */
const char *const *spec_varied(const spec_t *spec);

/* The whole spec with all defaults filled in, as YAML that spec_load reads back to the same sweep.
 * Borrowed, lives as long as the spec. */
const char *spec_expanded(const spec_t *spec);

/* Would two specs give the same results? The lines that differ as of spec_diff, but for options
 * that keep results (field.h); malloc'd, the caller frees. "" when they would, NULL when memory is
 * out. */
char *spec_difference(const spec_t *before, const spec_t *after);

/* A unified-diff-like list of lines that differ between two expanded texts ("- train.steps: 100",
 * "+ train.steps: 200"); malloc'd, the caller frees. "" when equal. */
char *spec_diff(const char *before, const char *after);

/* Prints every option with its default, doc, type and range or choices, as comments: what is
 * printed is the body of a sweep file that changes nothing. */
void spec_print_fields(const field_set_t *const *sets);

#endif
