/* student.h: Student's t: what a deviation means when its scale was learnt from few values. */
#ifndef STATS_STUDENT_H
#define STATS_STUDENT_H

/* P(|T| >= |t|), T with `freedom` > 0 degrees of freedom, which may be a fraction (Welch 1947,
 * Satterthwaite 1946): the regularised incomplete beta function I_x(f/2, 1/2), x = f/(f + t^2), by
 * its continued fraction (Lentz). NaN for NaN. */
double student_p(double t, double freedom);

/* The t that is passed on either side with a chance of 5 % in all: 12.7 for one degree of freedom,
 * 1.96 for many. */
double student_95(double freedom);

#endif
