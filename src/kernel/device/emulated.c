#include "kernel/device/emulated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/arena.h"
#include "kernel/device/device.h"
#include "kernel/op_kernels.h"

/* --- memory --- */

typedef struct region {
    char *base;
    size_t size, bytes; /* of the mapping, and asked for */
    struct region *next;
} region_t;

static region_t *regions; /* all memory of the device */

static void protect(int access) {
    for (region_t *r = regions; r; r = r->next) mprotect(r->base, r->size, access);
}
static void unlock(void) { protect(PROT_READ | PROT_WRITE); }
static void lock(void) { protect(PROT_NONE); }

static status_t reserve(size_t bytes, arena_t *arena) {
    TRY(arena_create(bytes, arena));
    region_t *region = malloc(sizeof *region);
    if (!region) arena_destroy(arena);
    CHECK(region, STATUS_ENVIRONMENT, "out of memory for the emulated device");
    *region = (region_t){arena->base, arena->size, bytes, regions};
    regions = region;
    lock();
    return STATUS_OK;
}

static size_t taken(void) {
    size_t bytes = 0;
    for (const region_t *r = regions; r; r = r->next) bytes += r->bytes;
    return bytes;
}

static void release(arena_t *arena) {
    region_t **at = &regions;
    while (*at && (*at)->base != arena->base) at = &(*at)->next;
    if (!*at) return;
    region_t *region = *at;
    *at = region->next;
    free(region);
    arena_destroy(arena);
}

/* --- orders --- */

/* What the device is asked for: done at once, or noted to be done later, again and again. */
typedef struct order {
    void (*run)(const struct order *order);
    union {
        struct {
            void *to;
            const void *from;
            size_t bytes;
        } copy;
        struct {
            kernel_t *body;
            call_t call;
            long rows;
        } launch;
        struct {
            gemm_side_t side_a, side_b;
            long m, n, k, lda, ldb, ldc, count;
            flt beta;
            const flt *a, *b; /* of a single one */
            flt *c;
            const flt *const *all_a, *const *all_b; /* of a batch; NULL for a single one */
            flt *const *all_c;
        } products;
        struct {
            gemm_side_t side_b;
            groups_t groups;
            long m, n, k;
            flt beta;
            const flt *a, *b;
            flt *c;
        } grouped;
    };
} order_t;

typedef struct recording {
    order_t *orders; /* owned */
    size_t count;
} recording_t;

static recording_t *noting; /* NULL: orders are done at once */

static void *out_of_memory(void) {
    fprintf(stderr, "koopsweep: error: out of memory for the emulated device\n");
    abort();
}

static void ask(const order_t *order) {
    if (!noting) {
        order->run(order);
        return;
    }
    recording_t *r = noting;
    r->orders = realloc(r->orders, (r->count + 1) * sizeof *order);
    if (!r->orders) out_of_memory();
    r->orders[r->count++] = *order;
}

static void *record(void (*run)(void *context), void *context) {
    recording_t *recording = calloc(1, sizeof *recording);
    if (!recording) out_of_memory();
    noting = recording;
    run(context);
    noting = NULL;
    return recording;
}

static void replay(void *recording) {
    const recording_t *r = recording;
    for (size_t i = 0; i < r->count; i++) r->orders[i].run(&r->orders[i]);
}

static void forget(void *recording) {
    recording_t *r = recording;
    free(r->orders);
    free(r);
}

/* --- copies --- */

static void run_copy(const order_t *o) {
    unlock();
    memcpy(o->copy.to, o->copy.from, o->copy.bytes);
    lock();
}

static void run_zero(const order_t *o) {
    unlock();
    memset(o->copy.to, 0, o->copy.bytes);
    lock();
}

void emulated_copy(void *to, const void *from, size_t bytes) {
    ask(&(const order_t){run_copy, .copy = {to, from, bytes}});
}

void emulated_zero(void *to, size_t bytes) {
    ask(&(const order_t){run_zero, .copy = {.to = to, .bytes = bytes}});
}

/* The host's memory is another one at every replay. */
static void copy_with_host(void *to, const void *from, size_t bytes) {
    if (noting) {
        fprintf(stderr, "koopsweep: bug: a copy from or to the host while orders are recorded\n");
        abort();
    }
    emulated_copy(to, from, bytes);
}

static void guard(void *here, size_t bytes, int may_read, int may_write) {
    mprotect(here, bytes, may_write ? PROT_READ | PROT_WRITE : may_read ? PROT_READ : PROT_NONE);
}

/* --- teams --- */

enum { STACK_BYTES = 1 << 18, SLOT_BYTES = 16 };

static struct {
    kernel_t *body;
    const call_t *call;
    long number, count; /* of the team at work, and of all */
    int lane, step;     /* at work, and from lane to lane: 1 or -1 */
    int is_done[EMULATED_LANES];
    long meetings[EMULATED_LANES]; /* how often a lane has waited for the others */
    ucontext_t launch, lanes[EMULATED_LANES];
    char stacks[EMULATED_LANES][STACK_BYTES] __attribute__((aligned(64)));
    char slots[EMULATED_LANES * SLOT_BYTES] __attribute__((aligned(SLOT_BYTES)));
} team;

long emulated_lane(void) { return team.lane; }
long emulated_team(void) { return team.number; }
long emulated_teams(void) { return team.count; }
void *emulated_slots(void) { return team.slots; }

static int next_lane(void) { return (team.lane + team.step + EMULATED_LANES) % EMULATED_LANES; }

void emulated_synchronize(void) {
    int from = team.lane;
    team.meetings[from]++;
    team.lane = next_lane();
    swapcontext(&team.lanes[from], &team.lanes[team.lane]);
}

static void check_meetings(void) {
    for (int lane = 1; lane < EMULATED_LANES; lane++)
        if (team.meetings[lane] != team.meetings[0] || !team.is_done[lane]) {
            fprintf(stderr, "koopsweep: bug: the lanes of a team do not all meet in a kernel\n");
            abort();
        }
}

/* A lane's whole life. Lanes meet equally often, so they end one after the other. */
static void run_lane(void) {
    team.body(team.call);
    team.is_done[team.lane] = 1;
    team.lane = next_lane();
    if (!team.is_done[team.lane]) setcontext(&team.lanes[team.lane]);
    check_meetings();
    setcontext(&team.launch);
}

static void make_lane(ucontext_t *lane, char *stack) {
    getcontext(lane);
    lane->uc_stack.ss_sp = stack;
    lane->uc_stack.ss_size = STACK_BYTES;
    makecontext(lane, run_lane, 0);
}

static void run_team(long number) {
    team.number = number;
    team.step = number % 2 ? -1 : 1;
    team.lane = number % 2 ? EMULATED_LANES - 1 : 0;
    memset(team.is_done, 0, sizeof team.is_done);
    memset(team.meetings, 0, sizeof team.meetings);
    for (int lane = 0; lane < EMULATED_LANES; lane++)
        make_lane(&team.lanes[lane], team.stacks[lane]);
    swapcontext(&team.launch, &team.lanes[team.lane]);
}

/* --- teams side by side --- */

/* Teams that run side by side see nothing of each other: each starts from the memory as the kernel
 * found it, and what it changes nobody else may change. Where there is little enough memory to keep
 * it twice; elsewhere teams just follow each other. */
enum { WATCHED_BYTES = 1 << 20 };

typedef struct watch {
    size_t words;
    uint32_t *before, *after; /* owned: all memory at the start, and with all changes so far */
} watch_t;

static size_t words_of(const region_t *r) { return r->bytes / sizeof(uint32_t); }

static watch_t watch_open(void) {
    watch_t w = {0};
    for (region_t *r = regions; r; r = r->next) w.words += words_of(r);
    if (w.words > WATCHED_BYTES / sizeof(uint32_t)) return (watch_t){0};
    w.before = malloc(2 * w.words * sizeof(uint32_t));
    if (!w.before) return (watch_t){0};
    w.after = w.before + w.words;
    uint32_t *to = w.before;
    for (region_t *r = regions; r; to += words_of(r), r = r->next)
        memcpy(to, r->base, words_of(r) * sizeof(uint32_t));
    memcpy(w.after, w.before, w.words * sizeof(uint32_t));
    return w;
}

/* Takes down what the team changed and puts memory back as it was. */
static void watch_team(const watch_t *w) {
    size_t at = 0;
    for (region_t *r = w->before ? regions : NULL; r; r = r->next) {
        uint32_t *now = (uint32_t *)r->base;
        for (size_t i = 0; i < words_of(r); i++, at++) {
            if (now[i] == w->before[at]) continue;
            if (w->after[at] != w->before[at]) {
                fprintf(stderr, "koopsweep: bug: two teams of a kernel store the same element\n");
                abort();
            }
            w->after[at] = now[i];
            now[i] = w->before[at];
        }
    }
}

static void watch_close(watch_t *w) {
    const uint32_t *from = w->after;
    for (region_t *r = w->before ? regions : NULL; r; from += words_of(r), r = r->next)
        memcpy(r->base, from, words_of(r) * sizeof(uint32_t));
    free(w->before);
}

static void run_launch(const order_t *o) {
    long rows = o->launch.rows, most = o->launch.call.teams;
    team.body = o->launch.body;
    team.call = &o->launch.call;
    team.count = rows < EMULATED_TEAMS ? rows : EMULATED_TEAMS;
    if (most && team.count > most) team.count = most; /* as many as have shares */
    unlock();
    watch_t watch = watch_open();
    for (long number = team.count - 1; number >= 0; number--) {
        run_team(number);
        watch_team(&watch);
    }
    watch_close(&watch);
    lock();
}

void emulated_launch(kernel_t *body, const call_t *call, long rows) {
    ask(&(const order_t){run_launch, .launch = {body, *call, rows}});
}

/* --- products --- */

static void run_products(const order_t *o) {
    unlock();
    for (long i = 0; i < o->products.count; i++) {
        const flt *a = o->products.all_a ? o->products.all_a[i] : o->products.a;
        const flt *b = o->products.all_b ? o->products.all_b[i] : o->products.b;
        flt *c = o->products.all_c ? o->products.all_c[i] : o->products.c;
        gemm(o->products.side_a, o->products.side_b, o->products.m, o->products.n, o->products.k, a,
             o->products.lda, b, o->products.ldb, o->products.beta, c, o->products.ldc);
    }
    lock();
}

static order_t products_of(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, long lda,
                           long ldb, flt beta, long ldc, long count) {
    return (order_t){run_products, .products = {.side_a = side_a,
                                                .side_b = side_b,
                                                .m = m,
                                                .n = n,
                                                .k = k,
                                                .lda = lda,
                                                .ldb = ldb,
                                                .ldc = ldc,
                                                .count = count,
                                                .beta = beta}};
}

void emulated_gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a,
                   long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    order_t order = products_of(side_a, side_b, m, n, k, lda, ldb, beta, ldc, 1);
    order.products.a = a;
    order.products.b = b;
    order.products.c = c;
    ask(&order);
}

void emulated_gemm_batch(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                         const flt *const *a, long lda, const flt *const *b, long ldb, flt beta,
                         flt *const *c, long ldc, long count) {
    order_t order = products_of(side_a, side_b, m, n, k, lda, ldb, beta, ldc, count);
    order.products.all_a = a;
    order.products.all_b = b;
    order.products.all_c = c;
    ask(&order);
}

/* --- products of groups of rows --- */

static void run_by_rows(const order_t *o) {
    unlock();
    gemm_by_rows(o->grouped.side_b, o->grouped.groups, o->grouped.n, o->grouped.k, o->grouped.a,
                 o->grouped.b, o->grouped.beta, o->grouped.c);
    lock();
}

static void run_over_rows(const order_t *o) {
    unlock();
    gemm_over_rows(o->grouped.groups, o->grouped.m, o->grouped.n, o->grouped.a, o->grouped.b,
                   o->grouped.c);
    lock();
}

void emulated_gemm_by_rows(gemm_side_t side_b, groups_t groups, long n, long k, const flt *a,
                           const flt *b, flt beta, flt *c) {
    ask(&(const order_t){run_by_rows, .grouped = {side_b, groups, 0, n, k, beta, a, b, c}});
}

void emulated_gemm_over_rows(groups_t groups, long m, long n, const flt *a, const flt *b, flt *c) {
    ask(&(const order_t){run_over_rows, .grouped = {PLAIN, groups, m, n, 0, 1, a, b, c}});
}

/* --- the row --- */

static status_t open_device(const backend_options_t *options) {
    (void)options;
    return STATUS_OK;
}

const backend_t backend_emulated = {
    .name = "emulated",
    .doc = "device kernels in the host's memory: slow, for tests",
    .open = open_device,
    .reserve = reserve,
    .release = release,
    .taken = taken,
    .copy_in = copy_with_host,
    .copy_out = copy_with_host,
    .copy = emulated_copy,
    .zero = emulated_zero,
    .guard = guard,
    .record = record,
    .replay = replay,
    .forget = forget,
    .kernels = op_kernels,
    .vectors = vector_kernels,
    .has_gemm = 1,
    .teams = EMULATED_TEAMS,
};
