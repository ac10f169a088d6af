/* packer.h: keeps the number of files of a running sweep small: packs every 256 trials that have
 * ended into a segment (store_pack), in a thread of its own, so that nobody waits for the disk.
 *
 * Ended trials have no writer any more, and the thread shares nothing with the others but the disk.
 * Failing to pack costs files, not results: a warning, and the sweep goes on. Who hands out has
 * one.
 */
#ifndef DISPATCH_PACKER_H
#define DISPATCH_PACKER_H

#include "plan/plan.h"

typedef struct packer packer_t;

status_t packer_start(const char *run_dir, packer_t **packer);

/* The trial has ended: its file may be packed. NULL is fine. */
void packer_note(packer_t *packer, const trial_t *trial);

/* Waits for what is being packed; packs the rest too when that is a lot of files. NULL inside is
 * fine. */
void packer_stop(packer_t **packer);

#endif
