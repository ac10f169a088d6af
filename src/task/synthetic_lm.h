/* synthetic_lm.h: next-token prediction on made-up sequences (RKSP paper, synthetic LM).
 *
 * A sequence is a chain of segments, each of the three kinds equally likely, cut off at the end:
 *
 *   repetition   a pattern of 2..5 random tokens, 2..4 times
 *   sequential   5..15 consecutive ids, a, a+1, a+2, ...
 *   random       5..15 random tokens
 *
 * all of tokens 10 .. V-1. The data set has 20 000 training and 2 000 held-out sequences; sequence
 * i is a pure function of (sweep seed, i), the same for every replica, made when asked for.
 * Replicas read the training sequences in orders of their own (epochs.h). A sequence has T+1
 * tokens, so that each of the T positions has a target. */
#ifndef TASK_SYNTHETIC_LM_H
#define TASK_SYNTHETIC_LM_H

#include "task/task.h"

extern const task_row_t task_synthetic_lm;

#endif
