#include "train/weights.h"

#include <stdlib.h>

#include "base/memory.h"

static const char path[] = "weights/theta";

static size_t number_count(const graph_t *graph) {
    size_t count = 0;
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    for (; p < end; p++) count += (size_t)(p->rows * p->cols);
    return count;
}

void weights_record(model_t *model, record_t *record) {
    graph_t *graph = model_graph(model);
    size_t count = number_count(graph);
    const flt *theta = graph_theta(graph);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    float *numbers = memory_take(count, sizeof *numbers, "a copy of the weights"), *at = numbers;
    for (; p < end; p++)
        for (long i = 0; i < p->rows * p->cols; i++) *at++ = (float)theta[p->offset + i];
    record_put(record, path, RECORD_F32, 1, &count, numbers);
    free(numbers);
}

status_t weights_load(const record_t *record, model_t *model) {
    graph_t *graph = model_graph(model);
    const record_item_t *item = record_find(record, path);
    size_t count = number_count(graph);
    CHECK(item, STATUS_INCOMPLETE, "it holds no weights");
    CHECK(item->type == RECORD_F32 && record_item_count(item) == count, STATUS_CORRUPT,
          "it holds %zu weights, and the network has %zu", record_item_count(item), count);
    const float *at = item->data;
    flt *theta = graph_theta(graph);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    for (; p < end; p++)
        for (long i = 0; i < p->rows * p->cols; i++) theta[p->offset + i] = (flt)*at++;
    return STATUS_OK;
}
