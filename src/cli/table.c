/* table.c: koopsweep table RUN [RECIPE...]: the tables of a run, finished or not. */
#include "cli/cli.h"
#include "cli/loaded.h"
#include "cli/saved.h"
#include "report/recipe.h"
#include "report/render.h"

enum { RECIPES_MAX = 16 };

struct table_options {
    const char *format;
};

static const cli_option_t options[] = {
    {"format", 'f', CLI_CHOICE, offsetof(struct table_options, format), "FORMAT",
     .choices = renderer_names, .doc = "how the tables are written"},
    {0},
};

static status_t load_trials(const char *run_dir, frame_t *trials) {
    saved_t saved;
    TRY(saved_open(run_dir, &saved));
    status_t status = loaded_trials(run_dir, &saved, trials);
    saved_close(&saved);
    return status;
}

/* The recipes named, or those made by default. */
static status_t choose(const cli_call_t *call, const recipe_t *chosen[RECIPES_MAX], size_t *count) {
    *count = 0;
    for (int i = 1; i < call->operand_count; i++) {
        const recipe_t *recipe = recipe_find(call->operands[i]);
        if (!recipe) return STATUS_SPEC;
        chosen[(*count)++] = recipe;
    }
    for (const recipe_t *r = recipes; call->operand_count == 1 && r->name; r++)
        if (r->is_default) chosen[(*count)++] = r;
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    const struct table_options *given = call->options;
    const recipe_t *chosen[RECIPES_MAX];
    report_table_t tables[RECIPES_MAX];
    frame_t trials = {0};
    size_t count;
    TRY(choose(call, chosen, &count));
    TRY(load_trials(call->operands[0], &trials));
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
#define RECIPE(name, is_default, doc) "\n  " #name "\t" doc
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
