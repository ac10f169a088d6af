/* bench_walk: the hidden states of a checkpoint, block by block, as `koopsweep profile` computes
 * them: processor time of every block (read, converted, run), and the most memory up to then.
 *
 * usage: bench_walk CHECKPOINT IDS [TOKENS [LENGTH]]      TOKENS: 2048 unless told, LENGTH: 64
 *
 * tools/random_checkpoint.py writes checkpoints of published shapes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "bench/clean.h"
#include "checkpoint/walk.h"
#include "kernel/gemm.h"
#include "profile/token_input.h"

static void give_up(void) {
    fprintf(stderr, "bench_walk: %s\n", status_message());
    exit(7);
}

static void print_line(const char *what, double start) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%-10s %10.2f %10.0f\n", what, clock_processor() - start,
           (double)used.ru_maxrss * 1024 / 1e6);
    fflush(stdout);
}

static void run(const checkpoint_t *c, const int32_t *ids, int sequences, int length) {
    walk_t walk;
    char what[32];
    double start = clock_processor(), loss;
    if (walk_begin(c, ids, sequences, length, &walk)) give_up();
    print_line("embedding", start);
    for (int l = 0; l < c->options.layers; l++) {
        start = clock_processor();
        if (walk_step(&walk)) give_up();
        walk_advance(&walk);
        snprintf(what, sizeof what, "block %d", l);
        print_line(what, start);
    }
    start = clock_processor();
    if (walk_loss(&walk, &loss)) give_up();
    print_line("loss", start);
    printf("%d x %d tokens, %.3f nats each\n", sequences, length, loss);
    walk_end(&walk);
}

int main(int argc, char **argv) {
    checkpoint_t c;
    int32_t *ids;
    int64_t count;
    int tokens = argc > 3 ? atoi(argv[3]) : 2048, length = argc > 4 ? atoi(argv[4]) : 64;
    bench_clean_start(argv);
    gemm_start(1);
    if (argc < 3 || length < 1 || tokens < length)
        return fprintf(stderr, "usage: bench_walk CHECKPOINT IDS [TOKENS [LENGTH]]\n"), 2;
    if (token_input_read(argv[2], &ids, &count) || checkpoint_open(argv[1], NULL, &c)) give_up();
    printf("              s of processor  most MB\n");
    run(&c, ids, (int)(count < tokens ? count : tokens) / length, length);
    free(ids);
    checkpoint_close(&c);
    return 0;
}
