/* precision.h: how a network multiplies matrices: in float32, or with factors rounded to bfloat16.
 *
 * bf16 rounds both factors of every product to bfloat16 (8 bits of precision, float32's range), to
 * nearest, ties to even; their products and the sums of those are float32. So a product of rounded
 * factors is exact, and two ways of computing it differ by the order of the sums alone. All else is
 * float32: weights, norms, softmax, loss, optimizer. PyTorch's autocast does so, too, but for one
 * thing: it rounds the result of a product as well (docs/precision.md).
 *
 * A precision is one file and one row; nobody else knows its name. Which one is at work is a
 * property of the network that runs: gemm (gemm.h) asks here. */
#ifndef KERNEL_PRECISION_H
#define KERNEL_PRECISION_H

#include "base/status.h"
#include "kernel/backend.h"
#include "kernel/bf16.h"
#include "kernel/gemm.h"

typedef struct precision precision_t;

/* How a factor enters a product: what a device that multiplies by itself goes by. */
typedef enum { FACTORS_FLOAT32, FACTORS_BF16, FACTORS_BF16_AS_FLOAT32 } factors_t;

/* The products of one network, which borrows its precision. {0}: float32. */
typedef struct products {
    const precision_t *precision; /* NULL: float32                                          */
    const flt *weights;           /* borrowed [count], in the host's memory; NULL: unknown  */
    size_t count;
    bf16_t *rounded;  /* owned [count]: weights as they enter products; NULL: none are kept */
    int is_fresh;     /* they are those of the weights as they are now                      */
    void *factors[2]; /* owned: the factors of the last product, rounded                    */
    size_t room[2];   /* bytes of each                                                      */
    void *there[2];   /* borrowed: the same in the memory of a device that rounds by itself */
    size_t room_there;
} products_t;

struct precision {
    const char *name, *doc;
    factors_t factors;

    /* Can this program and machine do it? NULL = always. STATUS_ENVIRONMENT: one sentence. */
    status_t (*check)(void);

    /* As gemm; NULL = gemm_full. */
    void (*multiply)(products_t *products, gemm_side_t side_a, gemm_side_t side_b, long m, long n,
                     long k, const flt *a, long lda, const flt *b, long ldb, flt beta, flt *c,
                     long ldc);

    int keeps_weights; /* 1: `rounded` is wanted                                             */

    /* The library that multiplies, "oneDNN 2.6.3", into text; NULL = that of gemm_library. */
    void (*library)(char *text, size_t size);
};

extern const precision_t *const precision_rows[]; /* NULL-terminated; float32 first */
const char *const *precision_names(void);
const precision_t *precision_find(const char *name); /* NULL when unknown */

/* Are there such products on this backend? STATUS_ENVIRONMENT: no, in one sentence. */
status_t precision_check(const precision_t *precision, const backend_t *backend);

/* Bytes that a device needs for one factor of `count` elements, rounded; 0 where it rounds none. */
size_t precision_room(const precision_t *precision, const backend_t *backend, size_t count);

#define PRECISION(name) extern const precision_t precision_##name;
#include "kernel/precisions.def"
#undef PRECISION

/* For a network whose parameters are weights[0 .. count). Its precision may be another one later
 * on. STATUS_ENVIRONMENT: out of memory. */
status_t products_create(const precision_t *precision, const flt *weights, size_t count,
                         products_t *products);
void products_destroy(products_t *products); /* {0} is fine */

/* Between these two, gemm computes as `products` say, on this thread. `are_new`: the weights have
 * changed, or may have, since they were rounded last. */
void products_begin(products_t *products, int are_new);
void products_end(void);

/* Those that are at work on this thread; NULL: float32. For gemm. */
products_t *products_now(void);

/* Room for `count` elements of `size` bytes to round factor 0 or 1 into; contents undefined. */
void *products_factor(products_t *products, int factor, size_t count, size_t size);

#endif
