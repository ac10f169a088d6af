/* image.h: 32x32 pictures as CIFAR-10 stores them, made ready for a model. */
#ifndef TASK_IMAGE_H
#define TASK_IMAGE_H

#include "base/status.h"

enum { PICTURE_SIDE = 32, PICTURE_CHANNELS = 3, PICTURE_PAD = 4 };
enum { PICTURE_BYTES = PICTURE_CHANNELS * PICTURE_SIDE * PICTURE_SIDE };

/* A cut of the picture padded with PICTURE_PAD black pixels all around, mirrored or not. */
typedef struct view {
    int down, right; /* 0 .. 2 * PICTURE_PAD; PICTURE_PAD = the picture itself */
    int is_mirrored; /* left and right swapped                                 */
} view_t;

/* For each output row or column: the two source pixels it lies between, and the share of the
 * second. */
typedef struct tap {
    int first, second;
    float share;
} tap_t;

typedef struct resizer {
    int side;    /* I: pixels per side of the output */
    tap_t *taps; /* owned [I]                        */
} resizer_t;

/* Bilinear with pixel centres at half integers, edges repeated (align_corners = false). */
status_t resizer_create(int side, resizer_t *resizer);
void resizer_destroy(resizer_t *resizer);

/* picture [3,32,32] bytes -> output [3,I,I], (x/255 - mean) / deviation per channel with the usual
 * constants of the CIFAR-10 training set. */
void picture_decode(const resizer_t *resizer, const unsigned char *picture, view_t view,
                    float *output);

#endif
