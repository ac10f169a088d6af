#include "stats/isotonic.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

/* Neighbours that share one fitted value, their weighted mean. */
typedef struct block {
    double mean, weight;
    size_t end; /* behind the last of them */
} block_t;

/* The least squares level of two blocks that must share one. */
static block_t pool(const block_t *a, const block_t *b) {
    double weight = a->weight + b->weight;
    return (block_t){(a->mean * a->weight + b->mean * b->weight) / weight, weight, b->end};
}

void isotonic_fit(size_t n, const double *value, const double *weight, double *fit) {
    block_t *blocks = scratch(n, sizeof *blocks);
    size_t count = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(weight[i] > 0)) {
            if (count) blocks[count - 1].end = i + 1;
            continue;
        }
        /* Equal neighbours are pooled too: the fit is the same, with fewer blocks. */
        blocks[count++] = (block_t){value[i], weight[i], i + 1};
        for (; count > 1 && blocks[count - 2].mean >= blocks[count - 1].mean; count--)
            blocks[count - 2] = pool(&blocks[count - 2], &blocks[count - 1]);
    }
    while (at < n && !(weight[at] > 0)) fit[at++] = -INFINITY;
    for (size_t b = 0; b < count; b++)
        while (at < blocks[b].end) fit[at++] = blocks[b].mean;
    free(blocks);
}
