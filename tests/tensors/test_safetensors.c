/* Files of tensors: what the format allows is read, each number as it was written; every lie of a
 * header is refused in a sentence that says what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tensors/safetensors.h"

static char folder[] = "/tmp/koopsweep-tensors-XXXXXX";

static const char *put(const char *name, const char *header, const void *data, size_t size) {
    static char path[256];
    uint64_t length = strlen(header);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, length, file);
    fwrite(data, 1, size, file);
    fclose(file);
    return path;
}

static safetensors_t *open_good(const char *path) {
    safetensors_t *file;
    if (safetensors_open(path, &file)) fail_msg("%s", status_message());
    return file;
}

static double number(const safetensors_t *file, const char *name, int64_t at) {
    double x64;
    float x32;
    const tensor_entry_t *tensor = tensor_list_find(safetensors_list(file), name);
    if (!tensor || safetensors_read_f64(file, tensor, at, 1, &x64) ||
        safetensors_read_f32(file, tensor, at, 1, &x32))
        fail_msg("%s: %s", name, tensor ? status_message() : "not there");
    if (x32 != (float)x64 && !isnan(x64)) fail_msg("%s: %g as float, %g", name, x32, x64);
    return x64;
}

static void numbers_of_every_type_are_read(void **state) {
    (void)state;
    struct __attribute__((packed)) {
        double f64[2];
        float f32[2];
        uint16_t f16[6], bf16[3];
        int64_t i64;
        int8_t i8;
        uint8_t u8;
    } data = {{0.1, -2e300},
              {0.1f, 3e38f},
              {0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00, 0x8000},
              {0x3f80, 0xc049, 0x7f80},
              -(1LL << 40),
              -7,
              200};
    safetensors_t *file =
        open_good(put("types",
                      "{\"f64\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                      "\"f32\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[16,24]},"
                      "\"f16\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[24,36]},"
                      "\"bf16\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[36,42]},"
                      "\"i64\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[42,50]},"
                      "\"i8\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[50,51]},"
                      "\"u8\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[51,52]},"
                      "\"none\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[52,52]}}   ",
                      &data, sizeof data));
    assert_true(number(file, "f64", 0) == 0.1);
    assert_true(number(file, "f32", 1) == 3e38f);
    assert_true(number(file, "f16", 0) == 1 && number(file, "f16", 1) == -2);
    assert_true(number(file, "f16", 2) == 0x1p-24); /* the smallest there is */
    assert_true(isinf(number(file, "f16", 3)) && isnan(number(file, "f16", 4)));
    assert_true(signbit(number(file, "f16", 5)));
    assert_true(number(file, "bf16", 0) == 1 && number(file, "bf16", 1) == -3.140625);
    assert_true(isinf(number(file, "bf16", 2)));
    assert_true(number(file, "i64", 0) == -0x1p40);
    assert_true(number(file, "i8", 0) == -7 && number(file, "u8", 0) == 200);
    safetensors_close(&file);
}

#define A(type, shape, offsets)                                                                    \
    "\"a\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void each_lie_of_a_header_has_its_sentence(void **state) {
    (void)state;
    static const struct {
        const char *header, *says;
    } files[] = {
        {"[1]", "not one JSON object"},
        {"{} x", "not one JSON object"},
        {"{" A("F32", "[2]", "[0,8]"), "not one JSON object"},
        {"{" A("F32", "[3]", "[0,8]") "}", "3 numbers of type F32 are not the 8 bytes"},
        {"{" A("F32", "[4]", "[0,16]") "}", "truncated"},
        {"{" A("F32", "[1]", "[0,4]") "}", "its tensors end at byte"},
        {"{" A("F32", "[1]", "[4,8]") "}", "behind byte"},
        {"{" A("F32", "[2]", "[0,8]") ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],"
                                      "\"data_offsets\":[4,8]}}",
         "before byte"},
        {"{" A("F32", "[1]", "[0,4]") "," A("F32", "[1]", "[4,8]") "}", "tensor a is there twice"},
        {"{" A("F32", "[-2]", "[0,8]") "}", "no whole length"},
        {"{" A("F32", "[4294967296,4294967296]", "[0,8]") "}", "more numbers than there can be"},
        {"{" A("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]") "}", "no shape of at most 8 axes"},
        {"{" A("F32", "[2]", "[8,0]") "}", "no data_offsets"},
        {"{" A("F32", "[2]", "[0,8.5]") "}", "no data_offsets"},
        {"{\"a\":3}", "tensor a has no dtype"},
        {"{\"__metadata__\":{\"x\":1}," A("F32", "[2]", "[0,8]") "}", "x is no text"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        safetensors_t *file;
        double data = 0;
        const char *path = put("lie", files[i].header, &data, sizeof data);
        assert_int_equal(safetensors_open(path, &file), STATUS_CORRUPT);
        if (!strstr(status_message(), files[i].says) || !strstr(status_message(), "/lie: "))
            fail_msg("%s: %s", files[i].says, status_message());
        assert_null(file);
    }
}

static void a_type_that_is_not_known_harms_only_who_asks_for_it(void **state) {
    (void)state;
    float data[2] = {1, 2}, x;
    safetensors_t *file =
        open_good(put("type",
                      "{" A("F6_X", "[5]", "[0,4]") ",\"b\":{\"dtype\":\"F32\","
                                                    "\"shape\":[1],\"data_offsets\":[4,8]}}",
                      data, sizeof data));
    assert_true(number(file, "b", 0) == 2);
    const tensor_entry_t *a = tensor_list_find(safetensors_list(file), "a");
    assert_int_equal(safetensors_read_f32(file, a, 0, 1, &x), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "tensor a is of type F6_X"));
    safetensors_close(&file);
}

static const char *write_index(const char *map) {
    static char path[256];
    snprintf(path, sizeof path, "%s/model.safetensors.index.json", folder);
    FILE *file = fopen(path, "w");
    fprintf(file, "{\"metadata\":{\"total_size\":7},\"weight_map\":%s}", map);
    fclose(file);
    return path;
}

static void shards_are_one_checkpoint(void **state) {
    (void)state;
    float one[2] = {1, 2}, two[2] = {3, 4};
    put("part1", "{" A("F32", "[2]", "[0,8]") "}", one, sizeof one);
    put("part2", "{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", two,
        sizeof two);
    safetensors_t *file = open_good(write_index("{\"a\":\"part1\",\"b\":\"part2\"}"));
    assert_int_equal(safetensors_list(file)->count, 2);
    assert_true(number(file, "a", 1) == 2 && number(file, "b", 0) == 3);
    safetensors_close(&file);
}

static void an_index_that_is_wrong_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *map, *says;
    } files[] = {
        {"7", "has no weight_map"},
        {"{\"a\":\"part3\"}", "part3: cannot be opened"},
        {"{\"a\":\"../part1\"}", "is no file beside it"},
        {"{\"a\":\"part1\",\"b\":\"part1\"}", "says that tensor b is in part1"},
        {"{\"a\":\"part1\",\"b\":\"copy\"}", "tensor a is there twice"},
        {"{\"a\":[]}", "no file is named for tensor a"},
    };
    float data[2] = {1, 2};
    put("part1", "{" A("F32", "[2]", "[0,8]") "}", data, sizeof data);
    put("copy", "{" A("F32", "[2]", "[0,8]") "}", data, sizeof data);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        safetensors_t *file;
        assert_int_equal(safetensors_open(write_index(files[i].map), &file), STATUS_CORRUPT);
        if (!strstr(status_message(), files[i].says))
            fail_msg("%s: %s", files[i].says, status_message());
    }
}

static void a_file_cut_while_it_is_read_is_said(void **state) {
    (void)state;
    float data[2] = {1, 2}, x[2];
    const char *path = put("cut", "{" A("F32", "[2]", "[0,8]") "}", data, sizeof data);
    safetensors_t *file = open_good(path);
    const tensor_entry_t *a = &safetensors_list(file)->at[0];
    assert_int_equal(truncate(path, (off_t)a->end - 2), 0);
    assert_int_equal(safetensors_read_f32(file, a, 0, 2, x), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "it ends there"));
    safetensors_close(&file);
}

static void samples_of_other_programs_are_read_or_refused(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t tensors; /* 0 = malformed */
    } files[] = {{"syoyo_gen_model", 2},
                 {"candle_encodec_jfk-codes", 1},
                 {"safetensors_abuse_attempt_1", 0}};
    const char *data = getenv("KOOPSWEEP_DATA");
    if (!data) {
        print_message("skipped: KOOPSWEEP_DATA is not set\n");
        skip();
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        safetensors_t *file;
        snprintf(path, sizeof path, "%s/safetensors-samples/%s.safetensors", data, files[i].name);
        status_t status = safetensors_open(path, &file);
        assert_int_equal(status, files[i].tensors ? STATUS_OK : STATUS_CORRUPT);
        if (!file) continue;
        assert_int_equal(safetensors_list(file)->count, files[i].tensors);
        safetensors_close(&file);
    }
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_type_are_read),
        cmocka_unit_test(each_lie_of_a_header_has_its_sentence),
        cmocka_unit_test(a_type_that_is_not_known_harms_only_who_asks_for_it),
        cmocka_unit_test(shards_are_one_checkpoint),
        cmocka_unit_test(an_index_that_is_wrong_is_refused),
        cmocka_unit_test(a_file_cut_while_it_is_read_is_said),
        cmocka_unit_test(samples_of_other_programs_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
