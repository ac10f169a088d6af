/* rest.h: how long who waits for news sleeps between two looks. */
#ifndef DISPATCH_REST_H
#define DISPATCH_REST_H

/* Seconds, after so many seconds of silence: a hundredth of them, 0.1 to 20 ms. Who has reported
 * hears the answer at once, and who idles needs well under 1 % of a core. */
double rest_seconds(double silence);

#endif
