#include "kernel/precision.h"

#include <stdlib.h>

#include "base/memory.h"

/* --- the table --- */

const precision_t precision_f32 = {.name = "f32", .doc = "float32, by the BLAS library"};

const precision_t *const precision_rows[] = {
#define PRECISION(name) &precision_##name,
#include "kernel/precisions.def"
#undef PRECISION
    NULL};

const char *const *precision_names(void) {
    static const char *const names[] = {
#define PRECISION(name) #name,
#include "kernel/precisions.def"
#undef PRECISION
        NULL};
    return names;
}

const precision_t *precision_find(const char *name) {
    int i = 0;
    while (precision_rows[i] && strcmp(precision_rows[i]->name, name) != 0) i++;
    return precision_rows[i];
}

status_t precision_check(const precision_t *precision, const backend_t *backend) {
    if (backend->has_gemm) return precision->check ? precision->check() : STATUS_OK;
    CHECK(precision->factors == FACTORS_FLOAT32 || backend->rounds, STATUS_ENVIRONMENT,
          "train.precision: %s: products on resources.device %s are float32; set "
          "train.precision: f32, or another device",
          precision->name, backend->name);
    return STATUS_OK;
}

size_t precision_room(const precision_t *precision, const backend_t *backend, size_t count) {
    static const size_t bytes[] = {
        [FACTORS_BF16] = sizeof(bf16_t), [FACTORS_BF16_AS_FLOAT32] = sizeof(float)};
    if (backend->has_gemm || precision->factors == FACTORS_FLOAT32) return 0;
    return count * bytes[precision->factors];
}

/* --- a network's products --- */

static _Thread_local products_t *at_work;

products_t *products_now(void) { return at_work; }

status_t products_create(const precision_t *precision, const flt *weights, size_t count,
                         products_t *products) {
    *products = (products_t){.precision = precision, .weights = weights, .count = count};
    if (!precision || !precision->keeps_weights || !weights) return STATUS_OK;
    products->rounded = malloc((count + 1) * sizeof(bf16_t));
    CHECK(products->rounded, STATUS_ENVIRONMENT, "out of memory for %zu weights in bfloat16",
          count);
    return STATUS_OK;
}

void products_destroy(products_t *products) {
    free(products->rounded);
    free(products->factors[0]);
    free(products->factors[1]);
    *products = (products_t){0};
}

static void round_weights(products_t *p) {
    for (size_t i = 0; i < p->count; i++) p->rounded[i] = bf16_of((float)p->weights[i]);
    p->is_fresh = 1;
}

void products_begin(products_t *products, int are_new) {
    at_work = products;
    if (are_new) products->is_fresh = 0;
    int are_kept = products->rounded && products->precision->keeps_weights;
    if (are_kept && !products->is_fresh) round_weights(products);
}

void products_end(void) { at_work = NULL; }

/* Grown by the first steps, and then there. */
void *products_factor(products_t *products, int factor, size_t count, size_t size) {
    size_t bytes = count * size;
    if (products->room[factor] < bytes) {
        free(products->factors[factor]);
        products->factors[factor] = memory_take(bytes, 1, "a factor of a matrix product");
        products->room[factor] = bytes;
    }
    return products->factors[factor];
}
