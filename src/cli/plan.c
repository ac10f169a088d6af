/* plan.c: koopsweep plan SPEC: what a sweep will be, before anything runs. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/budget.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/power.h"
#include "external/options.h"
#include "model/resources.h"
#include "plan/search.h"
#include "sweep/launch.h"
#include "train/idle.h"
#include "train/order_options.h"

#define MEASURE_SECONDS 0.2

struct plan_options {
    int json, list, workers;
    double gflops;
};

#define OPTION(member) offsetof(struct plan_options, member)
static const cli_option_t options[] = {
    {"json", 'j', CLI_FLAG, OPTION(json), .doc = "as one JSON object"},
    {"list", 'l', CLI_FLAG, OPTION(list),
     .doc = "also every trial: id, replica, what it varies, - where that has no effect"},
    {"workers", 'n', CLI_INT, OPTION(workers), "N", 1, 1e6,
     .doc = "trials at once; else one per core"},
    {"gflops", 0, CLI_REAL, OPTION(gflops), "RATE", 1e-3, 1e9,
     .doc = "training speed of one core, GFLOP/s; else measured here"},
    {0},
};

/* All that is said about a sweep. */
typedef struct view {
    const plan_t *plan; /* borrowed */
    budget_t budget;
    rate_t rate;
    int workers;
} view_t;

/* "12.3 million", "4.56e+13", for people. */
static const char *large(double number, char text[32]) {
    if (number >= 1e12)
        snprintf(text, 32, "%.3g", number);
    else if (number >= 1e9)
        snprintf(text, 32, "%.3g billion", number * 1e-9);
    else if (number >= 1e6)
        snprintf(text, 32, "%.3g million", number * 1e-6);
    else
        snprintf(text, 32, "%.0f", number);
    return text;
}

/* "1.5 MiB". */
static const char *bytes(double number, char text[32]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    for (; number >= 1024 && unit < 5; unit++) number /= 1024;
    snprintf(text, 32, "%.*f %s", unit > 0 && number < 100, number, units[unit]);
    return text;
}

/* One line of the summary: "trials       48 = 16 configurations x 3 replicas". */
static void say(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const char *what, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("%-12s ", what);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

static void print_arms(const plan_t *plan) {
    char found[512];
    power_t power = power_of(plan);
    if (power.pairs) {
        power_describe(&power, found, sizeof found);
        say("arms", "%zu; %s", spec_arm_count(plan_spec(plan)), found);
        power_describe_margin(&power, found, sizeof found);
        say("no worse", "%s", found);
    }
    if (power_is_uncontrolled(plan, found, sizeof found)) say("warning", "%s", found);
}

static void warn(void *context, const char *sentence) {
    (void)context;
    say("warning", "%s", sentence);
}

static void say_held_out(void *context, const char *text) {
    (void)context;
    say("data", "%s", text);
}

static void print_search(const plan_t *plan) {
    const search_t *search = spec_search(plan_spec(plan));
    if (!search) return;
    say("search",
        "%s between %g and %g, %zu times: %d of %zu rungs each, %zu trials run at most, the "
        "others are skipped",
        search->key, search->from, search->to, search_ladders(plan), search->rounds, search->rungs,
        search_trials(plan));
}

static double screening_seconds(const view_t *view) {
    return view->budget.screening_flops / view->rate.flops / view->workers;
}

static void print_order(const view_t *view) {
    char duration[CLOCK_TEXT_MAX];
    order_options_t order = order_options(plan_trial(view->plan, 0)->config);
    clock_duration(screening_seconds(view), duration, sizeof duration);
    if (order.by == ORDER_BY_CHANCE) say("order", "random");
    if (order.by == ORDER_BY_SCORE)
        say("order",
            "by %s, the %s first, and %g %% of the turns at random; all are screened "
            "before, in about %s of the time below",
            order.score, order.direction == ORDER_HIGHEST_FIRST ? "highest" : "lowest",
            100 * order.audit, duration);
}

/* What a program outside takes (external.command) nobody knows before it has run. */
static int is_outside(const view_t *view) {
    return external_is_asked(plan_trial(view->plan, 0)->config);
}

static void print_costs(const view_t *view) {
    const budget_t *budget = &view->budget;
    char a[32], b[32];
    clock_duration(budget_seconds(budget, view->rate, view->workers), a, sizeof a);
    say("time", "about %s: %d at once, %.3g GFLOP/s each (%s)", a, view->workers,
        view->rate.flops * 1e-9, view->rate.origin);
    say("work", "%s FLOPs, the largest trial %s", large(budget->flops, a),
        large(budget->flops_max, b));
    say("parameters", "%s to %s a model", large(budget->parameters_min, a),
        large(budget->parameters_max, b));
    say("memory", "%s a trial at most, %s for %d at once", bytes(budget->bytes_max, a),
        bytes(budget->bytes_max * view->workers, b), view->workers);
}

static void print_summary(const view_t *view) {
    const budget_t *budget = &view->budget;
    const spec_t *spec = plan_spec(view->plan);
    char a[32], varied[1024], without_effect[512];
    size_t twins = plan_twins(view->plan, without_effect, sizeof without_effect);
    text_join(spec_varied(spec), varied, sizeof varied);
    say("sweep", "%s, seed %" PRIu64, spec_name(spec), spec_seed(spec));
    say("trials", "%zu = %zu configurations x %d replicas", budget->trials, budget->configurations,
        spec_replicas(spec));
    if (twins)
        say("twins",
            "%zu more configurations vary only what has no effect there (%s) and are one with "
            "these",
            twins, without_effect);
    say("varied", "%s", *varied ? varied : "nothing");
    trials_preview_cuts(view->plan, say_held_out, NULL);
    print_search(view->plan);
    print_arms(view->plan);
    idle_options(view->plan, warn, NULL);
    print_order(view);
    if (is_outside(view))
        say("time", "not known before some trials have run (external.command); %d at once",
            view->workers);
    else
        print_costs(view);
    say("disk", "%.0f files, about %s", budget->files, bytes(budget->disk_bytes, a));
}

/* How many characters the column of `key` needs; 0 for the last one, which is not padded. */
static int column_width(const plan_t *plan, const char *key, int is_last) {
    size_t width = strlen(key);
    for (size_t i = 0; i < plan_count(plan) && !is_last; i++) {
        size_t length = strlen(config_shown(plan_trial(plan, i)->config, key));
        if (length > width) width = length;
    }
    return is_last ? 0 : (int)width;
}

static status_t print_list(const plan_t *plan) {
    const char *const *keys = spec_varied(plan_spec(plan));
    size_t count = 0;
    while (keys[count]) count++;
    int *widths = calloc(count + 1, sizeof *widths);
    CHECK(widths, STATUS_ENVIRONMENT, "out of memory");
    printf("\n%-*s  replica", TRIAL_ID_LENGTH, "id");
    for (size_t k = 0; k < count; k++) {
        widths[k] = column_width(plan, keys[k], k + 1 == count);
        printf("  %-*s", widths[k], keys[k]);
    }
    for (size_t i = 0; i < plan_count(plan); i++) {
        const trial_t *trial = plan_trial(plan, i);
        printf("\n%s  %7" PRIu32, trial->id, trial->replica);
        for (size_t k = 0; k < count; k++)
            printf("  %-*s", widths[k], config_shown(trial->config, keys[k]));
    }
    putchar('\n');
    free(widths);
    return STATUS_OK;
}

/* Of a sweep with arms. */
static void add_arms_json(cJSON *json, const plan_t *plan) {
    power_t power = power_of(plan);
    if (!power.pairs) return;
    cJSON *arms = cJSON_AddArrayToObject(json, "arms"), *found;
    for (size_t i = 0; i < spec_arm_count(plan_spec(plan)); i++)
        cJSON_AddItemToArray(arms, cJSON_CreateString(spec_arm(plan_spec(plan), i)));
    cJSON_AddNumberToObject(json, "pairs", (double)power.pairs);
    found = cJSON_AddObjectToObject(json, "detectable_fall");
    cJSON_AddNumberToObject(found, "base_rate", power.base_rate);
    cJSON_AddNumberToObject(found, "power", power.power);
    json_add_number(found, "nested", power.fall.nested);
    json_add_number(found, "independent", power.fall.independent);
    found = cJSON_AddObjectToObject(json, "no_worse");
    cJSON_AddNumberToObject(found, "power", power.power);
    json_add_number(found, "margin", power.margin);
}

static void add_held_out(void *array, const char *text) {
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

/* Of a sweep that cuts a part off its data. */
static void add_held_out_json(cJSON *json, const plan_t *plan) {
    cJSON *array = cJSON_CreateArray();
    trials_preview_cuts(plan, add_held_out, array);
    if (cJSON_GetArraySize(array) > 0)
        cJSON_AddItemToObject(json, "held_out", array);
    else
        cJSON_Delete(array);
}

/* Of a sweep with search. */
static void add_search_json(cJSON *json, const plan_t *plan) {
    const search_t *search = spec_search(plan_spec(plan));
    if (!search) return;
    cJSON *found = cJSON_AddObjectToObject(json, "search");
    cJSON_AddStringToObject(found, "key", search->key);
    cJSON_AddNumberToObject(found, "from", search->from);
    cJSON_AddNumberToObject(found, "to", search->to);
    cJSON_AddNumberToObject(found, "below", search->below);
    cJSON_AddNumberToObject(found, "rounds", search->rounds);
    cJSON_AddNumberToObject(found, "rungs", (double)search->rungs);
    cJSON_AddNumberToObject(found, "ladders", (double)search_ladders(plan));
    cJSON_AddNumberToObject(found, "trials_at_most", (double)search_trials(plan));
}

/* Of a sweep that goes by an order. */
static void add_order_json(cJSON *json, const view_t *view) {
    order_options_t order = order_options(plan_trial(view->plan, 0)->config);
    if (order.by == ORDER_BY_LENGTH) return;
    cJSON *found = cJSON_AddObjectToObject(json, "order");
    cJSON_AddStringToObject(found, "by", order.score);
    if (order.by != ORDER_BY_SCORE) return;
    cJSON_AddStringToObject(found, "first",
                            order.direction == ORDER_HIGHEST_FIRST ? "highest" : "lowest");
    cJSON_AddNumberToObject(found, "audit", order.audit);
    cJSON_AddNumberToObject(found, "screening_flops", view->budget.screening_flops);
    cJSON_AddNumberToObject(found, "screening_seconds", screening_seconds(view));
}

/* The summary as an object; the caller deletes it. */
static cJSON *summary_json(const view_t *view) {
    const budget_t *budget = &view->budget;
    const spec_t *spec = plan_spec(view->plan);
    cJSON *json = cJSON_CreateObject(), *varied;
    char without_effect[512];
    size_t twins = plan_twins(view->plan, without_effect, sizeof without_effect);
    cJSON_AddStringToObject(json, "format", "koopsweep plan");
    cJSON_AddNumberToObject(json, "version", PLAN_JSON_VERSION);
    cJSON_AddStringToObject(json, "name", spec_name(spec));
    cJSON_AddNumberToObject(json, "seed", (double)spec_seed(spec));
    cJSON_AddNumberToObject(json, "replicas", spec_replicas(spec));
    cJSON_AddNumberToObject(json, "configurations", (double)budget->configurations);
    cJSON_AddNumberToObject(json, "trials", (double)budget->trials);
    if (twins) cJSON_AddNumberToObject(json, "twins", (double)twins);
    varied = cJSON_AddArrayToObject(json, "varied");
    for (const char *const *key = spec_varied(spec); *key; key++)
        cJSON_AddItemToArray(varied, cJSON_CreateString(*key));
    add_held_out_json(json, view->plan);
    add_search_json(json, view->plan);
    add_arms_json(json, view->plan);
    add_order_json(json, view);
    double known = is_outside(view) ? NAN : 1; /* null */
    cJSON_AddNumberToObject(json, "parameters_min", known * budget->parameters_min);
    cJSON_AddNumberToObject(json, "parameters_max", known * budget->parameters_max);
    cJSON_AddNumberToObject(json, "flops", known * budget->flops);
    cJSON_AddNumberToObject(json, "flops_largest_trial", known * budget->flops_max);
    cJSON_AddNumberToObject(json, "bytes_per_worker", known * budget->bytes_max);
    cJSON_AddNumberToObject(json, "workers", view->workers);
    cJSON_AddNumberToObject(json, "flops_per_second", view->rate.flops);
    cJSON_AddStringToObject(json, "rate_origin", view->rate.origin);
    cJSON_AddNumberToObject(json, "seconds",
                            known * budget_seconds(budget, view->rate, view->workers));
    cJSON_AddNumberToObject(json, "files", budget->files);
    cJSON_AddNumberToObject(json, "disk_bytes", budget->disk_bytes);
    return json;
}

/* Numbers stay numbers: their canonical text is JSON. */
static cJSON *trial_json(const trial_t *trial, const char *const *keys) {
    cJSON *json = cJSON_CreateObject(), *config;
    cJSON_AddStringToObject(json, "id", trial->id);
    cJSON_AddNumberToObject(json, "replica", trial->replica);
    cJSON_AddStringToObject(json, "arm", trial->arm);
    cJSON_AddStringToObject(json, "pair", trial->pair);
    config = cJSON_AddObjectToObject(json, "config");
    for (; *keys; keys++) {
        const char *text = config_text(trial->config, *keys);
        if (isnan(config_number(trial->config, *keys)))
            cJSON_AddStringToObject(config, *keys, text);
        else
            cJSON_AddRawToObject(config, *keys, text);
    }
    return json;
}

/* Prints it on one line without the closing brace when `is_open`, and deletes it. */
static void print_json(cJSON *json, int is_open) {
    char *text = cJSON_PrintUnformatted(json);
    if (text) printf("%.*s", (int)strlen(text) - is_open, text);
    free(text);
    cJSON_Delete(json);
}

/* Trials are written one by one: a million of them as one tree would not fit. */
static void print_all_json(const view_t *view, int with_trials) {
    const char *const *keys = spec_varied(plan_spec(view->plan));
    print_json(summary_json(view), with_trials);
    for (size_t i = 0; with_trials && i < plan_count(view->plan); i++) {
        fputs(i ? ",\n" : ",\"list\":[\n", stdout);
        print_json(trial_json(plan_trial(view->plan, i), keys), 0);
    }
    puts(with_trials ? "]}" : "");
}

/* A plan may be made anywhere; a run will be refused. */
static void warn_of_missing_device(const plan_t *plan) {
    for (size_t i = 0; i < plan_count(plan); i++)
        if (resources_check(plan_trial(plan, i)->config) != STATUS_OK) {
            log_warning("no trial would run here: %s", status_message());
            return;
        }
}

static status_t show(const struct plan_options *wanted, const plan_t *plan) {
    view_t view = {.plan = plan,
                   .workers = wanted->workers ? wanted->workers : launch_usable_cores(),
                   .rate = {wanted->gflops * 1e9, "given"}};
    TRY(budget_create(plan, trial_estimate, &view.budget));
    warn_of_missing_device(plan);
    if (wanted->gflops == 0) view.rate = budget_measure_rate(MEASURE_SECONDS);
    if (wanted->json) {
        print_all_json(&view, wanted->list);
        return STATUS_OK;
    }
    print_summary(&view);
    return wanted->list ? print_list(plan) : STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    spec_t *spec = NULL;
    plan_t *plan = NULL;
    status_t status;
    TRY_OR_DONE(spec_load(call->operands[0], train_field_sets, &spec));
    TRY_OR_DONE(plan_create(spec, &plan));
    TRY_OR_DONE(show(call->options, plan));
done:
    plan_destroy(&plan);
    spec_destroy(&spec);
    return status;
}

const cli_verb_t cli_plan = {
    .name = "plan",
    .operands = "SPEC",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "trials, work, memory, time, files of a sweep; nothing runs",
    .detail =
        "Reads and checks the sweep file SPEC like `run` does and adds up what its trials\n"
        "cost. What SPEC may say: koopsweep fields.\n\n"
        "Members of --json: format, version, name, seed, replicas, configurations, trials,\n"
        "varied, parameters_min, parameters_max, flops, flops_largest_trial, bytes_per_worker,\n"
        "workers, flops_per_second, rate_origin, seconds, files, disk_bytes; with --list also\n"
        "list: [{id, replica, arm, pair, config}]; where a part is cut off the data also\n"
        "held_out: [text]; where options without effect are varied also twins, the\n"
        "configurations left out because they are the same as others; of a sweep with arms also\n"
        "arms, pairs, detectable_fall: {base_rate, power, nested, independent}, the fall of the\n"
        "divergence rate that so many pairs find (null: none), no_worse: {power, margin}, the\n"
        "margin of non-inferiority, in standard deviations of the pairs' differences (null: one\n"
        "pair); of a sweep with search also\n"
        "search: {key, from, to, below, rounds, rungs, ladders, trials_at_most}, and flops and\n"
        "seconds are those of the trials that run at most; of a sweep that goes by an order\n"
        "also order: {by, first, audit, screening_flops, screening_seconds} (the screening is\n"
        "part of flops and seconds). Where external.command trains, parameters, flops, bytes\n"
        "and seconds are null. Later versions may add members; `version` grows when one changes\n"
        "its name or meaning.",
    .options = options,
    .options_size = sizeof(struct plan_options),
    .run = run,
};
