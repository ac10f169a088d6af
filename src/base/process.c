#include "base/process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Start time of a living process (clock ticks after boot); 0 when it is gone or a zombie. */
static unsigned long long start_of(long pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = '\0';
    /* "pid (name) state ...": the name may hold blanks and brackets, so count from the last one. */
    const char *rest = strrchr(line, ')');
    char state = 'X';
    unsigned long long start = 0;
    if (!rest || sscanf(rest + 1,
                        " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                        "%*d %llu",
                        &state, &start) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : start;
}

/* Without /proc both parts are empty, and every process of that host name counts as ours. */
static void name_kernel(char *text, size_t size) {
    char boot[48] = "", space[40] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (file) {
        if (fscanf(file, "%47s", boot) != 1) boot[0] = '\0';
        fclose(file);
    }
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length > 0 ? length : 0] = '\0';
    snprintf(text, size, "%s/%s", boot, space);
}

process_t process_self(void) {
    process_t self = {.pid = (long)getpid()};
    gethostname(self.host, sizeof self.host - 1);
    name_kernel(self.kernel, sizeof self.kernel);
    self.start = start_of(self.pid);
    return self;
}

process_fate_t process_fate(const process_t *process) {
    char kernel[sizeof process->kernel];
    name_kernel(kernel, sizeof kernel);
    if (strcmp(kernel, process->kernel) != 0) return PROCESS_ELSEWHERE;
    unsigned long long start = start_of(process->pid);
    return start != 0 && start == process->start ? PROCESS_ALIVE : PROCESS_DEAD;
}

int process_is_same(const process_t *a, const process_t *b) {
    return a->pid == b->pid && a->start == b->start && strcmp(a->kernel, b->kernel) == 0;
}

void process_print(const process_t *process, char text[PROCESS_TEXT_MAX]) {
    snprintf(text, PROCESS_TEXT_MAX, "%s %s %ld %llu", process->host, process->kernel, process->pid,
             process->start);
}

int process_scan(const char *text, process_t *process) {
    *process = (process_t){0};
    return sscanf(text, "%63s %95s %ld %llu", process->host, process->kernel, &process->pid,
                  &process->start) == 4;
}

/* Half of the hash: the machines and containers that share a folder are few. */
static unsigned hash_kernel(const char *kernel) {
    return (unsigned)text_hash(kernel, strlen(kernel));
}

void process_name(const process_t *process, char name[PROCESS_NAME_MAX]) {
    snprintf(name, PROCESS_NAME_MAX, "%s~%ld~%llu~%08x", process->host, process->pid,
             process->start, hash_kernel(process->kernel));
}

int process_name_fate(const char *name, process_fate_t *fate) {
    process_t named = {0}, self = process_self();
    unsigned kernel;
    int end = 0, old_end = 0;
    int words = sscanf(name, "%63[^~]~%ld%n~%llu~%8x%n", named.host, &named.pid, &old_end,
                       &named.start, &kernel, &end);
    int is_old = words == 2 && !name[old_end];
    if (!is_old && (words != 4 || name[end])) return 0;
    int is_here = is_old ? strcmp(named.host, self.host) == 0 : kernel == hash_kernel(self.kernel);
    unsigned long long start = is_here ? start_of(named.pid) : 0;
    *fate = !is_here                                    ? PROCESS_ELSEWHERE
            : start && (is_old || start == named.start) ? PROCESS_ALIVE
                                                        : PROCESS_DEAD;
    return 1;
}
