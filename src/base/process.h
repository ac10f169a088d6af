/* process.h: a name for a process that lets another one, perhaps on another machine, tell whether
 * it still lives. Plain bytes: it travels in messages and files. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

enum { PROCESS_TEXT_MAX = 256, PROCESS_NAME_MAX = 160 };

typedef struct process {
    char host[64];   /* the machine's name, for people                              */
    char kernel[96]; /* boot id and pid namespace: whose process numbers these are  */
    long pid;
    unsigned long long start; /* clock ticks from boot to its start: tells a reused pid apart */
} process_t;

typedef enum {
    PROCESS_ALIVE,
    PROCESS_DEAD,
    PROCESS_ELSEWHERE, /* counted by another kernel: cannot be told from here */
} process_fate_t;

process_t process_self(void);
process_fate_t process_fate(const process_t *process);
int process_is_same(const process_t *a, const process_t *b);

/* Text of one line without its newline, and back; process_scan returns 0 when it is no such text.
 */
void process_print(const process_t *process, char text[PROCESS_TEXT_MAX]);
int process_scan(const char *text, process_t *process);

/* The same for the names of files: "HOST~PID~START~KERNEL", KERNEL being a hash. */
void process_name(const process_t *process, char name[PROCESS_NAME_MAX]);

/* What has become of the process that was named so; "HOST~PID", as older versions wrote it, is
 * judged by host and number alone. 0 when it is no such name. */
int process_name_fate(const char *name, process_fate_t *fate);

#endif
