/* risk.h: does not train what the spectrum at initialisation calls risky. */
#ifndef POLICY_RISK_H
#define POLICY_RISK_H

#include "policy/policy.h"

extern const policy_row_t policy_risk;

#endif
