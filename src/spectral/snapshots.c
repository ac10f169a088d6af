#include "spectral/snapshots.h"

#include <float.h>
#include <math.h>
#include <string.h>

void snapshots_remove_mean(dense_t m, double *mean) {
    const double *first = dense_column(m, 0);
    memset(mean, 0, sizeof(double) * (size_t)m.rows);
    for (int j = 1; j < m.cols; j++) {
        const double *column = dense_column(m, j);
        for (int i = 0; i < m.rows; i++) mean[i] += column[i] - first[i];
    }
    for (int i = 0; i < m.rows; i++) mean[i] = first[i] + mean[i] / m.cols;
    for (int j = 0; j < m.cols; j++) {
        double *column = dense_column(m, j);
        for (int i = 0; i < m.rows; i++) column[i] -= mean[i];
    }
}

static status_t refuse_not_finite(const char *name, dense_t m) {
    for (int j = 0; j < m.cols; j++)
        for (int i = 0; i < m.rows; i++)
            CHECK(isfinite(dense_column(m, j)[i]), STATUS_FAILED,
                  "spectral: %s is %g at sample %d, feature %d; the layer spectrum needs finite "
                  "activations",
                  name, dense_column(m, j)[i], j, i);
    return STATUS_OK;
}

static status_t finish(const char *name, dense_t centred, double *mean) {
    int is_finite = 1;
    for (int j = 0; j < centred.cols; j++)
        for (int i = 0; i < centred.rows; i++)
            is_finite &= fabs(dense_column(centred, j)[i]) <= DBL_MAX;
    if (!is_finite) return refuse_not_finite(name, centred);
    snapshots_remove_mean(centred, mean);
    return STATUS_OK;
}

status_t snapshots_centre_f32(const char *name, const float *x, int stride, dense_t centred,
                              double *mean) {
    for (int j = 0; j < centred.cols; j++)
        for (int i = 0; i < centred.rows; i++)
            dense_column(centred, j)[i] = (double)x[(size_t)j * (size_t)stride + (size_t)i];
    return finish(name, centred, mean);
}

status_t snapshots_centre_f64(const char *name, const double *x, int stride, dense_t centred,
                              double *mean) {
    for (int j = 0; j < centred.cols; j++)
        memcpy(dense_column(centred, j), x + (size_t)j * (size_t)stride,
               sizeof(double) * (size_t)centred.rows);
    return finish(name, centred, mean);
}

void snapshots_write_f32(dense_t m, float *x, int stride) {
    for (int j = 0; j < m.cols; j++)
        for (int i = 0; i < m.rows; i++)
            x[(size_t)j * (size_t)stride + (size_t)i] = (float)dense_column(m, j)[i];
}

void snapshots_write_f64(dense_t m, double *x, int stride) {
    for (int j = 0; j < m.cols; j++)
        memcpy(x + (size_t)j * (size_t)stride, dense_column(m, j), sizeof(double) * (size_t)m.rows);
}
