#include "dispatch/stop.h"

#include <stddef.h>
#include <time.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* Shared with the handler, hence global. */
static struct sigaction before[SIGNALS];
static int is_caught[SIGNALS];
static volatile sig_atomic_t received;
static struct timespec received_at; /* written by the handler before `received` */

static double seconds_since(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

int stop_is_warning(int number) { return number == SIGUSR1 || number == SIGUSR2; }

static void receive(int number) {
    if (!received || (stop_is_warning(received) && !stop_is_warning(number))) {
        clock_gettime(CLOCK_MONOTONIC, &received_at);
        received = number;
        return;
    }
    if ((number == SIGINT || number == SIGTERM) && seconds_since(&received_at) >= 0.5) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void catch_one(size_t i) {
    struct sigaction action = {.sa_handler = receive, .sa_flags = SA_RESTART};
    if (is_caught[i]) return;
    sigemptyset(&action.sa_mask);
    sigaction(signals[i], NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, NULL); /* nohup */
    is_caught[i] = 1;
}

void stop_catch_warnings(void) {
    for (size_t i = 0; i < SIGNALS; i++)
        if (stop_is_warning(signals[i])) catch_one(i);
}

void stop_catch(void) {
    for (size_t i = 0; i < SIGNALS; i++) catch_one(i);
}

void stop_add_signals(sigset_t *set) {
    for (size_t i = 0; i < SIGNALS; i++) sigaddset(set, signals[i]);
}

void stop_release(void) {
    for (size_t i = 0; i < SIGNALS; i++) {
        if (is_caught[i]) sigaction(signals[i], &before[i], NULL);
        is_caught[i] = 0;
    }
    received = 0;
}

int stop_requested(void) { return received; }
