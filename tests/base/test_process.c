/* A process is known by its name as long as it lives, and by nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

static process_fate_t fate_of(const process_t *process) {
    char name[PROCESS_NAME_MAX];
    process_fate_t fate;
    process_name(process, name);
    assert_null(strchr(name, '/'));
    assert_int_equal(process_name_fate(name, &fate), 1);
    return fate;
}

static void this_process_lives(void **state) {
    (void)state;
    process_t self = process_self();
    assert_int_equal(fate_of(&self), PROCESS_ALIVE);
}

static void who_has_its_number_later_is_another_one(void **state) {
    (void)state;
    process_t self = process_self();
    self.start--;
    assert_int_equal(fate_of(&self), PROCESS_DEAD);
}

/* Containers may be called alike, and count their processes from 1 each. */
static void a_container_of_the_same_name_is_elsewhere(void **state) {
    (void)state;
    process_t self = process_self();
    strcpy(self.kernel, "other-boot/pid:[1]");
    assert_int_equal(fate_of(&self), PROCESS_ELSEWHERE);
}

static void names_of_older_versions_are_understood(void **state) {
    (void)state;
    char name[PROCESS_NAME_MAX];
    process_fate_t fate;
    process_t self = process_self();
    snprintf(name, sizeof name, "%s~%ld", self.host, self.pid);
    assert_int_equal(process_name_fate(name, &fate), 1);
    assert_int_equal(fate, PROCESS_ALIVE);
    pid_t dead = fork();
    if (dead == 0) _exit(0);
    waitpid(dead, NULL, 0);
    snprintf(name, sizeof name, "%s~%d", self.host, (int)dead);
    assert_int_equal(process_name_fate(name, &fate), 1);
    assert_int_equal(fate, PROCESS_DEAD);
    assert_int_equal(process_name_fate("elsewhere~1", &fate), 1);
    assert_int_equal(fate, PROCESS_ELSEWHERE);
}

static void other_words_name_none(void **state) {
    (void)state;
    static const char *const names[] = {
        "",        "host",     "host~",        "host~x",
        "host~1~", "host~1~2", "host~1~2~xyz", "host~1~2~0000abcd.h5",
        "~1~2~3"};
    process_fate_t fate;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (process_name_fate(names[i], &fate)) fail_msg("'%s' names a process", names[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_process_lives),
        cmocka_unit_test(who_has_its_number_later_is_another_one),
        cmocka_unit_test(a_container_of_the_same_name_is_elsewhere),
        cmocka_unit_test(names_of_older_versions_are_understood),
        cmocka_unit_test(other_words_name_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
