/* golden_families.h: what layers of mixtures of experts and KAN report, against golden files. */
#ifndef TESTS_GOLDEN_FAMILIES_H
#define TESTS_GOLDEN_FAMILIES_H

#include <stdlib.h>

#include "kernel/op.h"
#include "kernel/route.h"
#include "model/model.h"

/* How many (token, place) pairs every expert has, counts [layers, experts]: how many of these
 * differ, as counted and as sorted; plus layers too few or too many. */
static long wrong_routes(model_t *model, const int32_t *counts, long experts) {
    const graph_t *graph = model_graph(model);
    long wrong = 0, layer = 0, layers = (long)model_options(model)->layers;
    for (int node = 0; node < graph_nodes(graph); node++) {
        if (graph_op(graph, node) != &op_route) continue;
        const int32_t *offsets = integers_of(graph_output(graph, node, ROUTE_OFFSETS));
        const int32_t *chosen = integers_of(graph_output(graph, node, ROUTE_COUNTS));
        for (long e = 0; e < experts && layer < layers; e++) {
            int32_t expected = counts[layer * experts + e];
            wrong += offsets[e + 1] - offsets[e] != expected || chosen[e] != expected;
        }
        layer++;
    }
    return wrong + labs(layer - layers);
}

/* Number k that layers show, mean over layers. */
static double mean_watched(model_t *model, int k) {
    size_t layers = (size_t)model_options(model)->layers, size = (size_t)model_watch_size(model);
    flt *kept = calloc(size, sizeof *kept);
    double *numbers = calloc(8 * layers, sizeof *numbers), mean = 0;
    model_watch(model, kept);
    model_watch_numbers(model, kept, numbers);
    for (size_t l = 0; l < layers; l++) mean += numbers[(size_t)k * layers + l] / (double)layers;
    free(numbers);
    free(kept);
    return mean;
}

#endif
