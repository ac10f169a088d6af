/* NumPy's files: what numpy.save writes is read, and everything else is refused in a sentence that
 * says what is wrong. */
#include "task/trial.h"

#include "task/npy.h"

/* A file of format `version` with the header padded as NumPy pads it, and `body` bytes after it. */
typedef struct made {
    char bytes[4096];
    size_t size;
} made_t;

static made_t make(int version, const char *header, size_t body) {
    made_t file = {.bytes = "\x93NUMPY"};
    size_t field = version == 1 ? 2 : 4, start = 8 + field;
    size_t length = (start + strlen(header) + 1 + 63) / 64 * 64 - start;
    file.bytes[6] = (char)version;
    for (size_t i = 0; i < field; i++) file.bytes[8 + i] = (char)(length >> 8 * i);
    memset(file.bytes + start, ' ', length);
    memcpy(file.bytes + start, header, strlen(header));
    file.bytes[start + length - 1] = '\n';
    file.size = start + length + body;
    return file;
}

static void what_numpy_writes_is_read(void **state) {
    (void)state;
    static const struct {
        int version;
        const char *header;
        char kind;
        int width, count;
    } files[] = {
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (12,), }", 'u', 2, 12},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", 'u', 1, 3},
        {2, "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 4), }", 'i', 8, 12},
        {3, "{'descr': '<u4', 'fortran_order': False, 'shape': (), }", 'u', 4, 1},
        {1, "{'shape': (0,), 'fortran_order': False, 'descr': '<i4'}", 'i', 4, 0},
        {1, "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (5,)}", 'f', 4, 5},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        npy_t npy;
        size_t body = (size_t)(files[i].width * files[i].count);
        made_t file = make(files[i].version, files[i].header, body);
        if (npy_read(file.bytes, file.size, &npy) != STATUS_OK) fail_msg("%s", status_message());
        assert_int_equal(npy.kind, files[i].kind);
        assert_int_equal(npy.width, files[i].width);
        assert_int_equal(npy.count, files[i].count);
        assert_int_equal(npy.offset, file.size - body);
    }
}

static void assert_unreadable(const made_t *file, const char *says) {
    npy_t npy;
    assert_int_equal(npy_read(file->bytes, file->size, &npy), STATUS_CORRUPT);
    if (!strstr(status_message(), says)) fail_msg("%s: %s", says, status_message());
}

static void each_fault_has_its_sentence(void **state) {
    (void)state;
    static const struct {
        int version;
        const char *header;
        size_t body;
        const char *says;
    } files[] = {
        {1, "{'descr': '>u2', 'fortran_order': False, 'shape': (2,), }", 4,
         "big-endian (>u2); save it again as .astype('<u2')"},
        {1, "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 2), }", 8,
         "Fortran order; save it again: numpy.ascontiguousarray"},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }", 5,
         "5 bytes follow its header, which promises 3 numbers of 2"},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }", 7, "truncated or longer"},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (9223372036854775807, 2), }", 4,
         "not that of an array"},
        {1, "{'descr': '<u8', 'fortran_order': False, 'shape': (4611686018427387904,), }", 4,
         "truncated or longer"},
        {1, "{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (3,), }", 6,
         "not that of an array"},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", 6, "no plain number"},
        {1, "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,), }", 24, "no plain number"},
        {1, "{'descr': '<u2', 'shape': (3,), }", 6, "not that of an array"},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (-3,), }", 6,
         "not that of an array"},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), ", 6, "not that of an array"},
        {4, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }", 6, "version 4"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        made_t file = make(files[i].version, files[i].header, files[i].body);
        assert_unreadable(&file, files[i].says);
    }
}

/* Wherever a file ends too early, it is refused and nothing behind its end is read (sanitizer). */
static void every_beginning_of_a_file_is_refused(void **state) {
    (void)state;
    made_t file = make(2, "{'descr': '<u2', 'fortran_order': False, 'shape': (12,), }", 24);
    for (size_t size = 0; size < file.size; size++) {
        npy_t npy;
        char *cut = malloc(size + 1);
        memcpy(cut, file.bytes, size);
        char *exact = realloc(cut, size ? size : 1);
        assert_int_equal(npy_read(exact, size, &npy), STATUS_CORRUPT);
        free(exact);
    }
    assert_true(npy_is_one(file.bytes, 6));
    assert_false(npy_is_one(file.bytes, 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_numpy_writes_is_read),
        cmocka_unit_test(each_fault_has_its_sentence),
        cmocka_unit_test(every_beginning_of_a_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
