/* emulated.h: a device inside the host process, so that device kernels can be tested anywhere.
 *
 * A team is EMULATED_LANES fibers that switch only where the lanes of a team must meet; teams run
 * one after the other, the last first, and every other team runs its lanes backwards: a kernel that
 * leans on an order shows wrong results. With little memory (tests of single operators) teams do
 * not see each other's stores, and two that store the same element end the program. The memory
 * cannot be touched from outside a kernel, a product or a copy: a host function that does so
 * crashes, as it would with a GPU's. Slow. */
#ifndef KERNEL_DEVICE_EMULATED_H
#define KERNEL_DEVICE_EMULATED_H

#include "kernel/op.h"

enum { EMULATED_LANES = 4, EMULATED_TEAMS = 3 };

/* Runs the team function in all teams and lanes. */
void emulated_launch(kernel_t *team, const call_t *call, long rows);

/* In a kernel: this lane, this team, and how many teams there are. */
long emulated_lane(void);
long emulated_team(void);
long emulated_teams(void);

/* Waits for all lanes of the team; aborts the program when they do not all come. */
void emulated_synchronize(void);

/* Memory the lanes share: room for EMULATED_LANES elements of 16 bytes. */
void *emulated_slots(void);

#endif
