/* resources.h: where a trial's model lives: options "resources.*". Graph and optimizer follow the
 * model; probes and stabilizers see it from the host, wherever it is.
 *
 * One process works on one GPU. Several trials share a GPU by being several ranks: the ranks of a
 * machine take its GPUs in turn, each gpus_per_trial of one, also where several ranks work on one
 * trial (resources.ranks_per_trial). */
#ifndef MODEL_RESOURCES_H
#define MODEL_RESOURCES_H

#include "kernel/backend.h"
#include "spec/config.h"

struct resources {
    char device[FIELD_NAME_MAX];
    double gpus_per_trial;
    bool tf32;
};
extern const field_set_t resources_fields;

/* Finds the backend asked for and opens it for this process. STATUS_ENVIRONMENT: this program or
 * this machine has none. */
status_t resources_open(const config_t *config, const backend_t **backend);

/* Would resources_open find a device? Opens nothing and takes no memory of it: for whoever decides
 * before trials run. STATUS_ENVIRONMENT as above. */
status_t resources_check(const config_t *config);

/* The backend asked for, not opened: to plan memory only; the host's where this program has none.
 */
const backend_t *resources_find(const config_t *config);

/* GPUs that a trial takes: 0 on the host. */
double resources_gpus(const config_t *config);

#endif
