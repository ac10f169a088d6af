#include "dispatch/packer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/store.h"

enum {
    BATCH = 256,   /* trials of a segment                             */
    LEFT_MAX = 100 /* files of single trials a sweep may leave behind */
};

typedef char trial_id_t[TRIAL_ID_LENGTH + 1];

struct packer {
    const char *run_dir;
    trial_id_t *ended; /* owned [capacity]: since the last batch        */
    size_t count, capacity;
    trial_id_t batch[BATCH]; /* what the thread packs                         */
    pthread_t thread;
    int has_thread;
    atomic_int is_packing; /* the batch is the thread's                     */
};

status_t packer_start(const char *run_dir, packer_t **packer) {
    *packer = calloc(1, sizeof **packer);
    CHECK(*packer, STATUS_ENVIRONMENT, "out of memory to pack the trials of %s", run_dir);
    (*packer)->run_dir = run_dir;
    return STATUS_OK;
}

static void *pack(void *argument) {
    packer_t *packer = argument;
    if (store_pack(packer->run_dir, packer->batch, BATCH) != STATUS_OK)
        log_warning("trials were not packed: %s", status_message());
    atomic_store(&packer->is_packing, 0);
    return NULL;
}

static void join(packer_t *packer) {
    if (packer->has_thread) pthread_join(packer->thread, NULL);
    packer->has_thread = 0;
}

/* The last ones of the list first, which costs no move of the others. Signals belong to the main
 * thread. */
static void send_batch(packer_t *packer) {
    sigset_t all, old;
    join(packer);
    packer->count -= BATCH;
    memcpy(packer->batch, packer->ended + packer->count, sizeof packer->batch);
    atomic_store(&packer->is_packing, 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    packer->has_thread = pthread_create(&packer->thread, NULL, pack, packer) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!packer->has_thread) atomic_store(&packer->is_packing, 0);
}

void packer_note(packer_t *packer, const trial_t *trial) {
    if (!packer) return;
    if (packer->count == packer->capacity) {
        size_t capacity = 2 * packer->capacity + BATCH;
        trial_id_t *fresh = realloc(packer->ended, capacity * sizeof *fresh);
        if (!fresh) return; /* it stays a file of its own */
        packer->ended = fresh;
        packer->capacity = capacity;
    }
    memcpy(packer->ended[packer->count++], trial->id, sizeof trial->id);
    if (packer->count >= BATCH && !atomic_load(&packer->is_packing)) send_batch(packer);
}

void packer_stop(packer_t **packing) {
    packer_t *packer = *packing;
    if (!packer) return;
    join(packer);
    if (store_pack_all(packer->run_dir, LEFT_MAX) != STATUS_OK)
        log_warning("trials were not packed: %s", status_message());
    free(packer->ended);
    free(packer);
    *packing = NULL;
}
