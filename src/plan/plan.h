/* plan.h: the ordered list of trials of one sweep.
 *
 * Ids depend on the configuration alone, never on rank count, time or order in the file: a resumed
 * sweep meets its own rows. The same on every rank. With h = text_hash, an id is the first 12 hex
 * digits of h("C SEED REPLICA"), where C is 16 hex digits of h of the hashes (8 bytes each, little
 * endian) h("key: text") of the fields that differ from their defaults, in canonical order: a newer
 * program with more options still knows the trials of older runs. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "spec/spec.h"

enum {
    TRIAL_ID_LENGTH = 12,
    TRIAL_STATE_MAX = 24 /* room for the name of a state ("COMPLETED", train/train.h) */
};

typedef struct trial {
    char id[TRIAL_ID_LENGTH + 1]; /* hex of the hash of the configuration, seed and replica       */
    size_t index;                 /* position in the plan                                        */
    uint64_t seed;                /* of the sweep                                                */
    uint32_t replica;             /* 0 ..: with seed and purpose the key of every random stream  */
    const config_t *config;       /* owned by the plan                                           */
    const config_t *base;         /* the same without its arm's options: its partner's            */
    const char *sweep;            /* name of the sweep, borrowed from the spec                    */
    const char *arm; /* of the comparison, borrowed from the spec; "base" when there is none     */
    char pair[TRIAL_ID_LENGTH + 1]; /* id of its partner in the base arm; its own id there       */
} trial_t;

typedef struct plan plan_t;

/* Expands axes, exclude, include, arms and replicas; exclude looks at a configuration without its
 * arm, so that pairs stay whole. The spec is borrowed and must outlive the plan. Two
 * equal trials, an empty axis, no trial at all: STATUS_SPEC. */
status_t plan_create(const spec_t *spec, plan_t **plan);
void plan_destroy(plan_t **plan);

size_t plan_count(const plan_t *plan);
const trial_t *plan_trial(const plan_t *plan, size_t index);
const spec_t *plan_spec(const plan_t *plan);

/* The trial of that id, or of an unambiguous prefix of at least 4 characters; NULL otherwise. */
const trial_t *plan_find(const plan_t *plan, const char *id);

#endif
