#include "stabilizer/weights.h"

#include <string.h>

int is_weight_matrix(const parameter_t *parameter) {
    static const char end[] = ".weight";
    size_t length = strlen(parameter->name), tail = sizeof end - 1;
    return length > tail && strcmp(parameter->name + length - tail, end) == 0;
}

long weight_rows(const graph_t *graph) {
    long rows = 0;
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *parameter = &graph_parameters(graph)[p];
        if (is_weight_matrix(parameter)) rows += parameter->rows;
    }
    return rows;
}
