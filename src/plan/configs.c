#include "plan/configs.h"

#include <stdlib.h>
#include <string.h>

/* Points that a condition leaves out are walked over as well. */
enum { POINTS_MAX = 10 * TRIALS_MAX };

/* All configurations as the file gives them: points in their order, arms inside. */
typedef struct given {
    config_t *at;   /* owned [count] */
    uint64_t *hash; /* owned [count]; of what acts                                 */
    uint64_t *full; /* owned [count]; of all that is given                         */
    uint32_t *kept; /* owned [count]; the one of its twins that runs for all       */
    size_t count;
} given_t;

static void given_destroy(given_t *given) {
    free(given->at);
    free(given->hash);
    free(given->full);
    free(given->kept);
}

/* --- what the file spans --- */

/* Which entries of exclude dropped something. */
typedef struct exclusion {
    const grid_list_t *patterns; /* borrowed */
    unsigned char *is_used;      /* owned [patterns->count] */
} exclusion_t;

static int is_excluded(exclusion_t *exclusion, const config_t *config) {
    int is_out = 0;
    for (size_t i = 0; i < exclusion->patterns->count; i++) {
        if (!config_matches(config, &exclusion->patterns->grids[i])) continue;
        exclusion->is_used[i] = 1;
        is_out = 1;
    }
    return is_out;
}

/* A pattern that drops nothing is a slip of the pen: what it should drop would run. */
static status_t check_used(const spec_t *spec, const exclusion_t *exclusion) {
    char text[512];
    for (size_t i = 0; i < exclusion->patterns->count; i++) {
        const grid_t *pattern = &exclusion->patterns->grids[i];
        config_describe_given(&(config_t){.grid = pattern}, text, sizeof text);
        CHECK(exclusion->is_used[i], STATUS_SPEC,
              "%s:%d: exclude: no configuration has {%s}; correct the entry or remove it",
              spec_path(spec), pattern->line, text);
    }
    return STATUS_OK;
}

static status_t count_points(const spec_t *spec, size_t *count) {
    const space_t *space = spec_space(spec);
    double walked = (double)space->axes.points, points = walked;
    int has_conditions = grid_has_conditions(&space->axes);
    if (has_conditions && walked <= POINTS_MAX) {
        points = 0;
        for (size_t point = 0; point < space->axes.points; point++)
            points += grid_has_point(&space->axes, point);
    }
    points += (double)space->include.count;
    double trials = points * space->replicas * (double)spec_arm_count(spec);
    CHECK(trials <= TRIALS_MAX && walked <= POINTS_MAX, STATUS_SPEC,
          "%s: the sweep has %.4g trials, the limit is %d; shorten its axes, arms or replicas",
          spec_path(spec), trials, TRIALS_MAX);
    *count = (size_t)points;
    return STATUS_OK;
}

/* The configuration in every arm, one after the other. */
static void add_config(const arm_list_t *arms, config_t config, given_t *given) {
    if (!arms->count) given->at[given->count++] = config;
    for (size_t i = 0; i < arms->count; i++) {
        config.arm = &arms->arms[i].grid;
        given->at[given->count++] = config;
    }
}

/* The points of the axes that no entry of exclude drops, then the entries of include. */
static status_t give_all(const spec_t *spec, given_t *given) {
    status_t status;
    size_t points = 0;
    const space_t *space = spec_space(spec);
    exclusion_t exclusion = {.patterns = &space->exclude};
    TRY(count_points(spec, &points));
    exclusion.is_used = calloc(space->exclude.count + 1, 1);
    given->at = calloc(points * spec_arm_count(spec), sizeof *given->at);
    CHECK_OR_DONE(given->at && exclusion.is_used, STATUS_ENVIRONMENT, "out of memory");
    for (size_t point = 0; point < space->axes.points; point++) {
        config_t config = {.grid = &space->axes, .point = point};
        if (!grid_has_point(&space->axes, point) || is_excluded(&exclusion, &config)) continue;
        add_config(&space->arms, config, given);
    }
    for (size_t i = 0; i < space->include.count; i++)
        add_config(&space->arms, (config_t){.grid = &space->include.grids[i]}, given);
    TRY_OR_DONE(check_used(spec, &exclusion));
    CHECK_OR_DONE(given->count, STATUS_SPEC, "%s: exclude drops every configuration",
                  spec_path(spec));
done:
    free(exclusion.is_used);
    return status;
}

/* --- which of them are the same --- */

/* Twins side by side, and among them those that are given the same. */
static int by_hash(const void *a, const void *b, void *given) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const given_t *all = given;
    if (all->hash[x] != all->hash[y]) return all->hash[x] > all->hash[y] ? 1 : -1;
    if (all->full[x] != all->full[y]) return all->full[x] > all->full[y] ? 1 : -1;
    return (x > y) - (x < y);
}

static const char *arm_of(const spec_t *spec, size_t i) {
    return spec_arm(spec, i % spec_arm_count(spec));
}

/* Written down twice, the same in every option: a slip, unlike twins. */
static status_t check_not_twice(const spec_t *spec, const given_t *given, size_t a, size_t b) {
    const config_t *later = &given->at[b];
    char text[512];
    if (given->full[a] != given->full[b]) return STATUS_OK;
    config_describe_given(later, text, sizeof text);
    CHECK(!strcmp(arm_of(spec, a), arm_of(spec, b)), STATUS_SPEC,
          "%s: arms: %s and %s are the same for {%s}; change or remove one", spec_path(spec),
          arm_of(spec, a), arm_of(spec, b), text);
    CHECK(later->grid->line, STATUS_SPEC, "%s: axes: the zip gives {%s} twice; remove one",
          spec_path(spec), text);
    return status_fail(STATUS_SPEC, "%s:%d: include: the sweep has {%s} already; remove the entry",
                       spec_path(spec), later->grid->line, text);
}

static size_t find_base(const spec_t *spec) {
    size_t i = 0;
    while (strcmp(spec_arm(spec, i), ARM_BASE) != 0) i++;
    return i;
}

/* One of the base arm goes before others, for it is what they are compared with; then the order of
 * the file decides. */
static uint32_t first_of(const spec_t *spec, const uint32_t *twins, size_t count) {
    size_t arms = spec_arm_count(spec), base = find_base(spec);
    uint32_t first = twins[0];
    for (size_t i = 1; i < count; i++) {
        int is_base = twins[i] % arms == base, first_is_base = first % arms == base;
        if (is_base != first_is_base ? is_base : twins[i] < first) first = twins[i];
    }
    return first;
}

static status_t keep_first(const spec_t *spec, given_t *given, const uint32_t *order) {
    for (size_t first = 0, end; first < given->count; first = end) {
        for (end = first + 1;
             end < given->count && given->hash[order[end]] == given->hash[order[first]]; end++)
            TRY(check_not_twice(spec, given, order[end - 1], order[end]));
        uint32_t kept = first_of(spec, order + first, end - first);
        for (size_t i = first; i < end; i++) given->kept[order[i]] = kept;
    }
    return STATUS_OK;
}

static status_t find_twins(const spec_t *spec, given_t *given) {
    status_t status;
    uint64_t *scratch = calloc(spec_space(spec)->catalog.count + 1, sizeof *scratch);
    uint32_t *order = calloc(given->count, sizeof *order);
    given->hash = calloc(given->count, sizeof *given->hash);
    given->full = calloc(given->count, sizeof *given->full);
    given->kept = calloc(given->count, sizeof *given->kept);
    CHECK_OR_DONE(scratch && order && given->hash && given->full && given->kept, STATUS_ENVIRONMENT,
                  "out of memory for %zu configurations", given->count);
    for (size_t i = 0; i < given->count; i++) {
        order[i] = (uint32_t)i;
        given->hash[i] = config_hash(&given->at[i], NULL, scratch);
        given->full[i] = config_given_hash(&given->at[i], scratch);
    }
    qsort_r(order, given->count, sizeof *order, by_hash, given);
    TRY_OR_DONE(keep_first(spec, given, order));
done:
    free(scratch);
    free(order);
    return status;
}

/* --- what runs --- */

/* place[i]: where what runs for the given configuration i stands among those that run. */
static void keep(const spec_t *spec, const given_t *given, const uint32_t *place,
                 configs_t *configs) {
    size_t arms = spec_arm_count(spec), base = find_base(spec);
    for (size_t i = 0; i < given->count; i++) {
        int is_folded = given->kept[i] != i;
        if (given->full[i] != given->hash[i] || is_folded)
            configs->twins[configs->twin_count++] =
                (twin_t){given->at[i], given->full[i], place[i], is_folded};
        configs->folded += (size_t)is_folded;
        if (is_folded) continue;
        configs->at[configs->count] = given->at[i];
        configs->hash[configs->count] = given->hash[i];
        configs->base[configs->count++] = place[i - i % arms + base];
    }
}

static size_t count_twins(const given_t *given) {
    size_t count = 0;
    for (size_t i = 0; i < given->count; i++)
        count += given->full[i] != given->hash[i] || given->kept[i] != i;
    return count;
}

/* The searched axis is the last and varies fastest, arms stand inside it: the ladders of one point
 * of the others interleave. Twins go as whole ladders, or a bisection would lack rungs. */
static status_t make_ladder(const spec_t *spec, const given_t *given, const uint32_t *place,
                            size_t bottom, configs_t *configs) {
    size_t rungs = spec_search(spec)->rungs, arms = spec_arm_count(spec), folded = 0;
    char text[512];
    for (size_t rung = 0; rung < rungs; rung++) {
        size_t i = bottom + rung * arms;
        folded += given->kept[i] != i;
    }
    config_describe(&given->at[bottom], text, sizeof text);
    CHECK(folded == 0 || folded == rungs, STATUS_SPEC,
          "%s: search: %s has no effect for {%s}, or another ladder has some of its rungs; leave "
          "it out with exclude",
          spec_path(spec), spec_search(spec)->key, text);
    if (folded) return STATUS_OK;
    for (size_t rung = 0; rung < rungs; rung++) {
        uint32_t here = place[bottom + rung * arms];
        configs->ladders[configs->ladder_count * rungs + rung] = here;
        configs->ladder_of[here] = (uint32_t)configs->ladder_count;
    }
    configs->ladder_count++;
    return STATUS_OK;
}

static status_t make_ladders(const spec_t *spec, const given_t *given, const uint32_t *place,
                             configs_t *configs) {
    if (!spec_search(spec)) return STATUS_OK;
    size_t arms = spec_arm_count(spec), block = spec_search(spec)->rungs * arms;
    for (size_t first = 0; first < given->count; first += block)
        for (size_t arm = 0; arm < arms; arm++)
            TRY(make_ladder(spec, given, place, first + arm, configs));
    return STATUS_OK;
}

static status_t settle(const spec_t *spec, const given_t *given, configs_t *configs) {
    status_t status;
    uint32_t *place = calloc(given->count, sizeof *place), next = 0;
    configs->at = calloc(given->count, sizeof *configs->at);
    configs->hash = calloc(given->count, sizeof *configs->hash);
    configs->base = calloc(given->count, sizeof *configs->base);
    configs->twins = calloc(count_twins(given) + 1, sizeof *configs->twins);
    configs->ladders = calloc(given->count, sizeof *configs->ladders);
    configs->ladder_of = calloc(given->count, sizeof *configs->ladder_of);
    CHECK_OR_DONE(place && configs->at && configs->hash && configs->base && configs->twins &&
                      configs->ladders && configs->ladder_of,
                  STATUS_ENVIRONMENT, "out of memory for %zu configurations", given->count);
    for (size_t i = 0; i < given->count; i++)
        if (given->kept[i] == i) place[i] = next++;
    for (size_t i = 0; i < given->count; i++) place[i] = place[given->kept[i]];
    keep(spec, given, place, configs);
    TRY_OR_DONE(make_ladders(spec, given, place, configs));
done:
    free(place);
    return status;
}

status_t configs_create(const spec_t *spec, configs_t *configs) {
    given_t given = {0};
    *configs = (configs_t){0};
    status_t status = give_all(spec, &given);
    if (status == STATUS_OK) status = find_twins(spec, &given);
    if (status == STATUS_OK) status = settle(spec, &given, configs);
    given_destroy(&given);
    if (status != STATUS_OK) configs_destroy(configs);
    return status;
}

void configs_destroy(configs_t *configs) {
    free(configs->at);
    free(configs->hash);
    free(configs->base);
    free(configs->twins);
    free(configs->ladders);
    free(configs->ladder_of);
    *configs = (configs_t){0};
}
