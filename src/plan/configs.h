/* configs.h: the configurations of a plan: what the axes, exclude, include and arms of a spec span,
 * each once.
 *
 * Configurations that differ only in options that are switched off (spec/needs.h) are one: an axis
 * train.momentum says nothing about trials of adamw. The first in the order of the file stays; the
 * others, its twins, are kept to tell people and to know results that older programs made of them.
 */
#ifndef PLAN_CONFIGS_H
#define PLAN_CONFIGS_H

#include "plan/plan.h"
#include "spec/space.h"

enum { TRIALS_MAX = 10 * 1000 * 1000 };

/* What the file gives and what runs for it, where the two are not the same. */
typedef struct twin {
    config_t config;
    uint64_t hash;  /* of all that is given, as older programs hashed it */
    uint32_t place; /* of the configuration that runs                    */
    int is_folded;  /* 0: runs itself, without what has no effect        */
} twin_t;

typedef struct configs {
    config_t *at;        /* owned [count]; one for all replicas                       */
    uint64_t *hash;      /* owned [count]; of what acts                               */
    uint32_t *base;      /* owned [count]; place of its partner in the base arm       */
    twin_t *twins;       /* owned [twin_count], in the order of the file              */
    uint32_t *ladders;   /* owned [ladder_count][rungs]; places; of a sweep with search */
    uint32_t *ladder_of; /* owned [count]; the ladder it stands on                  */
    size_t count, twin_count, folded, ladder_count;
} configs_t;

/* STATUS_SPEC: too many; none; one written down twice; an entry of exclude that drops nothing; a
 * ladder of a search some of whose rungs are twins. */
status_t configs_create(const spec_t *spec, configs_t *configs);
void configs_destroy(configs_t *configs); /* {0} is fine; leaves {0} */

/* Of a plan. Borrowed. */
const configs_t *plan_configs(const plan_t *plan);

#endif
