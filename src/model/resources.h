/* resources.h: where a trial's model lives, and how it multiplies: options "resources.*" and
 * "train.precision". Graph and optimizer follow the
 * model; probes and stabilizers see it from the host, wherever it is.
 *
 * One process works on one GPU. Several trials share a GPU by being several ranks: the ranks of a
 * machine take its GPUs in turn, each gpus_per_trial of one, also where several ranks work on one
 * trial (resources.ranks_per_trial). */
#ifndef MODEL_RESOURCES_H
#define MODEL_RESOURCES_H

#include "kernel/backend.h"
#include "kernel/precision.h"
#include "spec/config.h"

struct resources {
    char device[FIELD_NAME_MAX];
    double gpus_per_trial;
    bool tf32;
};
extern const field_set_t resources_fields;

/* "train.precision"; beside resources_fields because arms may differ in it. */
struct precision_options {
    char name[FIELD_NAME_MAX];
};
extern const field_set_t precision_fields;

/* Finds the backend asked for and opens it for this process; the precision must be one that it has.
 * STATUS_ENVIRONMENT: this program or this machine has none. */
status_t resources_open(const config_t *config, const backend_t **backend);

/* How the trial's network multiplies. */
const precision_t *resources_precision(const config_t *config);

/* Would resources_open succeed? Opens nothing and takes no memory of it: for whoever decides
 * before trials run. STATUS_ENVIRONMENT as above. */
status_t resources_check(const config_t *config);

/* The backend asked for, not opened: to plan memory only; the host's where this program has none.
 */
const backend_t *resources_find(const config_t *config);

/* GPUs that a trial takes: 0 on the host. */
double resources_gpus(const config_t *config);

#endif
