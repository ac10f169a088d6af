/* kss.h: Koopman Spectral Shaping (Kim et al., arXiv 2602.22988, section 4): every so many steps
 * the gradient of  alpha mean over l in S of L_KSS(h_l, h_{l+1})  joins the task's; S a random
 * share of the layers, L_KSS of spectral/kss.h through a constant random basis.
 *
 * Off when kss.alpha is 0. kss.sham keeps its magnitudes and draws its signs at random: the control
 * that tells shaping from mere noise. Deviations from the paper: the shaping gradient has a clip of
 * its own (unclipped it grows through unstable layers without bound); the divergence label is the
 * task's. */
#ifndef STABILIZER_KSS_H
#define STABILIZER_KSS_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_kss;

#endif
