#include "train/shares.h"

#include <stdlib.h>
#include <string.h>

#include "task/data_file.h"
#include "train/together.h"

enum { LOSS, WISHES, SPOILT, TERMS, EXTRAS = TERMS + LOSS_TERMS }; /* behind the gradient */

status_t shares_check(const struct train_options *options, const stabilizer_needs_t *needs,
                      graph_mode_t mode) {
    if (options->ranks == 1) return STATUS_OK;
    CHECK(
        options->batch % options->ranks == 0, STATUS_SPEC,
        "resources.ranks_per_trial: %ld ranks cannot share a train.batch of %ld evenly; make it a "
        "multiple",
        (long)options->ranks, (long)options->batch);
    CHECK(
        !needs->gradients && !needs->hidden_states && !needs->activations, STATUS_SPEC,
        "resources.ranks_per_trial: a stabilizer of this trial looks at the whole batch, which no "
        "single rank has; switch it off or set this to 1");
    CHECK(mode != GRAPH_CURVATURE, STATUS_SPEC,
          "resources.ranks_per_trial: curvature is of the whole batch, which no single rank has; "
          "switch it off or set this to 1");
    return STATUS_OK;
}

static size_t sum_size(const shares_t *shares) {
    return shares->size + EXTRAS + (size_t)shares->count * shares->shown;
}

/* What layers show of a share: its place in `sum`. */
static flt *shown_of(const shares_t *shares, int number) {
    return shares->sum + shares->size + EXTRAS + (size_t)number * shares->shown;
}

status_t shares_create(const task_shape_t *shape, const struct train_options *options,
                       const trial_team_t *team, model_t *model, shares_t *shares) {
    size_t image = (size_t)shape->image, length = (size_t)shape->seq_len;
    int is_text = shape->kind == TASK_TOKENS;
    *shares = (shares_t){.count = (int)options->ranks,
                         .team = team,
                         .size = (size_t)graph_size(model_graph(model)),
                         .exchanged = (size_t)model_exchange_size(model),
                         .shown = (size_t)model_watch_size(model),
                         .inputs = is_text ? length : 3 * image * image,
                         .targets = is_text && !shape->loss_last ? length : 1};
    size_t count = (size_t)shares->count;
    shares->watched = calloc(shares->shown + 1, sizeof *shares->watched);
    CHECK(shares->watched, STATUS_ENVIRONMENT, "out of memory to watch %zu numbers", shares->shown);
    if (shares->count == 1) return STATUS_OK;
    shares->sum = calloc(sum_size(shares), sizeof *shares->sum);
    shares->counts = calloc((count + 1) * shares->exchanged + 1, sizeof *shares->counts);
    CHECK(shares->sum && shares->counts, STATUS_ENVIRONMENT,
          "out of memory to add up gradients of %zu numbers", shares->size);
    return batch_create(shape, (int)options->batch, &shares->whole);
}

void shares_destroy(shares_t *shares) {
    batch_destroy(&shares->whole);
    free(shares->sum);
    free(shares->counts);
    free(shares->watched);
    *shares = (shares_t){0};
}

int shares_is_first(const shares_t *shares) { return !shares->team || shares->team->rank == 0; }

/* Share number `number` of the whole batch; a view. */
static batch_t cut(const shares_t *shares, int number) {
    const batch_t *whole = &shares->whole;
    int size = whole->size / shares->count;
    size_t first = (size_t)number * (size_t)size;
    return (batch_t){.size = size,
                     .tokens = whole->tokens ? whole->tokens + first * shares->inputs : NULL,
                     .images = whole->images ? whole->images + first * shares->inputs : NULL,
                     .targets = whole->targets + first * shares->targets};
}

static int is_mine(const shares_t *shares, int number) {
    return !shares->team || number == shares->team->rank;
}

static void load_share(const shares_t *shares, int number, const chance_t *chance, model_t *model) {
    batch_t share = cut(shares, number);
    chance_t part = *chance;
    part.part = (uint32_t)number;
    model_set_chance(model, &part);
    model_load(model, &share);
}

/* The counts of every share, known to all. */
static void count_shares(shares_t *shares, const chance_t *chance, model_t *model) {
    const trial_team_t *team = shares->team;
    size_t each = shares->exchanged, all = (size_t)shares->count * each;
    memset(shares->counts, 0, all * sizeof *shares->counts);
    for (int number = 0; number < shares->count; number++) {
        if (!is_mine(shares, number)) continue;
        load_share(shares, number, chance, model);
        model_hidden_states(model);
        model_exchange_out(model, shares->counts + (size_t)number * each);
    }
    if (team) team->sum(team->context, shares->counts, all);
}

/* Tells the model the sum of all counts but those of share `number`. */
static void tell_others(shares_t *shares, int number, model_t *model) {
    size_t each = shares->exchanged;
    flt *sum = shares->counts + (size_t)shares->count * each;
    memset(sum, 0, each * sizeof *sum);
    for (int other = 0; other < shares->count; other++)
        for (size_t i = 0; other != number && i < each; i++)
            sum[i] += shares->counts[(size_t)other * each + i];
    model_exchange_in(model, sum);
}

static void add_share(shares_t *shares, int number, const chance_t *chance, model_t *model) {
    if (shares->exchanged) tell_others(shares, number, model);
    load_share(shares, number, chance, model);
    loss_t loss = model_gradient(model);
    const flt *gradient = graph_gradient(model_graph(model));
    for (size_t i = 0; i < shares->size; i++) shares->sum[i] += gradient[i];
    shares->sum[shares->size + LOSS] += (flt)loss.mean;
    for (int k = 0; k < LOSS_TERMS; k++)
        shares->sum[shares->size + TERMS + (size_t)k] += (flt)loss.terms[k];
    model_watch(model, shown_of(shares, number));
}

/* Means over the shares. */
static loss_t loss_of_all(const shares_t *shares) {
    const flt *extras = shares->sum + shares->size;
    loss_t loss = {.mean = (double)extras[LOSS] / shares->count};
    for (int k = 0; k < LOSS_TERMS; k++) loss.terms[k] = (double)extras[TERMS + k] / shares->count;
    return loss;
}

loss_t shares_gradient(shares_t *shares, task_t *task, const chance_t *chance, int wishes_stop,
                       batch_t *batch, model_t *model) {
    const trial_team_t *team = shares->team;
    if (shares->count == 1) {
        model_set_chance(model, chance);
        task_row(task)->train(task, chance->step, batch);
        model_load(model, batch);
        return model_gradient(model);
    }
    flt *sum = shares->sum, *gradient;
    task_row(task)->train(task, chance->step, &shares->whole);
    if (shares->exchanged) count_shares(shares, chance, model);
    memset(sum, 0, sum_size(shares) * sizeof *sum);
    sum[shares->size + WISHES] = (flt)wishes_stop;
    sum[shares->size + SPOILT] = shares->is_unsound || data_check_reads() != STATUS_OK;
    for (int number = 0; number < shares->count; number++)
        if (is_mine(shares, number)) add_share(shares, number, chance, model);
    if (team) team->sum(team->context, sum, sum_size(shares));
    gradient = graph_gradient(model_graph(model));
    for (size_t i = 0; i < shares->size; i++) gradient[i] = sum[i] / (flt)shares->count;
    shares->is_stopped = sum[shares->size + WISHES] > 0;
    shares->is_spoilt = sum[shares->size + SPOILT] > 0;
    return loss_of_all(shares);
}

const flt *shares_watched(shares_t *shares, model_t *model) {
    if (shares->count == 1) {
        model_watch(model, shares->watched);
        return shares->watched;
    }
    memcpy(shares->watched, shown_of(shares, 0), shares->shown * sizeof *shares->watched);
    for (int number = 1; number < shares->count; number++)
        model_watch_add(model, shares->watched, shown_of(shares, number));
    return shares->watched;
}

status_t shares_check_data(const shares_t *shares, const task_t *task) {
    TRY(data_check_reads());
    if (!shares->is_spoilt) return STATUS_OK;
    TRY(task_check_data(task));
    return status_fail(STATUS_CORRUPT,
                       "a rank that shares this trial could not read its data, or saw them change; "
                       "look at its file systems");
}

status_t shares_agree(const shares_t *shares, int64_t step) {
    if (!shares->team) return STATUS_OK;
    flt steps = (flt)step, sum = steps;
    shares->team->sum(shares->team->context, &sum, 1);
    status_t status = STATUS_OK;
    if (sum != steps * (flt)shares->count)
        status = status_fail(STATUS_INCOMPLETE,
                             "the ranks of a trial found different checkpoints: is the run "
                             "directory on a shared file system?");
    return together(shares->team, status); /* one may have found the mean of the others' steps */
}
