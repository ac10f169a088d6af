/* Memory taken for granted; arena, record and frame: the containers everything else fills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/frame.h"
#include "base/memory.h"
#include "base/record.h"

static void memory_is_zeroed_and_keeps_what_it_held(void **state) {
    (void)state;
    int *x = memory_take(3, sizeof *x, "a test");
    assert_true(x[0] == 0 && x[1] == 0 && x[2] == 0);
    x[2] = 7;
    x = memory_grow(x, 1000, sizeof *x, "a test");
    assert_int_equal(x[2], 7);
    free(x);
    x = memory_take(0, sizeof *x, "a test");
    assert_non_null(x);
    free(memory_grow(x, 0, sizeof *x, "a test"));
}

/* What a child says that wants more than there is. */
static void memory_that_is_not_there_ends_the_process_with_a_line(void **state) {
    (void)state;
    char said[4096] = "";
    int ends[2], how;
    volatile size_t count = SIZE_MAX / 16;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        free(memory_take(count, 8, "a test"));
        _exit(0);
    }
    close(ends[1]);
    for (size_t n = 0; read(ends[0], said + n, 1) == 1 && n + 2 < sizeof said;) n++;
    close(ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_false(WIFEXITED(how) && WEXITSTATUS(how) == 0);
#ifndef __SANITIZE_ADDRESS__ /* which ends it with words of its own */
    assert_non_null(strstr(said, "out of memory for a test"));
#endif
}

static void arena_hands_out_aligned_zeros(void **state) {
    (void)state;
    arena_t arena;
    assert_int_equal(arena_create(4096, &arena), STATUS_OK);
    char *a = arena_take(&arena, 1), *b = arena_take(&arena, 200);
    assert_int_equal((uintptr_t)a % ARENA_ALIGN, 0);
    assert_int_equal(b - a, ARENA_ALIGN);
    for (int i = 0; i < 200; i++) assert_int_equal(b[i], 0);
    arena_destroy(&arena);
    assert_null(arena.base);
}

static void arena_refuses_more_than_it_has(void **state) {
    (void)state;
    arena_t arena;
    assert_int_equal(arena_create(1, &arena), STATUS_OK);
    assert_null(arena_take(&arena, arena.size + 1));
    assert_non_null(arena_take(&arena, arena.size));
    assert_null(arena_take(&arena, 1));
    arena_destroy(&arena);
}

static void arena_says_when_memory_is_out(void **state) {
    (void)state;
    arena_t arena;
    assert_int_equal(arena_create((size_t)1 << 62, &arena), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "out of memory"));
    assert_null(arena.base);
}

static void record_returns_what_was_put(void **state) {
    (void)state;
    record_t record = {0};
    const double rows[2][3] = {{1, 2, 3}, {4, 5, 6}};
    record_put(&record, "rksp/rho", RECORD_F64, 2, (const size_t[]){2, 3}, rows);
    record_put_text(&record, "outcome/trigger", "none");
    const record_item_t *item = record_find(&record, "rksp/rho");
    assert_int_equal(record_item_count(item), 6);
    assert_memory_equal(item->data, rows, sizeof rows);
    assert_string_equal(record_find(&record, "outcome/trigger")->data, "none");
    assert_null(record_find(&record, "outcome"));
    record_clear(&record);
    assert_int_equal(record.count, 0);
}

static void record_keeps_the_last_value_of_a_path(void **state) {
    (void)state;
    record_t record = {0};
    for (int i = 0; i < 100; i++) record_put_i64(&record, "outcome/step", i);
    assert_int_equal(record.count, 1);
    assert_int_equal(*(int64_t *)record.items[0].data, 99);
    record_clear(&record);
}

static void frame_columns_start_unknown(void **state) {
    (void)state;
    frame_t frame = {.rows = 3};
    assert_true(isnan(frame_numbers(&frame, "train.lr")[2]));
    assert_string_equal(frame_texts(&frame, "state")[0], "");
    assert_null(frame_find(&frame, "train"));
    frame_clear(&frame);
}

static void frame_filter_copies_the_kept_rows(void **state) {
    (void)state;
    frame_t frame = {.rows = 3};
    for (int i = 0; i < 3; i++) frame_numbers(&frame, "train.lr")[i] = i;
    frame_set_text(&frame, "state", 0, "COMPLETED");
    frame_set_text(&frame, "state", 2, "DIVERGED");
    frame_t kept = frame_filter(&frame, (const unsigned char[]){1, 0, 1});
    frame_clear(&frame);
    assert_int_equal(kept.rows, 2);
    assert_true(frame_find(&kept, "train.lr")->number[1] == 2);
    assert_string_equal(frame_find(&kept, "state")->text[1], "DIVERGED");
    frame_clear(&kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_keeps_what_it_held),
        cmocka_unit_test(memory_that_is_not_there_ends_the_process_with_a_line),
        cmocka_unit_test(arena_hands_out_aligned_zeros),
        cmocka_unit_test(arena_refuses_more_than_it_has),
        cmocka_unit_test(arena_says_when_memory_is_out),
        cmocka_unit_test(record_returns_what_was_put),
        cmocka_unit_test(record_keeps_the_last_value_of_a_path),
        cmocka_unit_test(frame_columns_start_unknown),
        cmocka_unit_test(frame_filter_copies_the_kept_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
