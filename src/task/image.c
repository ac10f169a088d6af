#include "task/image.h"

#include <math.h>
#include <stdlib.h>

static const float mean[PICTURE_CHANNELS] = {0.4914f, 0.4822f, 0.4465f};
static const float deviation[PICTURE_CHANNELS] = {0.2470f, 0.2435f, 0.2616f};

status_t resizer_create(int side, resizer_t *resizer) {
    *resizer = (resizer_t){.side = side, .taps = malloc((size_t)side * sizeof(tap_t))};
    CHECK(resizer->taps, STATUS_ENVIRONMENT, "no memory to resize to %d pixels", side);
    for (int i = 0; i < side; i++) {
        float source = (i + 0.5f) * PICTURE_SIDE / side - 0.5f;
        if (source < 0) source = 0;
        int first = (int)source;
        int second = first + 1 < PICTURE_SIDE ? first + 1 : first;
        resizer->taps[i] = (tap_t){first, second, source - (float)first};
    }
    return STATUS_OK;
}

void resizer_destroy(resizer_t *resizer) {
    free(resizer->taps);
    *resizer = (resizer_t){0};
}

/* One channel of the view, standardised: plane [32,32]. */
static void cut_channel(const unsigned char *channel, view_t view, int c,
                        float plane[PICTURE_SIDE * PICTURE_SIDE]) {
    for (int y = 0; y < PICTURE_SIDE; y++) {
        int from_y = y + view.down - PICTURE_PAD;
        for (int x = 0; x < PICTURE_SIDE; x++) {
            int at = view.is_mirrored ? PICTURE_SIDE - 1 - x : x;
            int from_x = at + view.right - PICTURE_PAD;
            int is_inside =
                from_y >= 0 && from_y < PICTURE_SIDE && from_x >= 0 && from_x < PICTURE_SIDE;
            float value = is_inside ? channel[from_y * PICTURE_SIDE + from_x] / 255.0f : 0;
            plane[y * PICTURE_SIDE + x] = (value - mean[c]) / deviation[c];
        }
    }
}

static void resize_channel(const resizer_t *resizer, const float *plane, float *output) {
    int side = resizer->side;
    for (int y = 0; y < side; y++) {
        tap_t v = resizer->taps[y];
        const float *above = plane + v.first * PICTURE_SIDE;
        const float *below = plane + v.second * PICTURE_SIDE;
        for (int x = 0; x < side; x++) {
            tap_t h = resizer->taps[x];
            float top = above[h.first] + h.share * (above[h.second] - above[h.first]);
            float bottom = below[h.first] + h.share * (below[h.second] - below[h.first]);
            output[y * side + x] = top + v.share * (bottom - top);
        }
    }
}

void picture_decode(const resizer_t *resizer, const unsigned char *picture, view_t view,
                    float *output) {
    float plane[PICTURE_SIDE * PICTURE_SIDE];
    for (int c = 0; c < PICTURE_CHANNELS; c++) {
        cut_channel(picture + c * PICTURE_SIDE * PICTURE_SIDE, view, c, plane);
        resize_channel(resizer, plane, output + (size_t)c * resizer->side * resizer->side);
    }
}
