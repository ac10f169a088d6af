#include "rundir/ticker.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct ticker {
    double seconds;
    void (*tick)(void *context);
    void *context;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int is_leaving; /* guarded by mutex */
};

static struct timespec later(double seconds) {
    struct timespec time;
    double whole, part = modf(seconds, &whole);
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += (long)(part * 1e9);
    time.tv_sec += (time_t)whole + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void *work(void *argument) {
    ticker_t *ticker = argument;
    pthread_mutex_lock(&ticker->mutex);
    while (!ticker->is_leaving) {
        ticker->tick(ticker->context);
        struct timespec until = later(ticker->seconds);
        pthread_cond_clockwait(&ticker->wake, &ticker->mutex, CLOCK_MONOTONIC, &until);
    }
    pthread_mutex_unlock(&ticker->mutex);
    return NULL;
}

static void release(ticker_t *ticker) {
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->mutex);
    free(ticker);
}

ticker_t *ticker_start(double seconds, void (*tick)(void *context), void *context) {
    sigset_t all, old;
    ticker_t *ticker = calloc(1, sizeof *ticker);
    if (!ticker) return NULL;
    *ticker = (ticker_t){.seconds = seconds, .tick = tick, .context = context};
    pthread_mutex_init(&ticker->mutex, NULL);
    pthread_cond_init(&ticker->wake, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int code = pthread_create(&ticker->thread, NULL, work, ticker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (code == 0) return ticker;
    release(ticker);
    return NULL;
}

void ticker_stop(ticker_t **running) {
    ticker_t *ticker = *running;
    if (!ticker) return;
    pthread_mutex_lock(&ticker->mutex);
    ticker->is_leaving = 1;
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->mutex);
    pthread_join(ticker->thread, NULL);
    release(ticker);
    *running = NULL;
}
