/* Profiles of networks that are there: which samples a convention takes, states that others left in
 * a file, what is said of too few samples, and the file that comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/gemm.h"
#include "profile/record.h"
#include "profile/table.h"
#include "profile/token_input.h"
#include "store/store.h"

static char folder[] = "/tmp/koopsweep-profile-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const convention_t *convention(const char *name) {
    const convention_t *row = conventions;
    while (strcmp(row->name, name) != 0) row++;
    return row;
}

static void papers_prompts_are_eight_four_times(void **state) {
    (void)state;
    int32_t ids[1000];
    input_t input;
    for (int i = 0; i < 1000; i++) ids[i] = i;
    assert_int_equal(convention_cut(convention("paper"), ids, 1000, 64, 768, 0, &input), STATUS_OK);
    assert_int_equal(input.sequences, 32);
    assert_int_equal(input.distinct, 512);
    assert_int_equal(input.tokens[8 * 64 + 5], ids[5]);
    input_clear(&input);
}

static void full_takes_four_tokens_a_feature_as_far_as_there_are(void **state) {
    (void)state;
    enum { IDS = 3000 };
    int32_t ids[IDS];
    input_t input;
    for (int i = 0; i < IDS; i++) ids[i] = i;
    const convention_t *full = convention("full");
    assert_int_equal(convention_cut(full, ids, IDS, 10, 64, 0, &input), STATUS_OK);
    assert_int_equal(input.sequences, 205); /* at least 2048 tokens */
    assert_int_equal(input.distinct, 2050);
    input_clear(&input);
    assert_int_equal(convention_cut(full, ids, IDS, 10, 64, 55, &input), STATUS_OK);
    assert_int_equal(input.sequences, 6);
    input_clear(&input);
    assert_int_equal(convention_cut(full, ids, IDS, 10, 768, 0, &input), STATUS_OK);
    assert_int_equal(input.sequences, 300);
    input_clear(&input);
    assert_int_equal(convention_cut(full, ids, 5, 10, 64, 0, &input), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "5 tokens do not make one sequence of 10"));
}

/* By brute force: how many different beginnings are there? */
static void states_differ_where_what_was_read_differs(void **state) {
    (void)state;
    enum { SEQUENCES = 40, LENGTH = 6 };
    int32_t tokens[SEQUENCES * LENGTH];
    rng_t rng = rng_open(3, 0, "tokens", 0);
    for (int i = 0; i < SEQUENCES * LENGTH; i++) tokens[i] = (int32_t)rng_below(&rng, 2);
    input_t input = {.tokens = tokens, .sequences = SEQUENCES, .length = LENGTH};
    int expected = 0;
    for (int s = 0; s < SEQUENCES; s++)
        for (int t = 1; t <= LENGTH; t++) {
            int other = 0;
            while (other < s && memcmp(tokens + other * LENGTH, tokens + s * LENGTH,
                                       (size_t)t * sizeof *tokens) != 0)
                other++;
            expected += other == s;
        }
    input_count_distinct(&input);
    assert_int_equal(input.distinct, expected);
}

static void thirds_are_those_of_the_paper(void **state) {
    (void)state;
    assert_int_equal(profile_group(3, 12), 0);
    assert_int_equal(profile_group(4, 12), 1);
    assert_int_equal(profile_group(8, 12), 2);
    assert_int_equal(profile_group(10, 32), 0);
    assert_int_equal(profile_group(11, 32), 1);
    assert_int_equal(profile_group(21, 32), 1);
    assert_int_equal(profile_group(22, 32), 2);
}

/* --- states of a file --- */

enum { WIDTH = 6, SAMPLES = 40, LAYERS = 2 };

/* h.1 = h.0 K^T, h.2 = h.1 K^T with K = diag(0.5, ..): every eigenvalue is known. `repeat`: so many
 * rows are all there are. */
static const char *write_states(int repeat) {
    static const double lambda[WIDTH] = {0.5, 0.7, 0.95, 1.0, 1.2, 2.0};
    float h[LAYERS + 1][SAMPLES][WIDTH];
    rng_t rng = rng_open(4, 0, "states", 0);
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < WIDTH; k++) {
            h[0][i][k] = i < repeat ? (float)rng_normal(&rng) : h[0][i % repeat][k];
            h[1][i][k] = (float)lambda[k] * h[0][i][k];
            h[2][i][k] = (float)lambda[k] * h[1][i][k];
        }
    char header[512] = "{";
    size_t each = sizeof h[0];
    for (size_t l = 0; l <= LAYERS; l++)
        snprintf(header + strlen(header), sizeof header - strlen(header),
                 "%s\"h.%zu\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%zu,%zu]}",
                 l ? "," : "", l, SAMPLES, WIDTH, l * each, (l + 1) * each);
    strcat(header, "}");
    uint64_t length = strlen(header);
    FILE *file = fopen(in_folder("states.safetensors"), "wb");
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, length, file);
    fwrite(h, sizeof h, 1, file);
    fclose(file);
    return in_folder("states.safetensors");
}

static profile_t profile_file(const char *path, int rank, int values_only) {
    source_t source;
    profile_t profile;
    const profile_options_t options = {.name = "test", .rank = rank, .values_only = values_only};
    if (source_of_file(path, &source) || profile_run(&options, &source, &profile))
        fail_msg("%s", status_message());
    source_close(&source);
    return profile;
}

static void states_of_another_program_have_its_eigenvalues(void **state) {
    (void)state;
    profile_t p = profile_file(write_states(SAMPLES), 0, 0);
    assert_int_equal(p.layers, LAYERS);
    assert_int_equal(p.count, LAYERS);
    assert_int_equal(p.distinct, SAMPLES);
    for (int row = 0; row < LAYERS; row++) {
        const rksp_result_t *r = &p.rows[row].result;
        assert_int_equal(r->rank, WIDTH);
        assert_true(fabs(r->lambda[0] - 0.5) < 1e-5 && fabs(r->rho - 2) < 1e-5);
        assert_true(r->all.near_unit == 2.0 / 6 && r->all.expansive == 2.0 / 6);
        assert_true(r->kappa_v >= 1);
    }
    assert_true(isnan(p.loss));
    profile_clear(&p);
}

/* The same states as an HDF5 file of float64. */
static const char *as_hdf5(const char *path, int layers) {
    static char hdf5[256];
    double numbers[SAMPLES * WIDTH];
    safetensors_t *t;
    const hsize_t shape[] = {SAMPLES, WIDTH};
    snprintf(hdf5, sizeof hdf5, "%s/states.h5", folder);
    assert_int_equal(safetensors_open(path, &t), STATUS_OK);
    hid_t file = H5Fcreate(hdf5, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL);
    for (int l = 0; l <= layers; l++) {
        char name[16];
        snprintf(name, sizeof name, "h.%d", l);
        const tensor_entry_t *tensor = tensor_list_find(safetensors_list(t), name);
        assert_int_equal(safetensors_read_f64(t, tensor, 0, tensor->count, numbers), STATUS_OK);
        hid_t set =
            H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
        H5Dclose(set);
    }
    H5Sclose(space);
    H5Fclose(file);
    safetensors_close(&t);
    return hdf5;
}

static void hdf5_holds_the_same_states(void **state) {
    (void)state;
    const char *path = write_states(SAMPLES);
    profile_t a = profile_file(path, 0, 0), b = profile_file(as_hdf5(path, LAYERS), 0, 0);
    assert_int_equal(b.layers, LAYERS);
    assert_int_equal(b.distinct, a.distinct);
    for (int i = 0; i < 2 * LAYERS * WIDTH; i++) assert_true(a.lambda[i] == b.lambda[i]);
    profile_clear(&a);
    profile_clear(&b);
    source_t source;
    assert_int_equal(source_of_file(as_hdf5(path, 0), &source), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "has no matrices h.0 and h.1"));
}

static void values_alone_are_the_same_values(void **state) {
    (void)state;
    profile_t all = profile_file(write_states(SAMPLES), 0, 0),
              values = profile_file(write_states(SAMPLES), 0, 1);
    for (int row = 0; row < LAYERS; row++) {
        const rksp_result_t *a = &all.rows[row].result, *v = &values.rows[row].result;
        assert_true(fabs(a->rho - v->rho) < 1e-12);
        assert_true(a->all.near_unit == v->all.near_unit);
        assert_true(fabs(a->eta_nl - v->eta_nl) < 1e-12);
        for (int j = 0; j < 2 * WIDTH; j++) assert_true(fabs(a->lambda[j] - v->lambda[j]) < 1e-10);
        assert_true(isnan(v->kappa_v) && isnan(v->reliable_share) && isnan(v->residual[0]));
    }
    profile_clear(&all);
    profile_clear(&values);
}

static int has_note(const report_table_t *table, const char *key) {
    for (size_t i = 0; i < table->note_count; i++)
        if (strcmp(table->notes[i].key, key) == 0) return 1;
    return 0;
}

/* Rows repeated are no samples. */
static void too_few_distinct_samples_are_said(void **state) {
    (void)state;
    profile_t p = profile_file(write_states(WIDTH), 0, 0);
    assert_int_equal(p.distinct, WIDTH);
    assert_true(profile_is_exact(&p));
    report_table_t table = profile_layer_table("states", &p, 1);
    assert_true(has_note(&table, "exact"));
    report_table_destroy(&table);
    profile_clear(&p);
    p = profile_file(write_states(SAMPLES), 0, 0);
    table = profile_layer_table("states", &p, 1);
    assert_false(has_note(&table, "exact") || has_note(&table, "few"));
    report_table_destroy(&table);
    profile_clear(&p);
}

static void files_without_states_are_refused(void **state) {
    (void)state;
    source_t source;
    assert_int_equal(source_of_file("/nowhere", &source), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "cannot be opened"));
    const char header[] = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    ";
    uint64_t length = strlen(header);
    FILE *file = fopen(in_folder("other.safetensors"), "wb");
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, length, file);
    fwrite("    ", 1, 4, file);
    fclose(file);
    assert_int_equal(source_of_file(in_folder("other.safetensors"), &source), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "has no matrices h.0 and h.1"));
}

/* --- what comes of it --- */

static void what_is_written_is_read_and_nothing_else(void **state) {
    (void)state;
    profile_t p[2] = {profile_file(write_states(SAMPLES), 3, 0),
                      profile_file(write_states(SAMPLES), 0, 0)};
    record_t record = {0}, back;
    p[0].name = "paper", p[1].name = "full";
    profile_record("somewhere", p, 2, &record);
    if (store_write_profile(in_folder("p.h5"), &record)) fail_msg("%s", status_message());
    if (store_read_profile(in_folder("p.h5"), &back)) fail_msg("%s", status_message());
    assert_int_equal(back.count, record.count);
    for (size_t i = 0; i < record.count; i++) {
        const record_item_t *a = &record.items[i], *b = record_find(&back, a->path);
        assert_int_equal(record_item_count(a), record_item_count(b));
        assert_memory_equal(a->data, b->data, record_item_count(a) * record_type_size(a->type));
    }
    const double *lambda = record_find(&back, "lambda")->data;
    assert_true(isnan(lambda[2 * 3]) && !isnan(lambda[2 * 2]));
    assert_string_equal(record_find(&back, "conventions")->data, "paper,full");
    record_clear(&back);
    FILE *file = fopen(in_folder("p.h5"), "r+b");
    fseek(file, 3000, SEEK_SET);
    fputc(99, file);
    fclose(file);
    assert_int_equal(store_read_profile(in_folder("p.h5"), &back), STATUS_CORRUPT);
    record_clear(&record);
    for (int i = 0; i < 2; i++) profile_clear(&p[i]);
}

static void ids_are_read_from_text(void **state) {
    (void)state;
    int32_t *ids;
    int64_t count;
    FILE *file = fopen(in_folder("ids.txt"), "w");
    fputs("[1, 2,\n 30000 4]\n", file);
    fclose(file);
    assert_int_equal(token_input_read(in_folder("ids.txt"), &ids, &count), STATUS_OK);
    assert_int_equal(count, 4);
    assert_int_equal(ids[2], 30000);
    free(ids);
    static const struct {
        const char *text, *says;
    } bad[] = {{"1 2 three", "\"three\" (number 2) is no token id; text goes by --text"},
               {"1 -2", "\"-2\" (number 1)"},
               {"1 2.5", "\".5\" (number 2)"},
               {"4294967296", "is no token id"},
               {" ", "holds no token ids"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        file = fopen(in_folder("ids.txt"), "w");
        fputs(bad[i].text, file);
        fclose(file);
        assert_int_equal(token_input_read(in_folder("ids.txt"), &ids, &count), STATUS_CORRUPT);
        if (!strstr(status_message(), bad[i].says)) fail_msg("%s", status_message());
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
        cmocka_unit_test(papers_prompts_are_eight_four_times),
        cmocka_unit_test(full_takes_four_tokens_a_feature_as_far_as_there_are),
        cmocka_unit_test(states_differ_where_what_was_read_differs),
        cmocka_unit_test(thirds_are_those_of_the_paper),
        cmocka_unit_test(states_of_another_program_have_its_eigenvalues),
        cmocka_unit_test(hdf5_holds_the_same_states),
        cmocka_unit_test(values_alone_are_the_same_values),
        cmocka_unit_test(too_few_distinct_samples_are_said),
        cmocka_unit_test(files_without_states_are_refused),
        cmocka_unit_test(what_is_written_is_read_and_nothing_else),
        cmocka_unit_test(ids_are_read_from_text),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
