/* slice.h: options of the choice of columns. */
#ifndef KERNEL_SLICE_H
#define KERNEL_SLICE_H

struct slice_options {
    long first, count; /* columns first .. first + count - 1 */
};

#endif
