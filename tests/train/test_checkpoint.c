/* Checkpoints: a trial that was stopped and resumed is the trial that never was, bit for bit. */
#include "train/sweep_text.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "optim/optim.h"
#include "stabilizer/stabilizer.h"
#include "train/checkpoint.h"

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-checkpoint-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int empty_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int count_files(void) {
    DIR *directory = opendir(folder);
    int count = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static int stop_at(void *context, int64_t step, int64_t steps) {
    (void)steps;
    return step == *(const int64_t *)context;
}

/* Runs until the step, -1 = to the end; returns the status. */
static status_t run_until(const trial_t *trial, int64_t step, record_t *record) {
    trial_state_t state;
    const trial_setting_t setting = {
        .watch = stop_at, .context = &step, .checkpoints = folder, .checkpoint_every = 0};
    return trial_run(trial, &setting, record, &state);
}

static void stop_before(const trial_t *trial, int64_t step) {
    record_t record = {0};
    assert_int_equal(run_until(trial, step, &record), STATUS_INCOMPLETE);
    assert_int_equal(record.count, 0);
}

/* Data sets in seconds are clocks; the schema says which. */
static int is_clock(const char *path) {
    const char *last = strrchr(path, '/');
    return strncmp(last + 1, "seconds", 7) == 0;
}

static void assert_same(const record_t *a, const record_t *b) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const record_item_t *x = &a->items[i], *y = item_of(b, x->path);
        if (is_clock(x->path)) continue;
        assert_int_equal(x->type, y->type);
        assert_int_equal(record_item_count(x), record_item_count(y));
        if (memcmp(x->data, y->data, record_item_count(x) * record_type_size(x->type)) != 0)
            fail_msg("%s differs", x->path);
    }
}

/* `stops`: steps before which the trial is interrupted, ended by -1. */
static void assert_resumes(const char *options, const int64_t *stops) {
    record_t undisturbed = {0}, resumed = {0};
    sweep_text_t sweep = sweep_of(options);
    const trial_t *trial = plan_trial(sweep.plan, 0);
    run_trial(trial, &undisturbed);
    for (; *stops >= 0; stops++) stop_before(trial, *stops);
    assert_true(count_files() > 0);
    if (run_until(trial, -1, &resumed) != STATUS_OK) fail_msg("%s", status_message());
    assert_same(&undisturbed, &resumed);
    checkpoint_remove(folder, trial->id);
    assert_int_equal(count_files(), 0);
    record_clear(&undisturbed);
    record_clear(&resumed);
    sweep_end(&sweep);
}

static void every_stabilizer_resumes_to_the_same_bits(void **state) {
    (void)state;
    static const char *const switches[] = {
        "train.sam_rho: 0.1",
        "train.gradient_penalty: 0.1",
        "train.spectral_norm: 0.2",
        "train.weight_norm: true",
        "penalty: {every: 2, residual_l2: 100}",
        "penalty: {every: 2, jacobian: 1}",
        "penalty: {every: 2, activation_variance: 100}",
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        char options[512];
        snprintf(options, sizeof options,
                 "train: {steps: 8, lr: 0.01, valid_batches: 1}\n"
                 "probe.rksp.steps: []\n%s",
                 switches[i]);
        assert_resumes(options, (const int64_t[]){3, 4, -1});
    }
}

static void every_optimizer_resumes_to_the_same_bits(void **state) {
    (void)state;
    for (int i = 0; optim_rows[i]; i++) {
        char options[512];
        snprintf(options, sizeof options,
                 "train: {steps: 12, lr: 0.003, schedule: cosine, warmup: 3, valid_every: 5,\n"
                 "  valid_batches: 2, optimizer: %s, clip: 1}\nprobe.rksp.steps: [0, 6, 12]",
                 optim_rows[i]->name);
        assert_resumes(options, (const int64_t[]){1, -1});
        assert_resumes(options, (const int64_t[]){5, 6, 7, -1});
        assert_resumes(options, (const int64_t[]){2, 11, -1});
    }
}

static void dropout_and_terms_of_the_loss_resume_to_the_same_bits(void **state) {
    (void)state;
    assert_resumes("train: {steps: 8, lr: 0.01, valid_batches: 1}\n"
                   "model: {dropout: 0.2, z_loss: 0.01}\nprobe.rksp.steps: [0, 8]",
                   (const int64_t[]){3, 4, -1});
}

static void curvature_resumes_to_the_same_bits(void **state) {
    (void)state;
    const int64_t stops[] = {1, 4, 7, -1};
    assert_resumes("train: {steps: 9, batch: 8, lr: 0.003, valid_batches: 0}\n"
                   "curvature: {every: 2, products: 3, blocks: true}",
                   stops);
    assert_resumes("train: {steps: 9, batch: 8, lr: 0.003, valid_batches: 0}\n"
                   "curvature: {every: 3, batches: 2, cold_start: true}",
                   stops);
}

static void a_step_without_a_checkpoint_before_it_starts_anew(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("train.steps: 4");
    stop_before(plan_trial(sweep.plan, 0), 0);
    assert_int_equal(count_files(), 0);
    sweep_end(&sweep);
}

static void a_divergence_passed_before_the_stop_is_remembered(void **state) {
    (void)state;
    const char *options = "train: {steps: 10, lr: 0.01, stop_on_divergence: false}\n"
                          "diverge.loss: 1";
    assert_resumes(options, (const int64_t[]){4, -1});
}

static void trials_of_other_tasks_and_models_resume(void **state) {
    (void)state;
    assert_resumes("task.name: synthetic_lm\nmodel: {arch: llama, norm: rms_norm}\n"
                   "train: {steps: 8, lr: 0.01}",
                   (const int64_t[]){3, -1});
}

/* A stabilizer with a state and no hooks would resume to other bits without anybody noticing. */
static void every_family_resumes_to_the_same_bits(void **state) {
    (void)state;
    static const char *const families[] = {
        "model: {arch: moe, experts: 4, experts_active: 2, capacity: 1, router_z: 0.01}\n",
        "model: {arch: mamba, norm: rms_norm, attention_every: 2}\n",
        "model: {arch: kan, kan_order: 4}\n"};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        char options[256];
        snprintf(options, sizeof options, "%strain: {steps: 25, batch: 4}\nprobe.layers_every: 4\n",
                 families[i]);
        assert_resumes(options, (const int64_t[]){3, 9, 24, -1});
    }
}

static void stabilizers_save_all_or_nothing(void **state) {
    (void)state;
    for (int i = 0; stabilizer_rows[i]; i++) {
        const stabilizer_row_t *row = stabilizer_rows[i];
        if (!row->save != !row->load) fail_msg("%s saves or loads, not both", row->name);
        if (row->is_stateless && row->save) fail_msg("%s is stateless and saves", row->name);
    }
}

/* --- the ring --- */

static void path_of(const trial_t *trial, int slot, char path[256]) {
    snprintf(path, 256, "%s/%s.%d", folder, trial->id, slot);
}

static void damage(const char *path) {
    int file = open(path, O_RDWR);
    unsigned char byte;
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, 900), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, 900), 1);
    close(file);
}

static int64_t kept_step(const trial_t *trial) {
    int64_t step;
    record_t record = {0};
    checkpoint_read(folder, trial->id, &step, &record);
    assert_int_equal(step > 0, record.count > 0);
    record_clear(&record);
    return step;
}

static void a_damaged_checkpoint_falls_back_to_the_older_one(void **state) {
    (void)state;
    char path[256];
    record_t undisturbed = {0}, resumed = {0};
    sweep_text_t sweep = sweep_of("train: {steps: 9, lr: 0.01}");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    run_trial(trial, &undisturbed);
    stop_before(trial, 3);
    stop_before(trial, 5);
    stop_before(trial, 7);
    assert_int_equal(count_files(), 2);
    assert_int_equal(kept_step(trial), 7);
    path_of(trial, 0, path);
    damage(path);
    assert_int_equal(kept_step(trial), 5);
    path_of(trial, 1, path);
    assert_int_equal(truncate(path, 600), 0);
    assert_int_equal(kept_step(trial), 0);
    assert_int_equal(run_until(trial, -1, &resumed), STATUS_OK);
    assert_same(&undisturbed, &resumed);
    checkpoint_remove(folder, trial->id);
    record_clear(&undisturbed);
    record_clear(&resumed);
    sweep_end(&sweep);
}

static void another_trials_checkpoint_is_not_taken(void **state) {
    (void)state;
    char from[256], to[256];
    sweep_text_t sweep = sweep_of("replicas: 2\ntrain.steps: 4");
    stop_before(plan_trial(sweep.plan, 0), 2);
    path_of(plan_trial(sweep.plan, 0), 0, from);
    path_of(plan_trial(sweep.plan, 1), 0, to);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(kept_step(plan_trial(sweep.plan, 1)), 0);
    assert_int_equal(unlink(to), 0);
    sweep_end(&sweep);
}

static int story; /* a file of its own for every sweep: one process refuses a file that changes */

/* A text of `length` bytes that depends on `seed`, as the data of the sweep. */
static void write_story(unsigned seed, int length) {
    char path[128];
    snprintf(path, sizeof path, "%s/.story%d.txt", folder, story);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < length; i++)
        fputc('a' + (int)((unsigned)i * (seed + (unsigned)i) % 26), file);
    assert_int_equal(fclose(file), 0);
}

/* As another process, so that this one meets one story only. */
static void stop_elsewhere(const trial_t *trial, int64_t step) {
    int verdict;
    pid_t child = fork();
    if (child == 0) {
        stop_before(trial, step);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &verdict, 0), child);
    assert_int_equal(verdict, 0);
}

/* A sweep on the story; `more`: further options. */
static sweep_text_t sweep_of_story(const char *more) {
    char text[1024];
    snprintf(
        text, sizeof text,
        "name: test\nmodel: {width: 16, layers: 1, heads: 2}\n"
        "task: {name: text, data_dir: %s, corpus: .story%d.txt, tokenizer: byte, seq_len: 16}\n"
        "train: {steps: 6, batch: 4, valid_batches: 1}\n%s",
        folder, ++story, more);
    setenv("XDG_CACHE_HOME", folder, 1);
    return sweep_of_text(text);
}

/* Stopped at a step on one story, then told another: the result is that of the other alone. */
static void assert_forgets(const trial_t *trial) {
    record_t resumed = {0}, undisturbed = {0};
    write_story(1, 4000);
    stop_elsewhere(trial, 3);
    write_story(2, 4000);
    assert_int_equal(run_until(trial, -1, &resumed), STATUS_OK);
    checkpoint_remove(folder, trial->id);
    assert_int_equal(run_until(trial, -1, &undisturbed), STATUS_OK);
    assert_same(&resumed, &undisturbed);
    record_clear(&resumed);
    record_clear(&undisturbed);
}

static void a_checkpoint_of_other_data_is_not_taken(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_story("");
    assert_forgets(plan_trial(sweep.plan, 0));
    sweep_end(&sweep);
}

/* Its risk was measured on the other data, too. */
static void nor_is_what_its_gate_had_decided(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_of_story("train.lr: 0.01\n"
                       "arms: {base: {}, gated: {train.clip: 0.01, gate: {score: m_near_unit, "
                       "control: 0.2, threshold: 0.5}}}\n");
    assert_string_equal(plan_trial(sweep.plan, 1)->arm, "gated");
    assert_forgets(plan_trial(sweep.plan, 1));
    sweep_end(&sweep);
}

static void one_that_does_not_fit_hides_no_later_one(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_story("");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    write_story(1, 4000);
    stop_elsewhere(trial, 4);
    stop_elsewhere(trial, 5);
    write_story(2, 4000);
    stop_before(trial, 1);
    assert_int_equal(kept_step(trial), 1);
    assert_int_equal(count_files(), 1);
    stop_before(trial, 2);
    assert_int_equal(kept_step(trial), 2);
    stop_before(trial, 3);
    assert_int_equal(kept_step(trial), 3);
    assert_int_equal(count_files(), 2);
    checkpoint_remove(folder, trial->id);
    sweep_end(&sweep);
}

/* The same with what is only damaged: it is further than all that follows. */
static void nor_does_a_damaged_one(void **state) {
    (void)state;
    char path[256];
    sweep_text_t sweep = sweep_of("train: {steps: 9, lr: 0.01}");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    stop_before(trial, 3);
    stop_before(trial, 8);
    path_of(trial, 1, path);
    damage(path);
    stop_before(trial, 5);
    assert_int_equal(count_files(), 2);
    stop_before(trial, 6);
    assert_int_equal(kept_step(trial), 6);
    path_of(trial, 0, path);
    damage(path);
    path_of(trial, 1, path);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(kept_step(trial) >= 5); /* there is one to go back to */
    checkpoint_remove(folder, trial->id);
    sweep_end(&sweep);
}

static int is_first(const void *context, const char *id) { return strcmp(context, id) == 0; }

static void checkpoints_of_ended_trials_are_tidied_away(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("replicas: 2\ntrain.steps: 4");
    const trial_t *first = plan_trial(sweep.plan, 0), *second = plan_trial(sweep.plan, 1);
    stop_before(first, 2);
    stop_before(second, 2);
    checkpoint_tidy(folder, is_first, first->id);
    assert_int_equal(kept_step(first), 0);
    assert_int_equal(kept_step(second), 2);
    checkpoint_remove(folder, second->id);
    sweep_end(&sweep);
}

/* Regular ones, at every step since the time between them is next to nothing. */
static void long_trials_are_kept_now_and_then(void **state) {
    (void)state;
    trial_state_t outcome;
    record_t record = {0};
    sweep_text_t sweep = sweep_of("train.steps: 5");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    const trial_setting_t setting = {.checkpoints = folder, .checkpoint_every = 1e-9};
    assert_int_equal(trial_run(trial, &setting, &record, &outcome), STATUS_OK);
    assert_int_equal(count_files(), 2);
    assert_int_equal(kept_step(trial), 4);
    checkpoint_remove(folder, trial->id);
    record_clear(&record);
    sweep_end(&sweep);
}

static void a_folder_that_cannot_be_written_costs_no_trial(void **state) {
    (void)state;
    trial_state_t outcome;
    record_t record = {0};
    sweep_text_t sweep = sweep_of("train.steps: 3");
    const trial_setting_t setting = {.checkpoints = "/proc/nowhere", .checkpoint_every = 1e-9};
    assert_int_equal(trial_run(plan_trial(sweep.plan, 0), &setting, &record, &outcome), STATUS_OK);
    assert_int_equal(outcome, TRIAL_COMPLETED);
    record_clear(&record);
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stabilizer_resumes_to_the_same_bits),
        cmocka_unit_test(every_optimizer_resumes_to_the_same_bits),
        cmocka_unit_test(dropout_and_terms_of_the_loss_resume_to_the_same_bits),
        cmocka_unit_test(curvature_resumes_to_the_same_bits),
        cmocka_unit_test(a_step_without_a_checkpoint_before_it_starts_anew),
        cmocka_unit_test(a_divergence_passed_before_the_stop_is_remembered),
        cmocka_unit_test(trials_of_other_tasks_and_models_resume),
        cmocka_unit_test(every_family_resumes_to_the_same_bits),
        cmocka_unit_test(stabilizers_save_all_or_nothing),
        cmocka_unit_test(a_damaged_checkpoint_falls_back_to_the_older_one),
        cmocka_unit_test(another_trials_checkpoint_is_not_taken),
        cmocka_unit_test(a_checkpoint_of_other_data_is_not_taken),
        cmocka_unit_test(nor_is_what_its_gate_had_decided),
        cmocka_unit_test(one_that_does_not_fit_hides_no_later_one),
        cmocka_unit_test(nor_does_a_damaged_one),
        cmocka_unit_test(checkpoints_of_ended_trials_are_tidied_away),
        cmocka_unit_test(long_trials_are_kept_now_and_then),
        cmocka_unit_test(a_folder_that_cannot_be_written_costs_no_trial),
    };
    return cmocka_run_group_tests(tests, make_folder, empty_folder);
}
