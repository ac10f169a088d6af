#include "plot/ink.h"

#include <math.h>

static const colour_t colours[2][INK_HEAT] = {
    [THEME_LIGHT] = {[INK_PAPER] = {255, 255, 255},
                     [INK_TEXT] = {28, 28, 32},
                     [INK_MUTED] = {105, 108, 116},
                     [INK_GRID] = {224, 226, 230},
                     [INK_BAD] = {213, 94, 0},
                     [INK_SERIES] = {0, 114, 178},
                     [INK_SERIES + 1] = {0, 158, 115},
                     [INK_SERIES + 2] = {204, 121, 167},
                     [INK_SERIES + 3] = {86, 180, 233},
                     [INK_SERIES + 4] = {176, 123, 0},
                     [INK_SERIES + 5] = {110, 84, 160},
                     [INK_SERIES + 6] = {90, 90, 90}},
    [THEME_DARK] = {[INK_PAPER] = {22, 24, 29},
                    [INK_TEXT] = {232, 233, 237},
                    [INK_MUTED] = {158, 162, 172},
                    [INK_GRID] = {52, 56, 65},
                    [INK_BAD] = {255, 132, 56},
                    [INK_SERIES] = {74, 163, 223},
                    [INK_SERIES + 1] = {38, 192, 148},
                    [INK_SERIES + 2] = {221, 150, 188},
                    [INK_SERIES + 3] = {140, 208, 245},
                    [INK_SERIES + 4] = {224, 172, 58},
                    [INK_SERIES + 5] = {168, 146, 214},
                    [INK_SERIES + 6] = {170, 170, 170}},
};

ink_t ink_series(size_t n) { return (ink_t)(INK_SERIES + n % (INK_HEAT - INK_SERIES)); }

ink_t ink_heat(double share) {
    double s = share > 0 ? share < 1 ? share : 1 : 0; /* 0 for NaN too */
    return (ink_t)(INK_HEAT + lround(s * (INK_COUNT - 1 - INK_HEAT)));
}

static unsigned char blend(int low, int high, double share) {
    return (unsigned char)lround(low + share * (high - low));
}

/* Nearer to the paper is less: a ramp of one hue reads the same in print and to the colour-blind.
 */
static colour_t heat_colour(theme_t theme, ink_t ink) {
    static const colour_t ends[2][2] = {[THEME_LIGHT] = {{238, 243, 248}, {8, 64, 129}},
                                        [THEME_DARK] = {{44, 51, 62}, {142, 202, 255}}};
    colour_t low = ends[theme][0], high = ends[theme][1];
    double share = (double)(ink - INK_HEAT) / (INK_COUNT - 1 - INK_HEAT);
    return (colour_t){blend(low.red, high.red, share), blend(low.green, high.green, share),
                      blend(low.blue, high.blue, share)};
}

colour_t ink_colour(theme_t theme, ink_t ink) {
    return ink < INK_HEAT ? colours[theme][ink] : heat_colour(theme, ink);
}

void ink_write_css(FILE *out, theme_t theme, const char *within) {
    for (int ink = 0; ink < INK_COUNT; ink++) {
        colour_t c = ink_colour(theme, (ink_t)ink);
        char text[8];
        snprintf(text, sizeof text, "#%02x%02x%02x", c.red, c.green, c.blue);
        fprintf(out, "%s.s%d{stroke:%s}%s.f%d{fill:%s}\n", within, ink, text, within, ink, text);
    }
}
