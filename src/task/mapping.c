#include "task/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Process-wide, as the signal is. */
static mapping_t *volatile mappings;
static struct sigaction before; /* who handled it, or nobody */
static size_t page_size;

/* -- the signal: nothing here but system calls that may be made in a handler ---------------- */

/* Zeros from the page of `at` on: the signal comes once for a file, not once for a page. */
static int lay_zeros(mapping_t *mapping, const char *at) {
    size_t from = (size_t)(at - mapping->bytes) / page_size * page_size;
    void *page = (void *)(mapping->bytes + from);
    mapping->is_lost = 1;
    return mmap(page, mapping->size - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
    const char *at = info->si_addr;
    for (mapping_t *mapping = mappings; mapping; mapping = mapping->next) {
        if (at < mapping->bytes || at - mapping->bytes >= (ptrdiff_t)mapping->size) continue;
        if (lay_zeros(mapping, at)) return;
    }
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
        signal(SIGBUS, SIG_DFL); /* the access is tried again, and ends the process as it would */
    } else {
        before.sa_handler(number);
    }
}

/* Whenever a file is opened: MPI may have put its own handler there since. */
static void take_signal(void) {
    struct sigaction now, ours = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGBUS, NULL, &now) != 0) return;
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error) return;
    before = now;
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    sigaction(SIGBUS, &ours, NULL);
}

/* -- files ---------------------------------------------------------------------------------- */

static status_t map(int descriptor, mapping_t *mapping) {
    struct stat about;
    CHECK(fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode), STATUS_CORRUPT,
          "%s: is not a file", mapping->path);
    mapping->size = (size_t)about.st_size;
    mapping->identity = identity_of(&about);
    if (mapping->size == 0) return STATUS_OK;
    void *bytes = mmap(NULL, mapping->size, PROT_READ, MAP_SHARED, descriptor, 0);
    CHECK(bytes != MAP_FAILED, STATUS_CORRUPT, "%s: cannot be mapped: %s", mapping->path,
          strerror(errno));
    mapping->bytes = bytes;
    return STATUS_OK;
}

status_t mapping_open(const char *path, mapping_t **mapping) {
    status_t status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0, STATUS_CORRUPT, "%s: cannot be opened: %s", path, strerror(errno));
    mapping_t *fresh = calloc(1, sizeof *fresh);
    if (fresh) fresh->path = strdup(path);
    CHECK_OR_DONE(fresh && fresh->path, STATUS_ENVIRONMENT, "no memory to open %s", path);
    TRY_OR_DONE(map(descriptor, fresh));
    take_signal();
    fresh->next = mappings;
    mappings = fresh;
    *mapping = fresh;
done:
    close(descriptor);
    if (status != STATUS_OK && fresh) free(fresh->path);
    if (status != STATUS_OK) free(fresh);
    return status;
}

void mapping_close(mapping_t **mapping) {
    mapping_t *old = *mapping, **link = (mapping_t **)&mappings;
    *mapping = NULL;
    if (!old) return;
    while (*link != old) link = &(*link)->next;
    *link = old->next;
    if (old->bytes) munmap((void *)old->bytes, old->size);
    free(old->path);
    free(old);
}

status_t mappings_check(void) {
    for (const mapping_t *mapping = mappings; mapping; mapping = mapping->next)
        CHECK(
            !mapping->is_lost, STATUS_CORRUPT,
            "%s: could not be read to its end of %zu bytes while it was in use: truncated, or its "
            "disk or server is gone; restore it",
            mapping->path, mapping->size);
    return STATUS_OK;
}
