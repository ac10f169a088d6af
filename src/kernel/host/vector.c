#include "kernel/vector.h"

#include <math.h>

#include "kernel/host/isa.h"

double vector_dot(const flt *x, const flt *y, long n) { return isa_level()->loops->dot(x, y, n); }

double vector_norm(const flt *x, long n) { return sqrt(vector_dot(x, x, n)); }

double vector_largest(const flt *x, long n) { return isa_level()->loops->largest(x, n); }

void vector_scale(const flt *x, double s, flt *y, long n) { isa_level()->loops->scale(x, s, y, n); }

void vector_add(double s, const flt *x, flt *y, long n) { isa_level()->loops->add(s, x, y, n); }
