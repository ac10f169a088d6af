/* bench_simulation: how well one master keeps very many workers busy (tests/dispatch/simulation.h).
 *
 * usage: bench_simulation [WORKERS TRIALS]        default: 1000 100000, then 10000 1000000
 *
 * Log-normal trials of 1 s on average. Prints how busy the workers were until no trial waited any
 * more, the tail after that, the makespan beside its lower bound, and the CPU seconds handing out
 * took. Fails below 99.6 %. */
#include "tests/dispatch/simulation.h"

#define MESSAGE_SECONDS 15e-6 /* bench_dispatch: receiving a report and sending an order */
#define GOAL            0.996

static int simulate_and_tell(const char *folder, int workers, int trials) {
    char command[256];
    simulation_t result = {
        .workers = workers, .trials = trials, .message_seconds = MESSAGE_SECONDS};
    status_t status = simulate(folder, &result);
    snprintf(command, sizeof command, "rm -rf %s/simulated*", folder);
    int is_removed = system(command) == 0;
    if (status != STATUS_OK) fprintf(stderr, "error: %s\n", status_message());
    printf("%d workers, %d trials\n", workers, result.ended);
    printf("  busy until none waits: %.3f %%; then a tail of %.2f s\n", 100 * result.utilisation,
           result.tail);
    printf("  makespan %.2f s, no schedule below %.2f s: %.4f\n", result.makespan,
           result.lower_bound, result.makespan / result.lower_bound);
    printf("  handing out: %.2f CPU s per million trials\n",
           result.dispatch_cpu / result.ended * 1e6);
    return status == STATUS_OK && is_removed && result.utilisation >= GOAL;
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/bench-simulation-XXXXXX";
    if (!mkdtemp(folder)) return 1;
    int is_good;
    if (argc > 2)
        is_good = simulate_and_tell(folder, atoi(argv[1]), atoi(argv[2]));
    else
        is_good =
            simulate_and_tell(folder, 1000, 100000) & simulate_and_tell(folder, 10000, 1000000);
    return !(rmdir(folder) == 0 && is_good);
}
