/* arch_warmup.h: architecture warm-up (Ramasinghe et al., ICLR 2026, arXiv 2606.16768): training
 * begins with the lower blocks alone, the others join in groups.
 *
 * A locked block is exactly the identity: it is not run, its parameters are zero but for the gains
 * of its norms, and they are out of the optimizer, decay included. The first arch_warmup.blocks
 * blocks (half of them unless said) are active from the start; the rest is unlocked from the bottom
 * up in arch_warmup.groups groups of as equal size as can be, the first at step arch_warmup.begin
 * (unless said where the learning rate's warm-up ends), the others every arch_warmup.interval
 * steps; or, with arch_warmup.trigger: curvature, each as soon as that many steps have passed and
 * the last arch_warmup.patience measurements of lr lambda_max since the last unlock all lay below
 * arch_warmup.margin of the edge of stability.
 *
 * With all its weights at zero a block would stay there: every product of the gradient has a zero
 * factor. So at its unlock the matrices inside its sub-layers are drawn from N(0, s^2), s =
 * arch_warmup.std, and their output matrices and biases stay zero. Then
 *
 *   - the function, and the gradient of every parameter outside the block, are unchanged, exactly;
 *   - inside the block only the output matrices have a gradient, dL/dW = dh^T y, no larger than
 *     |dh|_F |y|_F, where the input y of W is O(s) for attention and a GELU MLP and O(s^2) for
 *     SwiGLU: this is the jump of the first derivative. (GPT's output biases have the gradient they
 *     would have at any weights: the sum of dh over positions.)
 *   - Adam moves the output matrices from the next step on, whatever the size of their gradient as
 *     long as it is well above train.eps, and with them the rest of the block follows. Its bias
 *     corrections count from the unlock, as those of a parameter that PyTorch's optimizer meets
 *     late: with the others' count the first updates would be 3 lr and more. */
#ifndef STABILIZER_ARCH_WARMUP_H
#define STABILIZER_ARCH_WARMUP_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_arch_warmup;
extern const field_set_t arch_warmup_fields;

#endif
