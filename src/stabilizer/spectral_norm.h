/* spectral_norm.h: spectral normalisation (Miyato et al. 2018, arXiv 1802.05957) as a projection
 * after the update (Gouk et al. 2021, arXiv 1804.04368): for every weight matrix W
 *
 *   W <- W min(1, bound / s(W)),   s = the largest singular value
 *
 * Miyato divides by s always, which would also blow small matrices up at the first step; with the
 * usual initialisation s starts below 1 and only growth is held back. s by one power iteration a
 * step from the last step's vector, never above the true value. Packed matrices (query, key
 * and value; llama's gate and up) are one W: s is that of the whole. Embeddings and vectors
 * stay. */
#ifndef STABILIZER_SPECTRAL_NORM_H
#define STABILIZER_SPECTRAL_NORM_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_spectral_norm;
extern const field_set_t spectral_norm_fields; /* train.spectral_norm */

#endif
