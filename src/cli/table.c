/* table.c: koopsweep table RUN [RECIPE...]: the tables of a run, finished or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/loaded.h"
#include "cli/saved.h"
#include "report/recipe.h"
#include "report/render.h"
#include "stats/scratch.h"

enum { RECIPES_MAX = 16 };

struct table_options {
    const char *format, *base;
};

static const cli_option_t options[] = {
    {"format", 'f', CLI_CHOICE, offsetof(struct table_options, format), "FORMAT",
     .choices = renderer_names, .doc = "how the tables are written"},
    {"base", 'b', CLI_TEXT, offsetof(struct table_options, base), "ARM",
     .doc = "the arm that arms, curvature, quality and families compare the others with"},
    {0},
};

static status_t check_arm(const spec_t *spec, const char *name) {
    char help[256];
    size_t count = spec_arm_count(spec), i = 0;
    const char **names = scratch(count + 1, sizeof *names);
    for (; i < count; i++) names[i] = spec_arm(spec, i);
    names[count] = NULL;
    for (i = 0; i < count && strcmp(names[i], name) != 0; i++) continue;
    text_suggest(name, names, help, sizeof help);
    free(names);
    CHECK(i < count, STATUS_SPEC, "--base %s: the sweep has no such arm; %s", name, help);
    return STATUS_OK;
}

/* What the recipes find of it: a column, as for all that they know of a sweep. */
static void choose_base(const char *name, frame_t *trials) {
    for (size_t row = 0; row < trials->rows; row++) frame_set_text(trials, "pairs.base", row, name);
}

static status_t load_trials(const char *run_dir, const char *base, frame_t *trials) {
    saved_t saved;
    TRY(saved_open(run_dir, &saved));
    status_t status = base ? check_arm(saved.spec, base) : STATUS_OK;
    if (status == STATUS_OK) status = loaded_trials(run_dir, &saved, trials);
    if (status == STATUS_OK && base) choose_base(base, trials);
    saved_close(&saved);
    return status;
}

/* The recipes named, or those made by default. */
static status_t choose(const cli_call_t *call, const recipe_t *chosen[RECIPES_MAX], size_t *count) {
    const struct table_options *given = call->options;
    *count = 0;
    for (int i = 1; i < call->operand_count; i++) {
        const recipe_t *recipe = recipe_find(call->operands[i]);
        if (!recipe) return STATUS_SPEC;
        chosen[(*count)++] = recipe;
    }
    for (const recipe_t *r = recipes; call->operand_count == 1 && r->name; r++)
        if (r->is_default) chosen[(*count)++] = r;
    for (size_t i = 0; i < *count && given->base; i++)
        CHECK(chosen[i]->has_base, STATUS_SPEC,
              "--base %s: recipe %s compares nothing with a base arm; arms, curvature, quality and "
              "families do",
              given->base, chosen[i]->name);
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    const struct table_options *given = call->options;
    const recipe_t *chosen[RECIPES_MAX];
    report_table_t tables[RECIPES_MAX];
    frame_t trials = {0};
    size_t count;
    TRY(choose(call, chosen, &count));
    TRY(load_trials(call->operands[0], given->base, &trials));
    for (size_t i = 0; i < count; i++) tables[i] = chosen[i]->make(&trials);
    render_find(given->format)->render(tables, count, stdout);
    for (size_t i = 0; i < count; i++) report_table_destroy(&tables[i]);
    frame_clear(&trials);
    return STATUS_OK;
}

static const char detail[] =
    "Trials without a result yet are left out and counted. Without a recipe: table1, table2.\n"
    "Where the locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8, text is in ASCII.\n"
    "\n"
    "Recipes:"
#define RECIPE(name, is_default, has_base, doc) "\n  " #name "\t" doc
#include "report/recipes.def"
#undef RECIPE
    ;

const cli_verb_t cli_table = {
    .name = "table",
    .operands = "RUN [RECIPE...]",
    .operands_min = 1,
    .operands_max = 1 + RECIPES_MAX,
    .doc = "which runs diverge and what tells so, beside the published values",
    .detail = detail,
    .options = options,
    .options_size = sizeof(struct table_options),
    .defaults = &(const struct table_options){.format = "text"},
    .run = run,
};
