/* Cutting, mirroring, resizing and standardising of one picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "task/image.h"

enum { SIDE = PICTURE_SIDE, PAD = PICTURE_PAD };

static const double mean[] = {0.4914, 0.4822, 0.4465}, deviation[] = {0.2470, 0.2435, 0.2616};
static const view_t whole = {.down = PAD, .right = PAD};

/* What a byte of channel c becomes. */
static double standard(double byte, int c) { return (byte / 255 - mean[c]) / deviation[c]; }

static unsigned char picture[PICTURE_BYTES];

static int paint(void **state) {
    (void)state;
    for (int i = 0; i < PICTURE_BYTES; i++) picture[i] = (unsigned char)(i * 2654435761u >> 11);
    return 0;
}

static int pixel(int c, int y, int x) {
    int is_inside = y >= 0 && y < SIDE && x >= 0 && x < SIDE;
    return is_inside ? picture[(c * SIDE + y) * SIDE + x] : 0;
}

/* Decodes at 32 pixels and compares with pixel (y + dy, x + dx), mirrored or not. */
static void assert_view(view_t view, int dy, int dx) {
    resizer_t resizer;
    float output[PICTURE_BYTES];
    assert_int_equal(resizer_create(SIDE, &resizer), STATUS_OK);
    picture_decode(&resizer, picture, view, output);
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int from = view.is_mirrored ? SIDE - 1 - x : x;
                double wanted = standard(pixel(c, y + dy, from + dx), c);
                assert_true(fabs(output[(c * SIDE + y) * SIDE + x] - wanted) < 1e-5);
            }
        }
    }
    resizer_destroy(&resizer);
}

static void the_whole_picture_is_standardised(void **state) {
    (void)state;
    assert_view(whole, 0, 0);
}

static void mirroring_swaps_left_and_right(void **state) {
    (void)state;
    assert_view((view_t){.down = PAD, .right = PAD, .is_mirrored = 1}, 0, 0);
}

static void cuts_reach_into_black_margins(void **state) {
    (void)state;
    assert_view((view_t){.down = 0, .right = 0}, -PAD, -PAD);
    assert_view((view_t){.down = 2 * PAD, .right = 1}, PAD, 1 - PAD);
    assert_view((view_t){.down = 3, .right = 2 * PAD, .is_mirrored = 1}, 3 - PAD, PAD);
}

/* A linear ramp stays one: output pixel i lies at source (i + 1/2) 32/I - 1/2, held at the edges.
 */
static void resizing_keeps_linear_ramps(void **state) {
    (void)state;
    static const int sides[] = {32, 48, 224};
    static unsigned char ramp[PICTURE_BYTES];
    static float output[3 * 224 * 224];
    for (int i = 0; i < PICTURE_BYTES; i++)
        ramp[i] = (unsigned char)(3 * (i % SIDE) + 2 * (i / SIDE % SIDE));
    for (int s = 0; s < 3; s++) {
        int side = sides[s];
        resizer_t resizer;
        assert_int_equal(resizer_create(side, &resizer), STATUS_OK);
        picture_decode(&resizer, ramp, whole, output);
        for (int i = 0; i < 3 * side * side; i++) {
            double x = (i % side + 0.5) * SIDE / side - 0.5;
            double y = (i / side % side + 0.5) * SIDE / side - 0.5;
            double byte = 3 * fmin(fmax(x, 0), SIDE - 1) + 2 * fmin(fmax(y, 0), SIDE - 1);
            assert_true(fabs(output[i] - standard(byte, i / (side * side))) < 1e-4);
        }
        resizer_destroy(&resizer);
    }
}

/* Bilinear weights of one bright pixel at 224: they fall linearly over one source pixel. */
static void a_bright_pixel_becomes_a_tent(void **state) {
    (void)state;
    static unsigned char dot[PICTURE_BYTES];
    static float output[3 * 224 * 224];
    resizer_t resizer;
    dot[10 * SIDE + 20] = 255;
    assert_int_equal(resizer_create(224, &resizer), STATUS_OK);
    picture_decode(&resizer, dot, whole, output);
    for (int y = 0; y < 224; y++) {
        for (int x = 0; x < 224; x++) {
            double dy = fabs((y + 0.5) / 7 - 0.5 - 10), dx = fabs((x + 0.5) / 7 - 0.5 - 20);
            double weight = fmax(0, 1 - dy) * fmax(0, 1 - dx);
            assert_true(fabs(output[y * 224 + x] - standard(255 * weight, 0)) < 1e-4);
        }
    }
    resizer_destroy(&resizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_picture_is_standardised),
        cmocka_unit_test(mirroring_swaps_left_and_right),
        cmocka_unit_test(cuts_reach_into_black_margins),
        cmocka_unit_test(resizing_keeps_linear_ramps),
        cmocka_unit_test(a_bright_pixel_becomes_a_tent),
    };
    return cmocka_run_group_tests(tests, paint, NULL);
}
