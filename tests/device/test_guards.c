/* The emulated device catches a host that uses memory it may not use: what would be garbage or a
 * lost number with a GPU ends the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "graph/graph.h"
#include "kernel/backend.h"

enum { CAUGHT = 99 };

static void caught(int number) {
    (void)number;
    _exit(CAUGHT);
}

/* Does `misuse` end a process of its own? */
static int is_caught(void (*misuse)(graph_t *graph)) {
    const backend_t *backend = NULL;
    const backend_options_t options = {.gpus_per_process = 1};
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        graph_t *graph = graph_create();
        signal(SIGSEGV, caught);
        if (backend_open("emulated", &options, &backend)) _exit(1);
        graph_place(graph, backend);
        graph_parameter(graph, "theta", 7, 5, NULL);
        if (graph_plan(graph, GRAPH_TRAIN) || graph_allocate(graph)) _exit(1);
        misuse(graph);
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == CAUGHT;
}

static volatile flt sink;

static void reads_the_device(graph_t *graph) { sink = graph_theta_there(graph)[3]; }
static void writes_the_device(graph_t *graph) { graph_theta_there(graph)[3] = 1; }

static void reads_what_is_stale(graph_t *graph) {
    const flt *theta = graph_theta(graph);
    graph_theta_there(graph);
    sink = theta[3];
}

/* The norm has sent the gradient: what is written through the old pointer would never arrive. */
static void writes_what_is_sent(graph_t *graph) {
    flt *gradient = graph_gradient(graph);
    gradient[3] = 1;
    sink = (flt)graph_gradient_norm(graph);
    gradient[3] = 2;
}

static void asks_anew(graph_t *graph) {
    graph_gradient(graph)[3] = 1;
    sink = (flt)graph_gradient_norm(graph);
    graph_gradient(graph)[3] = 2;
    graph_scale_gradient(graph, 0.5);
    sink = graph_gradient(graph)[3];
    if (sink != 1) _exit(1);
}

static void a_host_that_reads_or_writes_the_device_is_caught(void **state) {
    (void)state;
    assert_true(is_caught(reads_the_device));
    assert_true(is_caught(writes_the_device));
}

static void a_pointer_used_too_long_is_caught(void **state) {
    (void)state;
    assert_true(is_caught(reads_what_is_stale));
    assert_true(is_caught(writes_what_is_sent));
    assert_false(is_caught(asks_anew));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_reads_or_writes_the_device_is_caught),
        cmocka_unit_test(a_pointer_used_too_long_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
