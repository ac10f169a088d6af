/* sensitivity.c: what the choice of the learning rate costs, by normalisation and arm, as one
 * number (Wortsman et al., arXiv 2309.14322, section 2.2):
 *
 *     mean over learning rates of  min(loss(lr), loss before training) - min over lr' of the same
 *
 * loss: held out, at the end, mean over the runs of that rate; of a run that diverged the loss
 * before training, as if it had learnt nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/scratch.h"

/* Fewer rates are no range to be sensitive in. */
enum { RATES_MIN = 3, RESAMPLES = 1000, SEED = 1 };

static const report_column_t columns[] = {
    {.key = "group", .title = "normalisation, arm", .kind = CELL_TEXT, .missing = ""},
    {.key = "rates", .title = "rates", .kind = CELL_NUMBER, .missing = ""},
    {.key = "runs", .title = "runs", .kind = CELL_NUMBER, .missing = ""},
    {.key = "best_lr",
     .title = "best lr",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a"},
    {.key = "best_loss",
     .title = "loss there",
     .kind = CELL_NUMBER,
     .decimals = 3,
     .missing = "n/a"},
    {.key = "sensitivity",
     .title = "sensitivity",
     .kind = CELL_NUMBER,
     .decimals = 3,
     .missing = "n/a"},
    {.key = "low",
     .key_two = "high",
     .title = "95%",
     .kind = CELL_INTERVAL,
     .decimals = 3,
     .missing = "n/a"},
};

/* The runs of one group: their rate, 0 .. rates - 1, and capped loss. */
typedef struct group {
    size_t runs, rates;
    const size_t *rate; /* [runs] */
    const double *loss; /* [runs] */
} group_t;

typedef struct found {
    double sensitivity, best_loss;
    size_t best;
} found_t;

/* `times` [runs]: how often each run counts. */
static found_t evaluate(const group_t *group, const double *times, double *sum, double *count) {
    found_t found = {.sensitivity = 0, .best_loss = INFINITY};
    for (size_t r = 0; r < group->rates; r++) sum[r] = count[r] = 0;
    for (size_t i = 0; i < group->runs; i++) {
        sum[group->rate[i]] += times[i] * group->loss[i];
        count[group->rate[i]] += times[i];
    }
    for (size_t r = 0; r < group->rates; r++) {
        sum[r] /= count[r];
        if (!(sum[r] < found.best_loss)) continue;
        found.best_loss = sum[r];
        found.best = r;
    }
    for (size_t r = 0; r < group->rates; r++)
        found.sensitivity += (sum[r] - found.best_loss) / (double)group->rates;
    return found;
}

/* Runs drawn with replacement among those of the same rate. */
static void draw(const group_t *group, rng_t rng, const size_t *first, const size_t *member,
                 double *times) {
    memset(times, 0, group->runs * sizeof *times);
    for (size_t r = 0; r < group->rates; r++) {
        uint32_t size = (uint32_t)(first[r + 1] - first[r]);
        for (uint32_t k = 0; k < size; k++) times[member[first[r] + rng_below(&rng, size)]]++;
    }
}

/* first[r] .. first[r + 1]: the places in `member` of the runs of rate r. */
static void sort_by_rate(const group_t *group, size_t *first, size_t *member) {
    size_t place = 0;
    for (size_t r = 0; r < group->rates; r++) {
        first[r] = place;
        for (size_t i = 0; i < group->runs; i++)
            if (group->rate[i] == r) member[place++] = i;
    }
    first[group->rates] = place;
}

/* One run at a rate has no spread to draw from: no interval then. */
static interval_t bootstrap(const group_t *group, double *sum, double *count) {
    size_t *first = scratch(group->rates + 1, sizeof *first);
    size_t *member = scratch(group->runs, sizeof *member), fewest = group->runs;
    double *times = scratch(group->runs, sizeof *times), *value = scratch(RESAMPLES, sizeof *value);
    sort_by_rate(group, first, member);
    for (size_t r = 0; r < group->rates; r++)
        if (first[r + 1] - first[r] < fewest) fewest = first[r + 1] - first[r];
    for (int k = 0; k < RESAMPLES && fewest > 1; k++) {
        draw(group, rng_open(SEED, 0, "sensitivity", (uint32_t)k), first, member, times);
        value[k] = evaluate(group, times, sum, count).sensitivity;
    }
    interval_t interval = fewest > 1 ? interval_percentile(RESAMPLES, value) : INTERVAL_NONE;
    free(first);
    free(member);
    free(times);
    free(value);
    /* Runs that all agree (every one diverged, say) show no scatter to go by. */
    return interval.high > interval.low ? interval : INTERVAL_NONE;
}

static void add_row(report_table_t *table, const char *name, const group_t *group,
                    const double *rates) {
    double *times = scratch(group->runs, sizeof *times);
    double *sum = scratch(group->rates, sizeof *sum), *count = scratch(group->rates, sizeof *count);
    for (size_t i = 0; i < group->runs; i++) times[i] = 1;
    found_t found = evaluate(group, times, sum, count);
    interval_t interval = bootstrap(group, sum, count);
    report_add_row(table, NULL);
    report_set_text(table, "group", "%s", name);
    report_set(table, "rates", (double)group->rates);
    report_set(table, "runs", (double)group->runs);
    report_set(table, "best_lr", rates[found.best]);
    report_set(table, "best_loss", found.best_loss);
    report_set(table, "sensitivity", found.sensitivity);
    report_set_two(table, "low", interval.low, interval.high);
    free(times);
    free(sum);
    free(count);
}

/* As if a diverged run, or one that ended above where it began, had not been trained. */
static double capped(const cohort_t *cohort, const double *first, const double *last, size_t row) {
    if (cohort->diverged[row]) return first[row];
    return isnan(last[row]) ? NAN : fmin(last[row], first[row]);
}

/* The rates of a group's runs, each once, in the order of the first run; returns how many. */
static size_t find_rates(const size_t *row, size_t runs, const double *lr, size_t *rate,
                         double *rates) {
    size_t count = 0;
    for (size_t i = 0; i < runs; i++) {
        size_t r = 0;
        while (r < count && rates[r] != lr[row[i]]) r++;
        if (r == count) rates[count++] = lr[row[i]];
        rate[i] = r;
    }
    return count;
}

static void add_group(report_table_t *table, cohort_t *cohort, const int *norm, const int *arm,
                      int which_norm, int which_arm) {
    size_t rows = cohort->runs.rows, runs = 0;
    const double *lr = cohort_numbers(cohort, "train.lr");
    const double *first = cohort_numbers(cohort, "outcome/loss_first");
    const double *last = cohort_numbers(cohort, "outcome/valid_loss");
    size_t *row = scratch(rows, sizeof *row), *rate = scratch(rows, sizeof *rate);
    double *rates = scratch(rows, sizeof *rates), *loss = scratch(rows, sizeof *loss);
    for (size_t i = 0; i < rows; i++) {
        if (norm[i] != which_norm || arm[i] != which_arm) continue;
        loss[runs] = capped(cohort, first, last, i);
        if (!isnan(loss[runs]) && !isnan(lr[i])) row[runs++] = i;
    }
    group_t group = {.runs = runs, .rate = rate, .loss = loss};
    group.rates = find_rates(row, runs, lr, rate, rates);
    if (group.rates >= RATES_MIN) {
        char name[2 * CELL_SHOWN_MAX];
        cohort_name_group(cohort, row[0], name);
        add_row(table, name, &group, rates);
    }
    free(row);
    free(rate);
    free(rates);
    free(loss);
}

report_table_t recipe_sensitivity(const frame_t *trials) {
    report_table_t table =
        report_table_create("sensitivity", columns, sizeof columns / sizeof *columns,
                            "Sensitivity to the learning rate");
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    int *norm = scratch(cohort.runs.rows + 1, sizeof *norm);
    int *arm = scratch(cohort.runs.rows + 1, sizeof *arm);
    int norms = cohort_strata(&cohort, "model.norm", norm);
    int arms = cohort_strata(&cohort, "arm", arm);
    for (int n = 0; n < norms; n++)
        for (int a = 0; a < arms; a++) add_group(&table, &cohort, norm, arm, n, a);
    report_note(&table, "", "definition",
                "Mean over the learning rates of the held-out loss above that of the best rate, "
                "nats; a run that diverged counts with its loss before training, and no run counts "
                "with more (Wortsman et al., arXiv 2309.14322). 95 %%: bootstrap over the runs of "
                "each rate. Groups of fewer than %d rates are left out.",
                RATES_MIN);
    cohort_note_pruned(&cohort, &table);
    cohort_note_coverage(trials, &table);
    free(norm);
    free(arm);
    cohort_destroy(&cohort);
    return table;
}
