/* bench_auroc.c: AUROC, its interval and its chance of 10 000 weighted runs (or of argv[1]), with
 * distinct scores and with two values only: ties must not cost more. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "stats/auroc.h"
#include "stats/delong.h"

enum { DEALS = 200 };

typedef struct data {
    double *score, *weight; /* owned [n] */
    int *label;             /* owned [n] */
} data_t;

static data_t draw(size_t n, int values) {
    data_t data = {calloc(n, sizeof(double)), calloc(n, sizeof(double)), calloc(n, sizeof(int))};
    rng_t rng = rng_open(1, 0, "bench", 0);
    if (!data.score || !data.weight || !data.label) exit(EXIT_FAILURE);
    for (size_t i = 0; i < n; i++) {
        data.score[i] = values ? rng_below(&rng, (uint32_t)values) : rng_normal(&rng);
        data.label[i] = rng_below(&rng, 2) == 0;
        data.weight[i] = 1 + rng_below(&rng, 4);
    }
    return data;
}

static void measure(size_t n, int values) {
    data_t data = draw(n, values);
    double start = clock_seconds();
    delong_t found = delong(n, data.score, data.label, NULL, data.weight);
    double interval = clock_seconds() - start;
    start = clock_seconds();
    double p = auroc_chance_below(n, data.score, data.label, NULL, data.weight, DEALS, 1);
    double chance = clock_seconds() - start;
    printf("%zu runs, %s: AUROC %.3f (%.3f to %.3f) in %.4f s; p %.2f by %d deals in %.3f s\n", n,
           values ? "two scores" : "distinct scores", found.auroc, found.interval.low,
           found.interval.high, interval, p, DEALS, chance);
    free(data.score);
    free(data.weight);
    free(data.label);
}

int main(int argc, char **argv) {
    size_t n = argc > 1 ? (size_t)atol(argv[1]) : 10000;
    measure(n, 0);
    measure(n, 2);
    return 0;
}
