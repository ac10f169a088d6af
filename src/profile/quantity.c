#include "profile/quantity.h"

const quantity_t quantities[] = {
#define AT(member) offsetof(rksp_result_t, member)
    {"m_near_unit", AT(all.near_unit)},
    {"m_expansive", AT(all.expansive)},
    {"m_contractive", AT(all.contractive)},
    {"m_mid", AT(all.mid)},
    {"rho", AT(rho)},
    {"eta_nl", AT(eta_nl)},
    {"kappa_v", AT(kappa_v)},
    {"henrici", AT(henrici)},
    {"change", AT(change)},
    {"kreiss", AT(kreiss)},
    {"kreiss_scaled", AT(kreiss_scaled)},
    {"reliable", AT(reliable_share)},
    {"m_near_unit_reliable", AT(reliable.near_unit)},
    {"m_expansive_reliable", AT(reliable.expansive)},
#undef AT
    {0}};
