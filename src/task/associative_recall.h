/* associative_recall.h: remember which value followed a key (RKSP paper, Table 11).
 *
 *   tokens  k1 v1 k2 v2 ... kn vn  filler ... filler  q      target: the value of key q
 *
 * Keys are distinct, keys and values are drawn from the whole vocabulary, q is one of the keys, at
 * the last position. Filler tokens are random ones of the whole vocabulary ("random"), as in the
 * published spectra, or token 0 ("zero"), another convention with other spectra. A filler may equal
 * a key by chance: a pair is told by its position, not by its tokens. Samples are made when asked
 * for: sample b of step s is a pure function of (seed, replica, s, b). */
#ifndef TASK_ASSOCIATIVE_RECALL_H
#define TASK_ASSOCIATIVE_RECALL_H

#include "task/task.h"

extern const task_row_t task_associative_recall;

#endif
