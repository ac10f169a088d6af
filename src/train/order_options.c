#include "train/order_options.h"

#include <string.h>

#include "probe/rksp.h"

struct options {
    char by[FIELD_NAME_MAX], first[FIELD_NAME_MAX];
    double audit;
};

static const char by_length[] = "length", by_chance[] = "random", lowest[] = "lowest";

static const char *const *orders(void) {
    static const char *const names[] = {by_length, by_chance, RKSP_SCORES, NULL};
    return names;
}

static const char *const *directions(void) {
    static const char *const names[] = {"highest", lowest, NULL};
    return names;
}

#define OPTIONS struct options
static const field_t fields[] = {
    CHOICE_FIELD("order.by", by, .fallback = by_length, .choices = orders,
                 .doc = "which trials are handed out first: the longest, random ones, or by a "
                        "score (summary/NAME) that is measured at initialisation of all trials "
                        "before the first is trained",
                 .keeps_results = true, .is_costless = true),
    CHOICE_FIELD("order.first", first, .fallback = "highest", .choices = directions,
                 .doc = "which end of the score goes first", .needs = "order.by",
                 .keeps_results = true, .is_costless = true),
    REAL_FIELD("order.audit", audit, .min = 1e-3, .max = 1, .fallback = "0.1",
               .doc = "share of the turns that a random trial has whatever its score: what tells "
                      "of those that a stopped sweep did not come to",
               .needs = "order.by", .keeps_results = true, .is_costless = true),
};
const field_set_t order_fields = FIELD_SET("order of the trials", fields, .is_shared = true);

order_options_t order_options(const config_t *config) {
    struct options given;
    order_options_t options = {.by = ORDER_BY_LENGTH};
    if (!config_text(config, fields->key)) return options;
    config_read(config, &order_fields, &given);
    options.by = !strcmp(given.by, by_length)   ? ORDER_BY_LENGTH
                 : !strcmp(given.by, by_chance) ? ORDER_BY_CHANCE
                                                : ORDER_BY_SCORE;
    memcpy(options.score, given.by, sizeof options.score);
    options.direction = strcmp(given.first, lowest) ? ORDER_HIGHEST_FIRST : ORDER_LOWEST_FIRST;
    options.audit = given.audit;
    return options;
}

/* No other option of the order is given. */
static int is_plain(const order_options_t *options) {
    return options->direction == ORDER_HIGHEST_FIRST && options->audit == 0.1;
}

status_t order_check(const config_t *config) {
    order_options_t options = order_options(config);
    CHECK(options.by != ORDER_BY_SCORE || rksp_probe_is_asked(config, 0), STATUS_SPEC,
          "order.by: %s is not measured at initialisation; add 0 to probe.rksp.steps",
          options.score);
    CHECK(
        options.by != ORDER_BY_CHANCE || is_plain(&options), STATUS_SPEC,
        "order.by: random gives every turn to a random trial; remove order.first and order.audit");
    return STATUS_OK;
}
