/* profile.c: koopsweep profile CHECKPOINT: spectra of a network that is trained already. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/saved.h"
#include "kernel/gemm.h"
#include "profile/record.h"
#include "profile/table.h"
#include "profile/token_input.h"
#include "ranks/ranks.h"
#include "report/render.h"
#include "store/store.h"
#include "sweep/launch.h"
#include "task/data_file.h"

static const char *const measures[] = {"auto", "all", "values", NULL};

/* Wider streams give the eigenvalues alone unless all is asked for: 10 d^3 operations, not 25. */
enum { WIDE = 2048, LENGTH = 64, CONVENTIONS_MAX = 8 };

struct profile_options_of_cli {
    const char *tokens, *text, *tokenizer, *states, *convention, *layout, *measure, *format,
        *output;
    int length, samples, final_norm, threads, ranks, ranks_per_layer;
    double patience;
};

#define AT(member) offsetof(struct profile_options_of_cli, member)
static cli_option_t options[] = {
    {"tokens", 0, CLI_TEXT, AT(tokens), "FILE",
     .doc = "token ids: a .npy of whole numbers, or a text of them"},
    {"text", 0, CLI_TEXT, AT(text), "FILE",
     .doc = "a text to tokenize; without --tokens and --text: WikiText-103's test text"},
    {"tokenizer", 0, CLI_TEXT, AT(tokenizer), "FILE",
     .doc = "a tokenizer.json; default: the one beside the checkpoint, or GPT-2's own"},
    {"states", 0, CLI_TEXT, AT(states), "FILE",
     .doc = "no checkpoint: hidden states h.0 .. h.L, [samples, width] each, of a .safetensors, "
            "HDF5 or .npz file"},
    {"convention", 'c', CLI_CHOICE, AT(convention), "NAME", .doc = "which samples and modes"},
    {"length", 't', CLI_INT, AT(length), "T", .min = 0, .max = 1 << 20,
     .doc = "tokens of a sequence; 0 = 64"},
    {"samples", 'N', CLI_INT, AT(samples), "N", .min = 0, .max = 1 << 24,
     .doc = "tokens of convention full; 0 = 4 times the width, at least 2048"},
    {"measure", 'm', CLI_CHOICE, AT(measure), "WHAT", .choices = measures,
     .doc = "values: masses, rho and eta_nl alone, without eigenvectors; auto: from d = 2048 on"},
    {"final-norm", 0, CLI_FLAG, AT(final_norm),
     .doc = "one more row: the last transition with the final norm, as Hugging Face has it"},
    {"layout", 'l', CLI_TEXT, AT(layout), "NAME",
     .doc = "how tensors are called and rotary rows lie: hf, meta; default: by the kind of file"},
    {"ranks", 'n', CLI_INT, AT(ranks), "N", .min = 1, .max = 1 << 16,
     .doc = "ranks that measure, a layer each, started with mpirun beside one that reads"},
    {"ranks-per-layer", 0, CLI_INT, AT(ranks_per_layer), "P", .min = 1, .max = 1 << 16,
     .doc = "ranks that measure one layer together (ScaLAPACK), where it is too wide for one"},
    {"patience", 0, CLI_REAL, AT(patience), "SECONDS", .min = 0, .max = 1e9,
     .doc = "end when a call of ScaLAPACK has not returned for so long; 0 = by the width"},
    {"threads", 'j', CLI_INT, AT(threads), "N", .min = 1, .max = 1024,
     .doc = "of matrix products; another number may change last digits"},
    {"format", 'f', CLI_CHOICE, AT(format), "FORMAT", .choices = renderer_names,
     .doc = "how the tables are written"},
    {"output", 'o', CLI_TEXT, AT(output), "FILE", .doc = "an HDF5 file with everything, modes too"},
    {0},
};

__attribute__((constructor)) static void find_choices(void) {
    for (cli_option_t *o = options; o->name; o++)
        if (strcmp(o->name, "convention") == 0) o->choices = convention_names();
}

typedef struct work {
    const struct profile_options_of_cli *given;
    const char *source;          /* as tables call it; a checkpoint's or a file's path       */
    const char *run_dir, *trial; /* NULL: it is no trial                                      */
    char name[PATH_MAX];         /* of a trial, for `source`                                  */
    char arch[FIELD_NAME_MAX];   /* "": states of a file                                      */
    ranks_t *ranks;              /* NULL: this process is alone */
    profile_t profiles[CONVENTIONS_MAX];
    size_t count;
} work_t;

static profile_options_t options_for(const work_t *work, int width, int rank, const char *name) {
    const char *measure = work->given->measure;
    int is_auto = strcmp(measure, "auto") == 0;
    return (profile_options_t){.rank = rank,
                               .values_only =
                                   is_auto ? width > WIDE && !rank : strcmp(measure, "values") == 0,
                               .with_norm = work->given->final_norm,
                               .is_telling = isatty(STDERR_FILENO),
                               .name = name};
}

/* By the ranks there are. */
static status_t run_profile(work_t *work, profile_options_t *wanted, source_t *source) {
    measurer_t measurer;
    if (work->ranks && ranks_count(work->ranks) > 1) {
        TRY(ranks_measurer(work->ranks, wanted, source->width, source->samples, &measurer));
        wanted->measurer = &measurer;
    }
    TRY(profile_run(wanted, source, &work->profiles[work->count]));
    work->count++;
    return STATUS_OK;
}

static int is_wanted(const work_t *work, const convention_t *convention) {
    const char *wanted = work->given->convention;
    return strcmp(wanted, "all") == 0 || strcmp(wanted, convention->name) == 0;
}

/* --- a checkpoint --- */

/* The tokenizer.json that is asked for, or lies beside the checkpoint; "": none. */
static void find_tokenizer(const work_t *work, const checkpoint_t *c, char path[PATH_MAX]) {
    struct stat about;
    const char *slash = strrchr(c->path, '/'), *given = work->given->tokenizer;
    int is_folder = stat(c->path, &about) == 0 && S_ISDIR(about.st_mode);
    int length = is_folder ? (int)strlen(c->path) : slash ? (int)(slash - c->path) : 0;
    snprintf(path, PATH_MAX, "%.*s%stokenizer.json", length, c->path, length ? "/" : "");
    if (given) snprintf(path, PATH_MAX, "%s", given);
    if (!given && access(path, F_OK) != 0) *path = '\0';
}

static status_t default_text(char path[DATA_PATH_MAX]) {
    const char *folder = getenv("KOOPSWEEP_DATA");
    CHECK(folder, STATUS_SPEC,
          "no text to read: give --tokens or --text, or set KOOPSWEEP_DATA to the folder of "
          "wikitext-103");
    return data_path(folder, "wikitext-103/wiki.test.raw", path);
}

/* More tokens than are needed do no harm; texts are read as far as they could be of use. */
static status_t read_ids(const work_t *work, const checkpoint_t *c, int32_t **ids, int64_t *count) {
    char path[DATA_PATH_MAX], tokenizer[PATH_MAX];
    const char *folder = getenv("KOOPSWEEP_DATA");
    size_t wanted = 64 * (size_t)c->options.width + 16 * (size_t)work->given->samples + (1 << 16);
    CHECK(!work->given->tokens || (!work->given->tokenizer && !work->given->text), STATUS_SPEC,
          "--tokens: are tokens already; leave out --tokenizer and --text");
    if (work->given->tokens) return token_input_read(work->given->tokens, ids, count);
    find_tokenizer(work, c, tokenizer);
    CHECK(*tokenizer || strcmp(c->options.arch, "gpt") == 0, STATUS_SPEC,
          "%s: name the tokens it is to read: --tokens FILE, or a tokenizer.json for its texts: "
          "--tokenizer FILE; there is none beside it",
          c->path);
    if (work->given->text)
        snprintf(path, sizeof path, "%s", work->given->text);
    else
        TRY(default_text(path));
    if (*tokenizer) return token_input_encode_by(path, tokenizer, wanted, ids, count);
    return token_input_encode(path, "gpt2", folder ? folder : "", wanted, ids, count);
}

static status_t profile_convention(work_t *work, const checkpoint_t *c, const int32_t *ids,
                                   int64_t count, const convention_t *convention) {
    int width = (int)c->options.width;
    input_t input = {0};
    source_t source = {0};
    profile_options_t wanted = options_for(work, width, convention->rank, convention->name);
    int length = work->given->length ? work->given->length : LENGTH;
    status_t status =
        convention_cut(convention, ids, count, length, width, work->given->samples, &input);
    if (status == STATUS_OK) status = source_of_checkpoint(c, &input, &source);
    if (status == STATUS_OK) status = run_profile(work, &wanted, &source);
    source_close(&source);
    input_clear(&input);
    return status;
}

static status_t profile_checkpoint(work_t *work) {
    status_t status;
    checkpoint_t c;
    int32_t *ids = NULL;
    int64_t count = 0;
    TRY(checkpoint_open(work->source, work->given->layout, &c));
    memcpy(work->arch, c.options.arch, sizeof work->arch);
    TRY_OR_DONE(read_ids(work, &c, &ids, &count));
    for (const convention_t *row = conventions; row->name; row++)
        if (is_wanted(work, row)) TRY_OR_DONE(profile_convention(work, &c, ids, count, row));
done:
    free(ids);
    checkpoint_close(&c);
    return status;
}

/* --- a trial: samples of its task --- */

static status_t profile_trained(work_t *work, trained_t *trained) {
    int width = (int)model_options(trained->model)->width;
    for (const convention_t *row = conventions; row->name; row++) {
        source_t source;
        if (!is_wanted(work, row)) continue;
        TRY(source_of_trained(trained, row, work->given->samples, &source));
        profile_options_t wanted = options_for(work, width, row->rank, row->name);
        status_t status = run_profile(work, &wanted, &source);
        source_close(&source);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static status_t profile_trial(work_t *work) {
    saved_t saved;
    const trial_t *trial;
    trained_t trained = {0};
    const struct profile_options_of_cli *given = work->given;
    CHECK(!given->tokens && !given->text && !given->tokenizer && !given->layout && !given->length,
          STATUS_SPEC,
          "profile RUN TRIAL: a trial is profiled on samples of its task; --tokens, --text, "
          "--length and --layout are for checkpoints (koopsweep export makes one)");
    TRY(saved_open(work->run_dir, &saved));
    status_t status = saved_find(work->run_dir, saved.plan, work->trial, &trial);
    if (status == STATUS_OK) status = trained_open(work->run_dir, trial, 0, &trained);
    if (status == STATUS_OK) {
        snprintf(work->name, sizeof work->name, "%s %s", work->run_dir, trial->id);
        snprintf(work->arch, sizeof work->arch, "%s", model_options(trained.model)->arch);
        status = profile_trained(work, &trained);
    }
    trained_close(&trained);
    saved_close(&saved);
    return status;
}

/* --- states of a file: its samples are what they are; conventions differ in the modes --- */

static status_t profile_states(work_t *work) {
    for (const convention_t *row = conventions; row->name; row++) {
        source_t source;
        if (!is_wanted(work, row)) continue;
        TRY(source_of_file(work->source, &source));
        profile_options_t wanted = options_for(work, source.width, row->rank, row->name);
        status_t status = run_profile(work, &wanted, &source);
        source_close(&source);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* --- what comes of it --- */

static status_t show(const work_t *work) {
    report_table_t tables[] = {profile_layer_table(work->source, work->profiles, work->count),
                               profile_group_table(work->arch, work->profiles, work->count)};
    render_find(work->given->format)->render(tables, 2, stdout);
    for (int i = 0; i < 2; i++) report_table_destroy(&tables[i]);
    if (!work->given->output) return STATUS_OK;
    record_t record = {0};
    profile_record(work->source, work->profiles, work->count, &record);
    status_t status = store_write_profile(work->given->output, &record);
    record_clear(&record);
    return status;
}

static status_t profile_and_show(work_t *work) {
    status_t status = work->given->states ? profile_states(work)
                      : work->trial       ? profile_trial(work)
                                          : profile_checkpoint(work);
    if (status == STATUS_OK) status = show(work);
    for (size_t i = 0; i < work->count; i++) profile_clear(&work->profiles[i]);
    return status;
}

/* Rank 0 does the work, and the others what it hands out. */
static status_t run_on_ranks(work_t *work) {
    const struct profile_options_of_cli *given = work->given;
    status_t status = ranks_open(given->ranks_per_layer, given->patience, &work->ranks);
    int is_first = ranks_rank(work->ranks) == 0;
    if (status != STATUS_OK) {
        status = is_first ? status : STATUS_OK; /* said once */
    } else if (is_first) {
        status = profile_and_show(work);
        ranks_dismiss(work->ranks);
    } else {
        status = ranks_serve(work->ranks);
    }
    ranks_close(&work->ranks);
    return status;
}

/* Ranks of this very command line, unless somebody else's mpirun has started this one. */
static status_t start_ranks(const cli_call_t *call) {
    const struct profile_options_of_cli *given = call->options;
    int per_layer = given->ranks_per_layer;
    CHECK(given->ranks % per_layer == 0, STATUS_SPEC,
          "-n %d: so many ranks make no groups of %d (--ranks-per-layer); give a multiple",
          given->ranks, per_layer);
    return launch_instead(ranks_needed(given->ranks, per_layer), call->argv);
}

static status_t run(const cli_call_t *call) {
    work_t work = {.given = call->options};
    const char *states = work.given->states;
    CHECK((states != NULL) != (call->operand_count > 0), STATUS_SPEC,
          "profile: give either CHECKPOINT, or RUN and TRIAL, or --states FILE");
    if (work.given->ranks > 1 && !launch_is_rank()) return start_ranks(call);
    CHECK(work.given->ranks_per_layer == 1 || launch_is_rank(), STATUS_SPEC,
          "--ranks-per-layer: this is one process; add -n N, or start it under mpirun or srun");
    gemm_start(work.given->threads);
    work.source = states ? states : call->operands[0];
    if (call->operand_count == 2) {
        work.run_dir = call->operands[0];
        work.trial = call->operands[1];
        work.source = work.name;
    }
    return launch_is_rank() ? run_on_ranks(&work) : profile_and_show(&work);
}

const cli_verb_t cli_profile = {
    .name = "profile",
    .operands = "[CHECKPOINT | RUN TRIAL]",
    .operands_min = 0,
    .operands_max = 2,
    .doc = "spectra of a trained network, layer by layer, beside the published ones",
    .detail =
        "CHECKPOINT is a folder with config.json and model.safetensors (or several with an "
        "index),\n"
        "one of these files, or a .bin of llama2.c: GPT-2 or LLaMA. One block at a time is in\n"
        "memory. TRIAL of a sweep: one that ran with train.keep_weights, or has a checkpoint.\n"
        "Conventions: docs/profile.md. For instance:\n\n"
        "    koopsweep profile gpt2/\n"
        "    koopsweep profile llama-2-7b/ --tokens ids.npy -o llama.h5\n"
        "    koopsweep profile runs/mine 3f9c\n"
        "    koopsweep profile --states states.safetensors -f csv\n"
        "    koopsweep profile llama-2-7b/ --tokens ids.npy -n 4   (over 4 ranks)\n",
    .options = options,
    .options_size = sizeof(struct profile_options_of_cli),
    .defaults = &(const struct profile_options_of_cli){.convention = "all",
                                                       .measure = "auto",
                                                       .format = "text",
                                                       .threads = 1,
                                                       .ranks = 1,
                                                       .ranks_per_layer = 1},
    .run = run,
};
