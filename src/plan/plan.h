/* plan.h: the ordered list of trials of one sweep.
 *
 * Ids depend on the configuration alone, never on rank count, time or order in the file: a resumed
 * sweep meets its own rows. The same on every rank. With h = text_hash, an id is the first 12 hex
 * digits of h("C SEED REPLICA"), where C is 16 hex digits of h of the hashes (8 bytes each, little
 * endian) h("key: text") of the fields that act and differ from their defaults, in canonical order:
 * a newer program with more options still knows the trials of older runs.
 *
 * What acts: options that are switched off (spec/needs.h) are no part of a configuration, and those
 * that differ in nothing else are one. Older programs hashed whatever was given: plan_adopt. */
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
 * arm, so that pairs stay whole, and as the file gives it. Configurations that act alike run once
 * (configs.h); in the arm of the first of them, so an arm has no trial where it changes nothing.
 * The spec is borrowed and must outlive the plan. Two configurations written down alike, an empty
 * axis, no trial at all: STATUS_SPEC. */
status_t plan_create(const spec_t *spec, plan_t **plan);
void plan_destroy(plan_t **plan);

size_t plan_count(const plan_t *plan);
const trial_t *plan_trial(const plan_t *plan, size_t index);
const spec_t *plan_spec(const plan_t *plan);

/* The trial of that id, or of an unambiguous prefix of at least 4 characters; also by the ids that
 * older programs gave it and its twins, and by its own where it goes by one of these. NULL
 * otherwise. */
const trial_t *plan_find(const plan_t *plan, const char *id);

/* The id that a trial has by itself, whatever older programs called it: by this one it is found in
 * the plan of another run. */
void plan_own_id(const plan_t *plan, const trial_t *trial, char id[TRIAL_ID_LENGTH + 1]);

/* A run directory may hold results under ids of older programs: where it holds none under a trial's
 * own id, the trial takes the first of the older ones that it does hold. `holds` says whether it
 * has anything of that id. To be called before ids are used; nothing to do without aliases. */
typedef int plan_holds_t(const void *context, const char *id);
status_t plan_adopt(plan_t *plan, plan_holds_t *holds, const void *context);
int plan_has_aliases(const plan_t *plan);

/* How many configurations run as another one, their twin; the names of the options that they vary
 * without effect, "train.momentum, ...", go into text[0..size). */
size_t plan_twins(const plan_t *plan, char *text, size_t size);

/* Calls say(context, sentence) for every arm that is the same as another one in some
 * configurations. */
void plan_arms_alike(const plan_t *plan, void (*say)(void *context, const char *sentence),
                     void *context);

#endif
