#include "figure/page.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/build.h"
#include "base/clock.h"
#include "base/text.h"
#include "external/options.h"
#include "figure/figure.h"
#include "figure/html.h"
#include "report/render.h"
#include "train/train.h"

/* The text of a file of this folder, terminated; taken in when this one is assembled, so that the
 * program needs no file beside it. */
#define ASSET(name, path)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            "asset_" #name ":\n.incbin \"" path "\"\n.byte 0\n"                                    \
            ".previous\n");                                                                        \
    extern const char asset_##name[] __attribute__((visibility("hidden")))
ASSET(script, "src/figure/page.js");
ASSET(style, "src/figure/page.css");

/* --- head --- */

/* No address but the page's own: a browser that keeps to this sends no request. */
static const char policy[] = "default-src 'none'; style-src 'unsafe-inline'; script-src "
                             "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

static void write_themes(FILE *out) {
    fputs(
        "@media (prefers-color-scheme: dark) { :root:not([data-theme]) { --paper: #16181d; --text: "
        "#e8e9ed; --muted: #9ea2ac; --line: #343841; --accent: #4aa3df; } }\n",
        out);
    ink_write_css(out, THEME_LIGHT, "");
    ink_write_css(out, THEME_DARK, ":root[data-theme=dark] ");
}

static void write_head(const study_t *study, int reload, FILE *out) {
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n", out);
    fprintf(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", out);
    html_print(out, "%s – koopsweep", study_name(study));
    fputs("</title>\n", out);
    if (reload)
        fprintf(out, "<noscript><meta http-equiv=\"refresh\" content=\"%d\"></noscript>\n", reload);
    fputs("<link rel=\"icon\" href=\"data:,\">\n<style>\n", out);
    fputs(asset_style, out);
    write_themes(out);
    fputs("</style></head><body>\n", out);
}

/* --- what was swept --- */

static void write_fact(FILE *out, const char *name, const char *value) {
    fputs("<dt>", out);
    html_write(out, name);
    fputs("</dt><dd>", out);
    html_write(out, value);
    fputs("</dd>\n", out);
}

static void write_states(const study_t *study, FILE *out) {
    size_t count[TRIAL_STATES] = {0}, rows = study->trials.rows;
    char text[256] = "";
    for (size_t row = 0; row < rows; row++) {
        trial_state_t state = trial_state_find(study_texts(study, "state")[row]);
        if (state < TRIAL_STATES) count[state]++;
    }
    for (int s = 0; s < TRIAL_STATES; s++)
        if (count[s])
            text_append(text, sizeof text, "%s%zu %s", *text ? ", " : "", count[s],
                        trial_state_name((trial_state_t)s));
    text_append(text, sizeof text, " of %zu trials", rows);
    write_fact(out, "trials", text);
}

/* Of all that ended: seconds on their ranks. */
static double core_hours(const study_t *study) {
    double sum = 0;
    const double *seconds = study_numbers(study, "outcome/seconds");
    for (size_t row = 0; seconds && row < study->trials.rows; row++) {
        double ranks =
            config_number(plan_trial(study->plan, row)->config, "resources.ranks_per_trial");
        if (isfinite(seconds[row])) sum += seconds[row] * (ranks > 1 ? ranks : 1);
    }
    return sum / 3600;
}

static void write_time(const study_t *study, FILE *out) {
    char text[160], duration[CLOCK_TEXT_MAX];
    clock_duration(study->lanes.seconds, duration, sizeof duration);
    snprintf(text, sizeof text, "%.3g core hours of trials", core_hours(study));
    if (study->lanes.count)
        text_append(text, sizeof text, ", in %s on %zu ranks, busy %.0f %%", duration,
                    study->lanes.count, 100 * study->lanes.busy);
    write_fact(out, "time", text);
}

/* The values of an option, "1e-3, 3e-3 and 1e-2", at most a handful. */
static void write_varied(const study_t *study, FILE *out) {
    enum { NAMED_MAX = 8 };
    for (size_t k = 0; k < study->varied_count; k++) {
        char text[512] = "";
        groups_t groups = study_groups(study, study->varied[k]);
        for (size_t g = 0; g < groups.count && g < NAMED_MAX; g++)
            text_append(text, sizeof text, "%s%s", g ? ", " : "", groups.names[g]);
        if (groups.count > NAMED_MAX)
            text_append(text, sizeof text, ", ... (%zu values)", groups.count);
        write_fact(out, study->varied[k], text);
        groups_free(&groups);
    }
}

/* The first entry of a column of texts that says anything. */
static const char *any_text(const study_t *study, const char *column) {
    char *const *texts = study_texts(study, column);
    for (size_t row = 0; texts && row < study->trials.rows; row++)
        if (*texts[row]) return texts[row];
    return "";
}

static void write_versions(const study_t *study, FILE *out) {
    char text[512];
    snprintf(text, sizeof text, "koopsweep %s (%s); trials: %s, kernels for %s, %s (%s), %s",
             build_version(), build_commit(), any_text(study, "outcome/compiler"),
             any_text(study, "outcome/isa"), any_text(study, "outcome/blas"),
             any_text(study, "outcome/blas_core"), any_text(study, "outcome/mpi"));
    write_fact(out, "versions", text);
}

/* An option of all trials, or that it varied. */
static const char *value_of(const study_t *study, const char *key) {
    for (size_t k = 0; k < study->varied_count; k++)
        if (strcmp(study->varied[k], key) == 0) return "varied";
    const char *text = config_text(plan_trial(study->plan, 0)->config, key);
    return text ? text : "n/a";
}

/* Of a program outside only its parameters are known. */
static void write_outside(const study_t *study, FILE *out) {
    html_print(out, "%zu trials of the program %s were run by koopsweep %s (%s); varied: ",
               study->trials.rows, value_of(study, "external.command"), build_version(),
               build_commit());
    for (size_t k = 0; k < study->varied_count; k++)
        html_print(out, "%s%s", k ? ", " : "", study->varied[k]);
    html_print(out, "; seed %ju. ", (uintmax_t)plan_trial(study->plan, 0)->seed);
}

static void write_inside(const study_t *study, FILE *out) {
    html_print(
        out,
        "%zu trials of the task %s were trained with koopsweep %s (%s): architecture %s, "
        "normalisation %s, width %s, %s layers; optimizer %s, learning rate %s, batch %s, %s "
        "steps; seed %ju. ",
        study->trials.rows, value_of(study, "task.name"), build_version(), build_commit(),
        value_of(study, "model.arch"), value_of(study, "model.norm"),
        value_of(study, "model.width"), value_of(study, "model.layers"),
        value_of(study, "train.optimizer"), value_of(study, "train.lr"),
        value_of(study, "train.batch"), value_of(study, "train.steps"),
        (uintmax_t)plan_trial(study->plan, 0)->seed);
}

/* What a methods section has to say, to be copied. */
static void write_methods(const study_t *study, FILE *out) {
    fputs("<details><summary>for a methods section</summary><p>", out);
    if (external_is_asked(plan_trial(study->plan, 0)->config))
        write_outside(study, out);
    else
        write_inside(study, out);
    html_print(
        out,
        "A run counts as diverged when its task loss exceeds %s, its gradient norm exceeds "
        "%s, or either is not finite. Layer spectra are those of whitened dynamic mode "
        "decomposition of the residual stream at initialisation (RKSP, arXiv 2602.22988): "
        "M~1 is the share of eigenvalues with modulus in [0.90, 1.05], its mean over layers.",
        value_of(study, "diverge.loss"), value_of(study, "diverge.grad_norm"));
    fputs("</p></details>\n", out);
}

/* Why trials failed, in the words of who failed them. */
static void write_failed(const study_t *study, FILE *out) {
    enum { NAMED_MAX = 20 };
    char *const *states = study_texts(study, "state");
    char *const *messages = study_texts(study, "outcome/message");
    size_t count = 0;
    for (size_t row = 0; messages && row < study->trials.rows; row++) {
        if (trial_state_find(states[row]) != TRIAL_FAILED || ++count > NAMED_MAX) continue;
        if (count == 1) fputs("<details><summary>why trials failed</summary><ul>\n", out);
        fputs("<li>", out);
        html_print(out, "%s: %s", plan_trial(study->plan, row)->id, messages[row]);
        fputs("</li>\n", out);
    }
    if (count > NAMED_MAX) fprintf(out, "<li>and %zu more</li>\n", count - NAMED_MAX);
    if (count) fputs("</ul></details>\n", out);
}

/* Of a profile there is less to say: its tables have notes. */
static void write_network(const study_t *study, FILE *out) {
    static const char *const facts[][2] = {{"layers", "transitions"}, {"width", "features"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        int64_t number;
        char text[32];
        if (record_get(&study->profile, facts[i][0], RECORD_I64, 1, &number) != STATUS_OK) continue;
        snprintf(text, sizeof text, "%lld", (long long)number);
        write_fact(out, facts[i][1], text);
    }
    const record_item_t *names = record_find(&study->profile, "conventions");
    if (names) write_fact(out, "conventions", names->data);
}

static void write_run(const study_t *study, FILE *out) {
    write_states(study, out);
    write_time(study, out);
    write_varied(study, out);
    write_versions(study, out);
    write_fact(out, "run", study->run_dir);
}

static void write_overview(const study_t *study, FILE *out) {
    fputs("<header><h1>", out);
    html_write(out, study_name(study));
    fputs("</h1>\n<dl class=\"facts\">\n", out);
    if (study->plan)
        write_run(study, out);
    else
        write_network(study, out);
    fputs("</dl>\n", out);
    if (study->result_count > study->shown_count)
        html_print(out,
                   "Figures show %zu of %zu trials with a result, evenly chosen; tables count all.",
                   study->shown_count, study->result_count);
    if (study->plan) write_failed(study, out);
    if (study->plan) write_methods(study, out);
    fputs("</header>\n", out);
}

/* --- figures --- */

static int has_any(const study_t *study, const char *section) {
    for (size_t i = 0; figure_rows[i]; i++)
        if (strcmp(figure_rows[i]->section, section) == 0 && figure_rows[i]->height(study) > 0)
            return 1;
    return 0;
}

/* Each section once, at its first figure. */
static int is_first(size_t i) {
    return i == 0 || strcmp(figure_rows[i]->section, figure_rows[i - 1]->section) != 0;
}

static void write_nav(const study_t *study, FILE *out) {
    fputs("<nav aria-label=\"sections\">", out);
    for (size_t i = 0; figure_rows[i]; i++)
        if (is_first(i) && has_any(study, figure_rows[i]->section))
            fprintf(out, "<a href=\"#%s\">%s</a>", figure_rows[i]->name, figure_rows[i]->section);
    if (study->table_count) fputs("<a href=\"#tables\">Tables</a>", out);
    if (study->plan) fputs("<a href=\"#all-trials\">Trials</a>", out);
    fputs("<span class=\"fill\"></span>"
          "<span id=\"kept\" role=\"status\"></span>"
          "<button id=\"theme\">light / dark</button></nav>\n",
          out);
}

static status_t write_figure(const study_t *study, const figure_t *figure, FILE *out) {
    canvas_t canvas;
    status_t status = figure_draw(figure, study, &canvas_svg, 1, &canvas);
    if (status == STATUS_OK) {
        fprintf(out, "<figure data-figure=\"%s\"><h3>%s</h3>\n", figure->name, figure->title);
        if (strcmp(figure->name, "parallel") == 0)
            fputs("<div id=\"filters\" class=\"filters\"></div>\n", out);
        fwrite(canvas.text, 1, canvas.size, out);
        fprintf(out, "<figcaption>%s</figcaption></figure>\n", figure->caption);
    }
    canvas_free(&canvas);
    return status;
}

static status_t write_figures(const study_t *study, FILE *out) {
    for (size_t i = 0; figure_rows[i]; i++) {
        const figure_t *figure = figure_rows[i];
        if (!has_any(study, figure->section)) continue;
        if (is_first(i))
            fprintf(out, "<section id=\"%s\"><h2>%s</h2>\n", figure->name, figure->section);
        if (figure->height(study) > 0) TRY(write_figure(study, figure, out));
        if (!figure_rows[i + 1] || is_first(i + 1)) fputs("</section>\n", out);
    }
    return STATUS_OK;
}

/* --- trials --- */

/* What stands behind the options. */
static const char *const results[][2] = {{"summary/m_near_unit", "M~1"},
                                         {"summary/rho", "rho"},
                                         {"outcome/loss_last", "last loss"},
                                         {"outcome/valid_loss", "held-out loss"},
                                         {"outcome/step", "step"}};
enum { RESULTS_SHOWN = sizeof results / sizeof *results };

static void add_value(cJSON *trial, const study_t *study, const char *column, size_t row) {
    const double *number = study_numbers(study, column);
    char *const *text = study_texts(study, column);
    char digits[32];
    if (number && isfinite(number[row])) {
        snprintf(digits, sizeof digits, "%.6g", number[row]);
        cJSON_AddItemToArray(trial, cJSON_CreateRaw(digits));
    } else {
        cJSON_AddItemToArray(trial, text ? cJSON_CreateString(text[row]) : cJSON_CreateNull());
    }
}

static cJSON *trial_json(const study_t *study, size_t row) {
    cJSON *trial = cJSON_CreateArray();
    cJSON_AddItemToArray(trial, cJSON_CreateNumber((double)row));
    cJSON_AddItemToArray(trial, cJSON_CreateString(plan_trial(study->plan, row)->id));
    for (size_t k = 0; k < study->varied_count; k++) add_value(trial, study, study->varied[k], row);
    cJSON_AddItemToArray(trial, cJSON_CreateString(study_texts(study, "state")[row]));
    for (size_t k = 0; k < RESULTS_SHOWN; k++) add_value(trial, study, results[k][0], row);
    return trial;
}

/* Inside a script element nothing but its end is markup: "</" and "<!" are broken up there. */
static void write_json(const char *text, FILE *out) {
    static const char *const escapes[][2] = {{"<", "\\u003c"}, {NULL, NULL}};
    render_replaced(text, escapes, out);
}

static status_t write_data(const study_t *study, int reload, FILE *out) {
    cJSON *data = cJSON_CreateObject(), *columns = cJSON_AddArrayToObject(data, "columns");
    cJSON_AddStringToObject(data, "name", study_name(study));
    cJSON_AddNumberToObject(data, "reload", reload);
    cJSON_AddNumberToObject(data, "options", (double)study->varied_count + 1);
    cJSON_AddItemToArray(columns, cJSON_CreateString("trial"));
    for (size_t k = 0; k < study->varied_count; k++)
        cJSON_AddItemToArray(columns, cJSON_CreateString(study->varied[k]));
    cJSON_AddItemToArray(columns, cJSON_CreateString("state"));
    for (size_t k = 0; k < RESULTS_SHOWN; k++)
        cJSON_AddItemToArray(columns, cJSON_CreateString(results[k][1]));
    cJSON *trials = cJSON_AddArrayToObject(data, "trials");
    for (size_t i = 0; i < study->shown_count; i++)
        cJSON_AddItemToArray(trials, trial_json(study, study->shown[i].row));
    char *text = cJSON_PrintUnformatted(data);
    cJSON_Delete(data);
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for a report");
    fputs("<script type=\"application/json\" id=\"data\">", out);
    write_json(text, out);
    fputs("</script>\n", out);
    free(text);
    return STATUS_OK;
}

static void write_trial_table(const study_t *study, FILE *out) {
    fputs("<section id=\"all-trials\"><h2>Trials</h2>\n<noscript>Every trial's options and results "
          "are in the run's files: koopsweep explain RUN TRIAL.</noscript>\n<div class=\"scroll\">"
          "<table class=\"sortable\" id=\"trials\"><thead><tr><th scope=\"col\" "
          "class=\"text\"><button>trial</button></th>",
          out);
    for (size_t k = 0; k < study->varied_count; k++) {
        fputs("<th scope=\"col\"><button>", out);
        html_write(out, study->varied[k]);
        fputs("</button></th>", out);
    }
    fputs("<th scope=\"col\" class=\"text\"><button>state</button></th>", out);
    for (size_t k = 0; k < RESULTS_SHOWN; k++)
        fprintf(out, "<th scope=\"col\"><button>%s</button></th>", results[k][1]);
    fputs("</tr></thead><tbody></tbody></table></div></section>\n", out);
}

status_t page_write(const study_t *study, int reload, FILE *out) {
    write_head(study, reload, out);
    write_overview(study, out);
    write_nav(study, out);
    fputs("<main>\n", out);
    TRY(write_figures(study, out));
    if (study->table_count) fputs("<section id=\"tables\"><h2>Tables</h2>\n", out);
    for (size_t i = 0; i < study->table_count; i++) html_table(out, &study->tables[i]);
    if (study->table_count) fputs("</section>\n", out);
    if (study->plan) write_trial_table(study, out);
    fputs("</main>\n", out);
    TRY(write_data(study, reload, out));
    fputs("<script>\n", out);
    fputs(asset_script, out);
    fputs("</script></body></html>\n", out);
    return STATUS_OK;
}
