/* params.h: the parameters of somebody's own program, "params.*" of a sweep file, as that program
 * reads them: names without "params.", values of the kind that the file gives them. */
#ifndef EXTERNAL_PARAMS_H
#define EXTERNAL_PARAMS_H

#include "spec/config.h"

/* One parameter that a trial has. Borrowed, lives as long as the config. */
typedef struct param {
    const char *name; /* "lr"                              */
    const char *text; /* canonical (spec/free.h)           */
} param_t;

/* The next parameter at or after position `i` of the config, which it moves behind it; 0 when there
 * is none. In the order of their names. */
int params_next(const config_t *config, size_t *i, param_t *param);

/* The canonical text of the parameter of that name; NULL when the trial has none. Borrowed. */
const char *params_find(const config_t *config, const char *name);

/* One flat JSON object, {"lr": 0.001, "act": "gelu"}; malloc'd, the caller frees. NULL: no memory.
 */
char *params_json(const config_t *config);

#endif
