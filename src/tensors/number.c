#include "tensors/number.h"

#include <stdint.h>
#include <string.h>

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* bfloat16 is the upper half of a float. */
static float bfloat(uint16_t bits) { return float_of((uint32_t)bits << 16); }

/* IEEE binary16: its exponent, moved into a float's place, is 112 too small, also where the number
 * is subnormal; infinities and NaNs have a float's largest exponent instead. */
static float half(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, size = (uint32_t)(bits & 0x7fff) << 13;
    if ((bits & 0x7c00) == 0x7c00) return float_of(sign | 0x7f800000 | size);
    float x = float_of(size) * 0x1p112f;
    return sign ? -x : x;
}

/* The bytes may lie anywhere: numbers are copied out one by one. */
#define SIZE(name, bytes)
#define NUMBER(name, type, value)                                                                  \
    static void name##_to_f32(const void *from, size_t count, float *to) {                         \
        for (size_t i = 0; i < count; i++) {                                                       \
            type x;                                                                                \
            memcpy(&x, (const char *)from + i * sizeof x, sizeof x);                               \
            to[i] = (float)(value);                                                                \
        }                                                                                          \
    }                                                                                              \
    static void name##_to_f64(const void *from, size_t count, double *to) {                        \
        for (size_t i = 0; i < count; i++) {                                                       \
            type x;                                                                                \
            memcpy(&x, (const char *)from + i * sizeof x, sizeof x);                               \
            to[i] = (double)(value);                                                               \
        }                                                                                          \
    }
#include "tensors/numbers.def"
#undef NUMBER
#undef SIZE

static const number_type_t types[] = {
#define SIZE(name, bytes)         {#name, bytes, NULL, NULL},
#define NUMBER(name, type, value) {#name, sizeof(type), name##_to_f32, name##_to_f64},
#include "tensors/numbers.def"
};

const number_type_t *number_type_find(const char *name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    return NULL;
}
