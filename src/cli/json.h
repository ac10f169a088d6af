/* json.h: numbers of JSON objects, for the verbs that print them. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <cjson/cJSON.h>

enum {
    PLAN_JSON_VERSION = 1
}; /* of plan --json: grows when a member changes its name or meaning */

/* Adds a number; null where it is not finite, which JSON cannot say. */
void json_add_number(cJSON *object, const char *name, double number);

#endif
