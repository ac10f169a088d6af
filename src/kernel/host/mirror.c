#include "kernel/mirror.h"

static int is_on_device(const mirror_t *m) { return m->here != m->there; }
static size_t bytes_of(const mirror_t *m) { return (size_t)m->count * sizeof(flt); }

status_t mirror_create(const backend_t *backend, flt *there, long count, mirror_t *mirror) {
    *mirror = (mirror_t){.backend = backend, .there = there, .here = there, .count = count};
    if (backend == &backend_host) return STATUS_OK;
    TRY(arena_create(bytes_of(mirror), &mirror->arena));
    mirror->here = arena_take(&mirror->arena, bytes_of(mirror));
    return STATUS_OK;
}

void mirror_destroy(mirror_t *mirror) {
    arena_destroy(&mirror->arena);
    *mirror = (mirror_t){0};
}

/* The host may write what is newest here, read what is equal, and touch nothing that is stale. */
static void set_state(mirror_t *m, mirror_state_t state) {
    m->state = state;
    if (is_on_device(m) && m->backend->guard)
        m->backend->guard(m->here, m->arena.size, state != MIRROR_NEWER_THERE,
                          state == MIRROR_NEWER_HERE);
}

const flt *mirror_read(mirror_t *m) {
    if (is_on_device(m) && m->state == MIRROR_NEWER_THERE) {
        set_state(m, MIRROR_NEWER_HERE);
        m->backend->copy_out(m->here, m->there, bytes_of(m));
        set_state(m, MIRROR_EQUAL);
    }
    return m->here;
}

flt *mirror_here(mirror_t *m) {
    mirror_read(m);
    set_state(m, MIRROR_NEWER_HERE);
    return m->here;
}

void mirror_send(mirror_t *m) {
    if (!is_on_device(m) || m->state != MIRROR_NEWER_HERE) return;
    m->backend->copy_in(m->there, m->here, bytes_of(m));
    set_state(m, MIRROR_EQUAL);
}

void mirror_replaced(mirror_t *m) { set_state(m, MIRROR_NEWER_THERE); }

flt *mirror_there(mirror_t *m) {
    mirror_send(m);
    mirror_replaced(m);
    return m->there;
}
