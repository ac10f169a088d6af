/* The name of the kernels in use, that results and doctor print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "kernel/host/isa.h"

/* One name for a machine's kernels, one of the program's list. */
static void the_name_is_one_of_those_the_program_has(void **state) {
    (void)state;
    int found = 0;
    for (const char *const *name = isa_names(); *name; name++)
        found += strcmp(*name, isa_name()) == 0;
    assert_int_equal(found, 1);
}

#ifdef __aarch64__

/* By the kernel's word, not the compiler's. */
static int machine_has(const char *extension) {
    static const struct {
        const char *name;
        unsigned long where, bit;
    } extensions[] = {{"sve", AT_HWCAP, 22}, {"sve2", AT_HWCAP2, 1}, {"bf16", AT_HWCAP2, 14}};
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcmp(extensions[i].name, extension) == 0)
            return getauxval(extensions[i].where) >> extensions[i].bit & 1;
    return 0;
}

/* An architecture and extensions, each of which this machine has. */
static void the_name_says_what_they_were_compiled_for(void **state) {
    (void)state;
    char name[64], *rest = name;
    snprintf(name, sizeof name, "%s", isa_name());
    const char *architecture = strsep(&rest, "+");
    assert_true(strcmp(architecture, "armv8-a") == 0 || strcmp(architecture, "armv9-a") == 0);
    for (const char *extension; (extension = strsep(&rest, "+"));)
        if (!machine_has(extension)) fail_msg("%s is not of this machine", extension);
}

#else

static void the_name_says_what_they_were_compiled_for(void **state) {
    (void)state;
    int is_level = strncmp(isa_name(), "x86-64-v", 8) == 0;
    assert_int_equal(is_level, isa_names()[1] != NULL);
    assert_true(is_level || strcmp(isa_name(), "native") == 0);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_is_one_of_those_the_program_has),
        cmocka_unit_test(the_name_says_what_they_were_compiled_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
