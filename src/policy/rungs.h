/* rungs.h: now and then, ends trials whose loss has not come down. */
#ifndef POLICY_RUNGS_H
#define POLICY_RUNGS_H

#include "policy/policy.h"

extern const policy_row_t policy_rungs;

#endif
