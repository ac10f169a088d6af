/* ink.h: the colours of figures, told apart by the colour-blind too: Okabe and Ito's palette
 * (2008), its yellow left out, which nobody sees on white. */
#ifndef PLOT_INK_H
#define PLOT_INK_H

#include <stdio.h>

typedef enum {
    INK_PAPER,
    INK_TEXT,
    INK_MUTED,
    INK_GRID,
    INK_BAD,    /* diverged: vermilion, with a shape of its own wherever it means that */
    INK_SERIES, /* and INK_SERIES + 1 ..: for the n-th of something, see ink_series     */
    INK_HEAT = INK_SERIES + 7, /* and 15 more: from little to much, see ink_heat             */
    INK_COUNT = INK_HEAT + 16
} ink_t;

/* The ink of the n-th of several; they come round again after seven. */
ink_t ink_series(size_t n);

/* The ink that shows `share` of 0..1 in a heat map; the same in light and dark. */
ink_t ink_heat(double share);

typedef enum { THEME_LIGHT, THEME_DARK } theme_t;

/* Red, green, blue. */
typedef struct colour {
    unsigned char red, green, blue;
} colour_t;
colour_t ink_colour(theme_t theme, ink_t ink);

/* Writes the style sheet's rules for all inks: classes s0, s1, .. (lines) and f0, f1, .. (areas,
 * text); `within`: in front of each selector, "" = everywhere. */
void ink_write_css(FILE *out, theme_t theme, const char *within);

#endif
