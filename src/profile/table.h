/* table.h: profiles as tables, for people and programs (report/render.h). */
#ifndef PROFILE_TABLE_H
#define PROFILE_TABLE_H

#include "profile/profile.h"
#include "report/table.h"

/* One row per transition, a section per profile. `what` names whose profiles they are. */
report_table_t profile_layer_table(const char *what, const profile_t *profiles, size_t count);

/* Means over the early, middle and late third, without the row of the final norm, beside the
 * published values of that architecture;
 * of all where it is "": not known. */
report_table_t profile_group_table(const char *arch, const profile_t *profiles, size_t count);

#endif
