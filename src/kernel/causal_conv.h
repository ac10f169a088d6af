/* causal_conv.h: options of the causal convolution. */
#ifndef KERNEL_CAUSAL_CONV_H
#define KERNEL_CAUSAL_CONV_H

struct causal_conv_options {
    long length; /* T: rows of one sample */
};

#endif
