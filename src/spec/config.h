/* config.h: the complete options of one trial: one typed value for each field of all field sets.
 *
 * An option that is switched off (needs.h) counts as its default, whatever the sweep file gives it:
 * a configuration holds what acts. Immutable once made by the plan. */
#ifndef SPEC_CONFIG_H
#define SPEC_CONFIG_H

#include "base/status.h"
#include "spec/field.h"

typedef struct config config_t;

/* Fills the module's option struct: member by member at the offsets of its rows. */
void config_read(const config_t *config, const field_set_t *set, void *options);

/* Fills the module's option struct with the defaults of its rows, without any sweep.
 * STATUS_ENVIRONMENT: out of memory. */
status_t field_defaults(const field_set_t *set, void *options);

/* Canonical text of one value ("0.001", "pre_ln", "[0, 100]"), the same for every way to write it
 * (1e-3, .001); NULL when no field has that key. Borrowed, lives as long as the config. */
const char *config_text(const config_t *config, const char *key);

/* 1 when there is such a field and it leaves results as they are (field.h). */
int config_keeps_results(const config_t *config, const char *key);

/* Number of a bool, int or real field; NaN for others and for unknown keys. */
double config_number(const config_t *config, const char *key);

/* Walks all fields in canonical (sorted) order: key and canonical text of number `i`, or NULL past
 * the end. Borrowed. */
const char *config_key(const config_t *config, size_t i);
const char *config_text_at(const config_t *config, size_t i);
int config_is_number_at(const config_t *config, size_t i);
int config_is_integer_at(const config_t *config, size_t i); /* this value: int, or bool */
int config_is_absent_at(const config_t *config, size_t i);  /* free, and the trial has it not */
int config_is_default_at(const config_t *config, size_t i);

/* 1 when there is such a field and it is switched off (needs.h). */
int config_is_off(const config_t *config, const char *key);

/* The value for people: config_text, or "-" where the option is switched off. */
const char *config_shown(const config_t *config, const char *key);

#endif
