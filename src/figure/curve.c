#include "figure/curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

double *curve_numbers(const record_item_t *item) {
    if (!item || item->type == RECORD_TEXT) return NULL;
    size_t count = record_item_count(item);
    double *number = memory_take(count + 1, sizeof *number, "a series");
    for (size_t i = 0; i < count; i++) {
        const void *at = item->data;
        switch (item->type) {
        case RECORD_F64:
            number[i] = ((const double *)at)[i];
            break;
        case RECORD_F32:
            number[i] = (double)((const float *)at)[i];
            break;
        case RECORD_I64:
            number[i] = (double)((const int64_t *)at)[i];
            break;
        default:
            number[i] = (double)((const int32_t *)at)[i];
            break;
        }
    }
    return number;
}

static void keep(curve_t *curve, const double *x, const double *y, size_t i) {
    curve->x[curve->count] = x[i];
    curve->y[curve->count++] = y[i];
}

/* The places of the smallest and the largest number of y[from..to); a number that is not finite is
 * the largest of all: it is what a diverging run ends with. */
static void find_ends(const double *y, size_t from, size_t to, size_t *low, size_t *high) {
    *low = *high = from;
    for (size_t i = from; i < to; i++) {
        if (isfinite(y[i]) && !(y[*low] <= y[i])) *low = i;
        if (!isfinite(y[i]) || y[i] > y[*high]) *high = i;
    }
}

static void thin_out(const double *x, const double *y, size_t count, size_t points,
                     curve_t *curve) {
    size_t stretches = points > 4 ? (points - 2) / 2 : 1, low, high;
    keep(curve, x, y, 0);
    for (size_t s = 0; s < stretches; s++) {
        size_t from = 1 + (count - 2) * s / stretches, to = 1 + (count - 2) * (s + 1) / stretches;
        if (from == to) continue;
        find_ends(y, from, to, &low, &high);
        keep(curve, x, y, low < high ? low : high);
        if (low != high) keep(curve, x, y, low < high ? high : low);
    }
    keep(curve, x, y, count - 1);
}

curve_t curve_take(const record_t *record, const char *x_path, const char *y_path, size_t points) {
    curve_t curve = {0};
    const record_item_t *x_item = record_find(record, x_path),
                        *y_item = record_find(record, y_path);
    double *x = curve_numbers(x_item), *y = curve_numbers(y_item);
    size_t count = x && y ? record_item_count(y_item) : 0;
    if (count && record_item_count(x_item) == count) {
        size_t room = count < points ? count : points + 4;
        curve.x = memory_take(room, sizeof *curve.x, "a series");
        curve.y = memory_take(room, sizeof *curve.y, "a series");
        if (count <= points)
            for (size_t i = 0; i < count; i++) keep(&curve, x, y, i);
        else
            thin_out(x, y, count, points, &curve);
    }
    free(x);
    free(y);
    return curve;
}

void curve_free(curve_t *curve) {
    free(curve->x);
    free(curve->y);
    *curve = (curve_t){0};
}
