/* Data-parallel training: a batch in shares gives the training of the whole batch, and a team of
 * processes the bits of one process. */
#include "train/sweep_text.h"

#include <math.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "near.h"

#define TRAINED                                                                                    \
    "train: {steps: 25, batch: 12, lr: 0.003, valid_every: 10, valid_batches: 2, clip: 1}\n"
#define IN_SHARES(k) TRAINED "resources.ranks_per_trial: " #k "\n"

static void assert_like_the_whole(const char *options) {
    record_t whole = {0}, shared = {0};
    char text[512];
    snprintf(text, sizeof text, "%s%s", TRAINED, options);
    run_first(text, &whole);
    snprintf(text, sizeof text, "%s%s", IN_SHARES(3), options);
    run_first(text, &shared);
    const double *a = vector_of(&whole, "series/loss"), *b = vector_of(&shared, "series/loss");
    const double *g = vector_of(&whole, "series/grad_norm");
    for (int i = 0; i < 25; i++) {
        assert_near(b[i], a[i], 2e-5 * a[i]);
        assert_near(vector_of(&shared, "series/grad_norm")[i], g[i], 2e-4 * g[i]);
    }
    assert_near(number_of(&shared, "outcome/valid_loss"), number_of(&whole, "outcome/valid_loss"),
                1e-4);
    record_clear(&whole);
    record_clear(&shared);
}

static void shares_train_like_the_whole_batch(void **state) {
    (void)state;
    assert_like_the_whole("");
}

/* Every share draws what the whole batch would have drawn for it. */
static void shares_draw_like_the_whole_batch(void **state) {
    (void)state;
    assert_like_the_whole("model: {dropout: 0.3, z_loss: 0.01}\n");
}

/* Load balance is that of the whole batch: with this coefficient that of each share would be seen.
 */
static void shares_balance_experts_like_the_whole_batch(void **state) {
    (void)state;
    record_t whole = {0}, shared = {0};
    static const char text[] = "model: {arch: moe, experts: 4, experts_active: 1, balance: 10}\n"
                               "train: {steps: 12, batch: 12, lr: 0.003}\nprobe.layers_every: 4\n";
    char in_shares[256];
    snprintf(in_shares, sizeof in_shares, "%sresources.ranks_per_trial: 4\n", text);
    run_first(text, &whole);
    run_first(in_shares, &shared);
    for (int i = 0; i < 12; i++) {
        double a = vector_of(&whole, "series/balance")[i],
               g = vector_of(&whole, "series/grad_norm")[i];
        assert_near(vector_of(&shared, "series/balance")[i], a, 1e-4 * a);
        assert_near(vector_of(&shared, "series/grad_norm")[i], g, 1e-3 * g);
    }
    for (int i = 0; i < 3 * 2; i++) /* at step 0 the routes are the same to a token */
        assert_near(vector_of(&shared, "layers/expert_load_max")[i],
                    vector_of(&whole, "layers/expert_load_max")[i], i < 2 ? 0 : 0.1);
    record_clear(&whole);
    record_clear(&shared);
}

/* Images and a loss at every position are cut differently. */
static void every_kind_of_batch_can_be_cut(void **state) {
    (void)state;
    record_t whole = {0}, shared = {0};
    static const char text[] = "task.name: synthetic_lm\ntrain: {steps: 5, batch: 8}\n";
    char in_shares[128];
    snprintf(in_shares, sizeof in_shares, "%sresources.ranks_per_trial: 4\n", text);
    run_first(text, &whole);
    run_first(in_shares, &shared);
    for (int i = 0; i < 5; i++)
        assert_near(vector_of(&shared, "series/loss")[i], vector_of(&whole, "series/loss")[i],
                    1e-4);
    record_clear(&whole);
    record_clear(&shared);
}

/* The process at the other end of a socket. */
typedef struct peer {
    int rank, socket;
} peer_t;

static void move_all(ssize_t (*move)(int, void *, size_t), int socket, flt *x, size_t n) {
    for (size_t done = 0, size = n * sizeof *x; done < size;) {
        ssize_t count = move(socket, (char *)x + done, size - done);
        if (count <= 0) _exit(1);
        done += (size_t)count;
    }
}

static ssize_t write_bytes(int socket, void *x, size_t n) { return write(socket, x, n); }

/* Rank 1 sends its vector, rank 0 adds and sends back: x_0 + x_1, as two shares are added. */
static void sum_of_two(void *context, flt *x, size_t n) {
    const peer_t *peer = context;
    if (peer->rank == 1) {
        move_all(write_bytes, peer->socket, x, n);
        move_all(read, peer->socket, x, n);
        return;
    }
    flt *theirs = malloc(n * sizeof *theirs);
    move_all(read, peer->socket, theirs, n);
    for (size_t i = 0; i < n; i++) x[i] += theirs[i];
    free(theirs);
    move_all(write_bytes, peer->socket, x, n);
}

static status_t run_in_team(const trial_t *trial, int rank, int socket, trial_watch_t *watch,
                            record_t *record) {
    trial_state_t state;
    peer_t peer = {rank, socket};
    const trial_team_t team = {.rank = rank, .sum = sum_of_two, .context = &peer};
    const trial_setting_t setting = {.team = &team, .watch = watch};
    return trial_run(trial, &setting, record, &state);
}

static void assert_same_bits(const record_t *a, const record_t *b, const char *path) {
    const record_item_t *x = item_of(a, path), *y = item_of(b, path);
    assert_int_equal(record_item_count(x), record_item_count(y));
    assert_memory_equal(x->data, y->data, record_item_count(x) * record_type_size(x->type));
}

static void run_in_both_ways(const char *options, const char *const *more) {
    int sockets[2], status;
    record_t alone = {0}, together = {0};
    sweep_text_t sweep = sweep_of(options);
    const trial_t *trial = plan_trial(sweep.plan, 0);
    run_trial(trial, &alone);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    pid_t child = fork();
    if (child == 0) {
        record_t ignored = {0};
        _exit(run_in_team(trial, 1, sockets[1], NULL, &ignored));
    }
    assert_int_equal(run_in_team(trial, 0, sockets[0], NULL, &together), STATUS_OK);
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    static const char *const paths[] = {"series/loss",    "series/grad_norm", "valid/loss",
                                        "valid/accuracy", "rksp/lambda",      "rksp/residual",
                                        "rksp/kappa_v",   "rksp/rank"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_same_bits(&alone, &together, paths[i]);
    for (; *more; more++) assert_same_bits(&alone, &together, *more);
    close(sockets[0]);
    close(sockets[1]);
    record_clear(&alone);
    record_clear(&together);
    sweep_end(&sweep);
}

static void two_processes_give_the_bits_of_one(void **state) {
    (void)state;
    run_in_both_ways(IN_SHARES(2), (const char *const[]){NULL});
}

static void so_they_do_with_every_family(void **state) {
    (void)state;
    run_in_both_ways("model: {arch: moe, experts: 4, capacity: 1, balance: 1}\n" IN_SHARES(2),
                     (const char *const[]){"series/balance", "layers/expert_load_min",
                                           "layers/expert_entropy", "layers/dropped", NULL});
    run_in_both_ways("model: {arch: mamba, norm: rms_norm}\n" IN_SHARES(2),
                     (const char *const[]){"layers/decay_radius", NULL});
    run_in_both_ways("model: {arch: kan}\n" IN_SHARES(2),
                     (const char *const[]){"layers/beyond_grid", NULL});
}

/* --- a process of a team whose files are not those of the other --- */

static char folder[64];

static void write_story(const char *name, unsigned seed) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    mkdir(path, 0700);
    strcat(path, "/story.txt");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (unsigned i = 0; i < 20000; i++) fputc('a' + (int)(i * (seed + i) % 26), file);
    assert_int_equal(fclose(file), 0);
}

static int make_folders(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-shares-XXXXXX");
    if (!mkdtemp(folder) || setenv("XDG_CACHE_HOME", folder, 1)) return -1;
    write_story("theirs", 7);
    write_story("other", 8);
    return 0;
}

static int remove_folders(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int spoil_at_the_end(void *context, int64_t step, int64_t steps) {
    (void)context;
    if (step == steps - 1) write_story("same", 8);
    return 0;
}

static status_t run_on(const trial_t *trial, int rank, int socket, const char *data,
                       trial_watch_t *watch) {
    record_t record = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, data);
    setenv("KOOPSWEEP_DATA", path, 1);
    status_t status = run_in_team(trial, rank, socket, watch, &record);
    record_clear(&record);
    return status;
}

/* The process of rank `stranger` finds its text in the folder `data`. Both say `words`. */
static void assert_given_up(int stranger, const char *data, trial_watch_t *watch,
                            const char *words) {
    int sockets[2], status;
    const char *const folders[] = {stranger == 0 ? data : "theirs",
                                   stranger == 1 ? data : "theirs"};
    sweep_text_t sweep = sweep_of_text("name: test\nmodel: {width: 16, layers: 1, heads: 2}\n"
                                       "task: {name: text, corpus: story.txt, tokenizer: byte}\n"
                                       "task.seq_len: 16\nprobe.rksp.steps: []\n"
                                       "train: {steps: 6, batch: 4, valid_batches: 1}\n"
                                       "resources.ranks_per_trial: 2\n");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    pid_t child = fork();
    if (child == 0) {
        int is_as_said = run_on(trial, 1, sockets[1], folders[1], stranger == 1 ? watch : NULL) ==
                             STATUS_CORRUPT &&
                         strstr(status_message(), words);
        _exit(is_as_said ? 0 : 1);
    }
    close(sockets[1]);
    status_t mine = run_on(trial, 0, sockets[0], folders[0], stranger == 0 ? watch : NULL);
    if (mine != STATUS_CORRUPT || !strstr(status_message(), words))
        fail_msg("%s", status_message());
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    close(sockets[0]);
    sweep_end(&sweep);
}

/* None waits for one that cannot open its data, and all know the file, and where. */
static void a_team_gives_up_together_without_data(void **state) {
    (void)state;
    assert_given_up(0, "nowhere", NULL, "nowhere/story.txt");
    assert_given_up(1, "nowhere", NULL, "nowhere/story.txt");
    assert_given_up(1, "nowhere", NULL, "rank 1 of the trial's team");
}

static void a_team_on_different_data_is_refused(void **state) {
    (void)state;
    assert_given_up(0, "other", NULL, "different data");
    assert_given_up(1, "other", NULL, "different data");
}

/* After the last gradient nobody else would learn of it. */
static void what_one_sees_change_at_the_end_spoils_the_result(void **state) {
    (void)state;
    for (int rank = 0; rank < 2; rank++) {
        write_story("same", 7);
        assert_given_up(rank, "same", spoil_at_the_end, "same/story.txt: has changed");
    }
}

static void refuse(const char *options, const char *word) {
    trial_cost_t cost;
    sweep_text_t sweep = sweep_of(options);
    assert_int_equal(trial_estimate(plan_trial(sweep.plan, 0)->config, &cost), STATUS_SPEC);
    if (!strstr(status_message(), word)) fail_msg("%s", status_message());
    sweep_end(&sweep);
}

static void what_cannot_be_shared_is_refused(void **state) {
    (void)state;
    refuse("resources.ranks_per_trial: 5\n" TRAINED, "evenly");
    refuse("train.sam_rho: 0.1\nresources.ranks_per_trial: 2\n", "stabilizer");
    refuse("qk_clip.limit: 50\nresources.ranks_per_trial: 2\n", "stabilizer");
    refuse("kss.alpha: 0.1\nresources.ranks_per_trial: 2\n", "stabilizer");
    refuse("curvature.every: 5\nresources.ranks_per_trial: 2\n", "curvature");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_train_like_the_whole_batch),
        cmocka_unit_test(shares_draw_like_the_whole_batch),
        cmocka_unit_test(every_kind_of_batch_can_be_cut),
        cmocka_unit_test(shares_balance_experts_like_the_whole_batch),
        cmocka_unit_test(two_processes_give_the_bits_of_one),
        cmocka_unit_test(so_they_do_with_every_family),
        cmocka_unit_test(a_team_gives_up_together_without_data),
        cmocka_unit_test(a_team_on_different_data_is_refused),
        cmocka_unit_test(what_one_sees_change_at_the_end_spoils_the_result),
        cmocka_unit_test(what_cannot_be_shared_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
