#include "profile/table.h"

#include <math.h>
#include <string.h>

#include "profile/quantity.h"

#define NONE            NAN
#define PRETRAINED(...) {__VA_ARGS__},
static const struct {
    const char *arch, *model, *group;
    double eta, near_unit, rho, kappa;
} published[] = {
#include "analysis/table10.def"
#include "analysis/table15.def"
};
#undef PRETRAINED
enum { PUBLISHED = sizeof published / sizeof *published };

#define COLUMN(name, heading, digits, detail)                                                      \
    {                                                                                              \
        .key = name, .title = heading, .kind = CELL_NUMBER, .decimals = digits, .missing = "n/a",  \
        .is_detail = detail                                                                        \
    }
static const report_column_t columns[] = {
    {.key = "layer", .title = "layer"},
    {.key = "group", .title = "group"},
    COLUMN("m_near_unit", "M~1", 3, 0),
    COLUMN("m_expansive", "M>1", 3, 0),
    COLUMN("m_contractive", "M<1", 3, 0),
    COLUMN("m_mid", "M mid", 3, 1),
    COLUMN("rho", "rho", 3, 0),
    COLUMN("eta_nl", "eta_nl", 3, 0),
    COLUMN("kappa_v", "kappa(V)", SIGNIFICANT(4), 0),
    COLUMN("henrici", "Henrici", 3, 0),
    COLUMN("change", "|Y-X|/|X|", 3, 1),
    COLUMN("kreiss", "Kreiss", SIGNIFICANT(4), 1),
    COLUMN("kreiss_scaled", "Kreiss\nscaled", SIGNIFICANT(4), 1),
    COLUMN("reliable", "reliable", 2, 0),
    COLUMN("m_near_unit_reliable", "M~1\nreliable", 3, 1),
    COLUMN("m_expansive_reliable", "M>1\nreliable", 3, 1),
    COLUMN("rank", "rank", 0, 0),
    COLUMN("degenerate", "degenerate", 0, 1),
    COLUMN("seconds", "s", 2, 1),
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(report_table_t *table, const profile_t *p, int row) {
    const profile_row_t *from = &p->rows[row];
    report_add_row(table, p->name);
    if (row < p->layers) {
        report_set_text(table, "layer", "%d", row);
        report_set_text(table, "group", "%s", profile_groups[profile_group(row, p->layers)]);
    } else {
        report_set_text(table, "layer", "%d + final norm", p->layers - 1);
    }
    for (const quantity_t *q = quantities; q->key; q++)
        report_set(table, q->key, quantity_of(&from->result, q));
    report_set(table, "rank", from->result.rank);
    report_set(table, "degenerate", from->result.degenerate);
    report_set(table, "seconds", from->seconds);
}

/* A network that was read rightly knows its language. */
static void add_loss(report_table_t *table, const profile_t *p) {
    if (isnan(p->loss)) return;
    report_note(table, "", "loss", "%s: the network predicts these tokens with %.3f nats each.",
                p->name, p->loss);
    report_note_value(table, "loss", p->loss);
    if (p->vocab && p->loss > log(p->vocab))
        report_note(table, "", "doubt",
                    "%s: that is worse than guessing, ln %d = %.3f: the tokens are of another "
                    "vocabulary, or the checkpoint is not what --layout says.",
                    p->name, p->vocab, log(p->vocab));
}

/* What the samples are, and what that does to the numbers. */
static void add_notes(report_table_t *table, const profile_t *p) {
    report_note(table, "", "samples",
                "%s: %lld samples of %d features, %lld of them distinct; at most %d modes.",
                p->name, (long long)p->samples, p->width, (long long)p->distinct, p->modes);
    report_note_value(table, "samples", (double)p->samples);
    report_note_value(table, "distinct", (double)p->distinct);
    report_note_value(table, "modes", p->modes);
    if (profile_is_exact(p))
        report_note(
            table, "", "exact",
            "%s: as few distinct samples as modes, or fewer: the operator fits them exactly, "
            "eta_nl is 0 and the spectrum is that of the samples, not of the layer.",
            p->name);
    else if (p->distinct < 4L * p->modes)
        report_note(table, "", "few",
                    "%s: fewer than 4 distinct samples a mode; masses are biased.", p->name);
    add_loss(table, p);
}

report_table_t profile_layer_table(const char *what, const profile_t *profiles, size_t count) {
    report_table_t table = report_table_create(
        "profile", columns, COLUMNS, "Spectral profile of %s, transition by transition", what);
    for (size_t i = 0; i < count; i++)
        for (int row = 0; row < profiles[i].count; row++) add_row(&table, &profiles[i], row);
    for (size_t i = 0; i < count; i++) add_notes(&table, &profiles[i]);
    return table;
}

/* --- groups --- */

static const report_column_t group_columns[] = {
    {.key = "source", .title = ""},     {.key = "group", .title = "group"},
    COLUMN("m_near_unit", "M~1", 3, 0), COLUMN("eta_nl", "eta_nl", 3, 0),
    COLUMN("rho", "rho", 3, 0),         COLUMN("kappa_v", "kappa(V)", SIGNIFICANT(4), 0),
};
enum { GROUP_COLUMNS = sizeof group_columns / sizeof *group_columns };

static double group_mean(const profile_t *p, int group, const char *key) {
    double sum = 0;
    int count = 0;
    const quantity_t *q = quantities;
    while (strcmp(q->key, key) != 0) q++;
    for (int row = 0; row < p->layers; row++) {
        if (profile_group(row, p->layers) != group) continue;
        sum += quantity_of(&p->rows[row].result, q);
        count++;
    }
    return count ? sum / count : NAN;
}

static void add_group(report_table_t *table, const profile_t *p, int group) {
    report_add_row(table, "measured");
    report_set_text(table, "source", "%s", p->name);
    report_set_text(table, "group", "%s", profile_groups[group]);
    for (size_t c = 2; c < GROUP_COLUMNS; c++)
        report_set(table, group_columns[c].key, group_mean(p, group, group_columns[c].key));
}

static void add_published(report_table_t *table, int i) {
    report_add_row(table, "published");
    report_set_text(table, "source", "%s", published[i].model);
    report_set_text(table, "group", "%s", published[i].group);
    report_set(table, "m_near_unit", published[i].near_unit);
    report_set(table, "eta_nl", published[i].eta);
    report_set(table, "rho", published[i].rho);
    report_set(table, "kappa_v", published[i].kappa);
}

report_table_t profile_group_table(const char *arch, const profile_t *profiles, size_t count) {
    report_table_t table = report_table_create("profile_groups", group_columns, GROUP_COLUMNS,
                                               "Means over thirds of the network, beside Tables 10 "
                                               "and 15 of RKSP");
    for (size_t i = 0; i < count; i++)
        for (int group = 0; group < PROFILE_GROUPS; group++) add_group(&table, &profiles[i], group);
    for (int i = 0; i < PUBLISHED; i++)
        if (!*arch || strcmp(published[i].arch, arch) == 0) add_published(&table, i);
    return table;
}
