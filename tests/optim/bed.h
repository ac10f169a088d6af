/* bed.h: a few parameters, without a model, under the optimizer that options ask for. */
#ifndef TESTS_OPTIM_BED_H
#define TESTS_OPTIM_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "kernel/backend.h"
#include "optim/adamw.h"
#include "optim/lion.h"
#include "optim/mup.h"
#include "optim/sgd.h"
#include "plan/plan.h"

typedef struct bed {
    spec_t *spec;
    plan_t *plan;
    graph_t *graph;
    optim_t *optim;
} bed_t;

/* `count` parameters of rows and columns `shapes`, zero, on an open backend. */
static inline bed_t bed_of(const backend_t *place, const char *options, int count,
                           const long shapes[][2]) {
    static const field_set_t *const sets[] = {&optim_fields, &adamw_fields, &sgd_fields,
                                              &lion_fields,  &mup_fields,   NULL};
    bed_t bed = {.graph = graph_create()};
    char text[512], name[24];
    int length = snprintf(text, sizeof text, "name: test\n%s\n", options);
    graph_place(bed.graph, place);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "theta.%d", i);
        graph_parameter(bed.graph, name, shapes[i][0], shapes[i][1], NULL);
    }
    if (spec_parse("test.yaml", text, (size_t)length, sets, &bed.spec) ||
        plan_create(bed.spec, &bed.plan) || graph_plan(bed.graph, GRAPH_TRAIN) ||
        graph_allocate(bed.graph) ||
        optim_create(plan_trial(bed.plan, 0)->config, bed.graph, &bed.optim))
        fail_msg("%s", status_message());
    return bed;
}

static inline void bed_destroy(bed_t *bed) {
    optim_destroy(&bed->optim);
    graph_destroy(&bed->graph);
    plan_destroy(&bed->plan);
    spec_destroy(&bed->spec);
}

#endif
