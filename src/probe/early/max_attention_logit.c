/* The largest attention logit of the batch, over heads, blocks and positions, before any soft cap:
 * it grows before runs of high learning rate diverge, and follows a law over sizes (Wortsman et al.
 * 2023, arXiv 2309.14322, section 3.1). */
#include <math.h>

#include "kernel/attention.h"
#include "probe/early.h"

enum { LARGEST = 2 }; /* the operator's output: the largest logit of every row */

static double before(const early_moment_t *m) {
    const graph_t *graph = model_graph(m->model);
    double largest = NAN;
    for (int node = 0; node < graph_nodes(graph); node++) {
        if (graph_op(graph, node) != &op_attention) continue;
        matrix_t logits = graph_output(graph, node, LARGEST);
        for (long i = 0; i < logits.rows * logits.cols; i++)
            largest = fmax(largest, (double)logits.at.v[i]);
    }
    return largest;
}

const early_row_t early_max_attention_logit = {
    .name = "max_attention_logit",
    .doc = "largest attention logit of the batch (Wortsman et al. 2023); NaN without attention",
    .before = before,
    .passes = 1};
