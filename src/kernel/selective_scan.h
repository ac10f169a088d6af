/* selective_scan.h: options of the selective scan. */
#ifndef KERNEL_SELECTIVE_SCAN_H
#define KERNEL_SELECTIVE_SCAN_H

struct selective_scan_options {
    long length; /* T: rows of one sample */
};

#endif
