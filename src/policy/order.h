/* order.h: whose turn it is: a sequence of all trials such that stopping anywhere in it leaves
 * results that say something about all trials.
 *
 * Most turns go to the trial of the next rank (the riskiest, say); every so often, at a fixed
 * share, an audit turn goes to one drawn at random from all that had no turn yet. After t turns let
 * r be the ranks that the ranked turns have come to. Every trial of rank below r had its turn: the
 * chance that it has is 1. Of the n - r others, which no ranked turn has looked at, the k that had
 * a turn are audited ones, and nothing in the sequence tells the n - r apart: they are a simple
 * random sample, each with the chance
 *
 *   k / (n - r).
 *
 * Results weighted by one over it make up for the trials that were never run (Horvitz and Thompson
 * 1952). The sequence is a function of scores and seed, so the chances of a stopped sweep can be
 * told from the sequence and the trials that have ended, and no chance depends on how long trials
 * took. */
#ifndef POLICY_ORDER_H
#define POLICY_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct order {
    size_t count;
    size_t *trial;           /* owned [count]: of each turn, the number of its trial */
    size_t *turn;            /* owned [count]: of each trial                         */
    size_t *rank;            /* owned [count]: of each trial; equal scores by number */
    unsigned char *is_audit; /* owned [count]: of each turn                          */
} order_t;

typedef enum { ORDER_HIGHEST_FIRST, ORDER_LOWEST_FIRST } order_direction_t;

/* Sequence of trials 0 .. count-1 by score[count]; NaN counts as above all numbers. `audit` is the
 * share of audit turns. Without scores (NULL) every turn is one: a random sequence. */
status_t order_create(size_t count, const double *score, order_direction_t direction, double audit,
                      uint64_t seed, order_t *order);
void order_destroy(order_t *order); /* {0} is fine; leaves {0} */

/* How many turns are over: all trials up to there have ended. */
size_t order_turns(const order_t *order, const unsigned char *has_ended);

/* chance[i] := chance that trial i is among those of the first `turns`; 0 for those that are not
 * among them, whether or not they have ended: out of turn, that depends on how long they took. */
void order_inclusion(const order_t *order, size_t turns, double *chance);

#endif
