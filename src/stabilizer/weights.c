#include "stabilizer/weights.h"

long weight_rows(const graph_t *graph) {
    long rows = 0;
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *parameter = &graph_parameters(graph)[p];
        if (is_weight_matrix(parameter)) rows += parameter->rows;
    }
    return rows;
}
