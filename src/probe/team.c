#include "probe/team.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A team adds up flt numbers, which may be float32: values go as whole numbers below 2^16, each
 * among zeros, so that sums are exact. */
typedef uint16_t unit_t;

int probe_team_owns(const probe_team_t *team, int layer) {
    return team->size <= 1 || layer % team->size == team->rank;
}

/* One thing after the other, into the numbers or out of them. */
typedef struct tape {
    flt *at;
    int is_written;
} tape_t;

static void pass(tape_t *tape, void *value, size_t bytes) {
    unit_t unit;
    for (size_t i = 0; i < bytes; i += sizeof unit, tape->at++) {
        if (tape->is_written) {
            memcpy(&unit, (char *)value + i, sizeof unit);
            *tape->at = (flt)unit;
        } else {
            unit = (unit_t)*tape->at;
            memcpy((char *)value + i, &unit, sizeof unit);
        }
    }
}

static void pass_layer(tape_t *tape, profiles_t *p, int layer) {
    size_t at = (size_t)p->count * (size_t)p->layers + (size_t)layer, modes = (size_t)p->modes;
    rksp_result_t *result = &p->results[at];
    result->lambda = result->residual = NULL; /* not used, and of one process */
    pass(tape, result, sizeof *result);
    pass(tape, p->lambda + 2 * at * modes, 2 * modes * sizeof(double));
    pass(tape, p->residual + at * modes, modes * sizeof(double));
}

status_t probe_team_share(const probe_team_t *team, status_t mine, profiles_t *p) {
    size_t bytes = sizeof(rksp_result_t) + 3 * (size_t)p->modes * sizeof(double);
    size_t each = bytes / sizeof(unit_t), count = each * (size_t)p->layers;
    if (team->size <= 1) return mine;
    flt *numbers = memory_take(count + 1, sizeof *numbers, "the profiles of a team");
    tape_t tape = {.is_written = 1};
    numbers[count] = mine != STATUS_OK;
    for (int layer = 0; layer < p->layers; layer++) {
        tape.at = numbers + (size_t)layer * each;
        if (probe_team_owns(team, layer) && mine == STATUS_OK) pass_layer(&tape, p, layer);
    }
    team->sum(team->context, numbers, count + 1);
    tape = (tape_t){.at = numbers};
    for (int layer = 0; layer < p->layers; layer++) pass_layer(&tape, p, layer);
    int failures = (int)numbers[count];
    free(numbers);
    TRY(mine);
    CHECK(failures == 0, STATUS_INCOMPLETE,
          "another rank of the trial could not profile its layers");
    return STATUS_OK;
}
