/* quantity.h: the numbers of one transition, by the names that tables and files have for them. */
#ifndef PROFILE_QUANTITY_H
#define PROFILE_QUANTITY_H

#include <stddef.h>

#include "spectral/rksp.h"

typedef struct quantity {
    const char *key; /* "m_near_unit" */
    size_t offset;   /* in rksp_result_t */
} quantity_t;

extern const quantity_t quantities[]; /* NULL-key-terminated */

static inline double quantity_of(const rksp_result_t *result, const quantity_t *quantity) {
    return *(const double *)((const char *)result + quantity->offset);
}

#endif
