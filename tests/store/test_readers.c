/* Other programs read the files as if HDF5 itself had written them: h5ls, h5dump, h5py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample_run.h"

static sample_run_t run;
static char trial_path[512], index_path[300];

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    sample_write_all(&run);
    snprintf(trial_path, sizeof trial_path, "%s", sample_path(&run, plan_trial(run.plan, 3)->id));
    snprintf(index_path, sizeof index_path, "%s/sweep.h5", run.dir);
    return store_write_index(run.dir, run.plan, NULL);
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

/* What a command prints, which must end with status 0. Static. */
static const char *output_of(const char *command) {
    static char text[1 << 16];
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    if (pclose(pipe) != 0) fail_msg("%s: %s", command, text);
    return text;
}

static void expect(const char *text, const char *says) {
    if (!strstr(text, says)) fail_msg("no \"%s\" in: %s", says, text);
}

static void need(const char *command, const char *what) {
    char silent[1300];
    snprintf(silent, sizeof silent, "%s >/dev/null 2>&1", command);
    if (system(silent) == 0) return;
    print_message("skip: there is no %s\n", what);
    skip();
}

static void h5ls_lists_the_data_sets(void **state) {
    (void)state;
    char command[700];
    need("h5ls --version", "h5ls");
    snprintf(command, sizeof command, "h5ls -r '%s' 2>&1", trial_path);
    const char *text = output_of(command);
    expect(text, "/outcome                 Group");
    expect(text, "/rksp/lambda             Dataset {2, 3, 5, 2}");
    expect(text, "/labels                  Dataset {10}");
    snprintf(command, sizeof command, "h5ls -r '%s' 2>&1", index_path);
    text = output_of(command);
    expect(text, "/config/train.lr         Dataset {12}");
    expect(text, "/outcome/loss_first      Dataset {12}");
}

static void h5dump_reads_all_of_it(void **state) {
    (void)state;
    char command[700];
    need("h5dump --version", "h5dump");
    snprintf(command, sizeof command, "h5dump '%s' | grep -c DATA", trial_path);
    assert_true(atoi(output_of(command)) > 20);
    snprintf(command, sizeof command, "h5dump -a /outcome/trigger '%s' 2>&1", trial_path);
    expect(output_of(command), "(0): \"not_finite\"");
    snprintf(command, sizeof command, "h5dump -d /config/defaults '%s' 2>&1", trial_path);
    expect(output_of(command), "\"model.norm: \"pre_ln\"\"");
    snprintf(command, sizeof command, "h5dump -p -H -d /rksp/lambda '%s' 2>&1", trial_path);
    expect(output_of(command), "COMPACT");
    snprintf(command, sizeof command, "h5dump -p -H -d /labels '%s' 2>&1", trial_path);
    expect(output_of(command), "CHECKSUM FLETCHER32");
    snprintf(command, sizeof command, "h5dump -d /checksum '%s' 2>&1", index_path);
    expect(output_of(command), "DATASPACE  SIMPLE { ( 12 ) / ( 12 ) }");
    snprintf(command, sizeof command, "h5dump '%s' 2>&1 >/dev/null", index_path);
    assert_string_equal(output_of(command), "");
}

/* The seal is text for people. */
static void the_head_is_readable(void **state) {
    (void)state;
    char command[700], line[64];
    snprintf(command, sizeof command, "head -n 3 '%s'", trial_path);
    const char *text = output_of(command);
    snprintf(line, sizeof line, "name %s\nstate DIVERGED\n", plan_trial(run.plan, 3)->id);
    expect(text, "koopsweep trial, format 2\n");
    expect(text, line);
}

static const char script[] =
    "import h5py, sys\n"
    "trial, index = (h5py.File(name, 'r') for name in sys.argv[1:])\n"
    "def is_compact(d): return d.id.get_create_plist().get_layout() == h5py.h5d.COMPACT\n"
    "def walk(name, d):\n"
    "    if not isinstance(d, h5py.Dataset): return\n"
    "    assert d.fletcher32 or is_compact(d), name + ' has no checksum'\n"
    "    d[()]\n"
    "def walk_labelled(name, d):\n"
    "    walk(name, d)\n"
    "    if not isinstance(d, h5py.Dataset): return\n"
    "    assert isinstance(d.attrs['unit'], str) and d.attrs['long_name'], name\n"
    "trial.visititems(walk)\n"
    "index.visititems(lambda n, d: n == 'spec' or walk_labelled(n, d))\n"
    "assert trial.attrs['state'] == 'DIVERGED' and trial.attrs['seed'] == 999999999999999\n"
    "assert dict(trial['config'].attrs) == {'train.lr': 0.01}\n"
    "assert 'model.norm: \"pre_ln\"' in trial['config/defaults'].asstr()[:]\n"
    "assert trial['outcome'].attrs['diverged'] == 1\n"
    "assert trial['outcome'].attrs['trigger'] == 'not_finite'\n"
    "rho, loss = trial['rksp/rho'], trial['outcome'].attrs['loss_first']\n"
    "assert trial['rksp/step'][:].tolist() == [0, 10] and rho.shape == (2, 3)\n"
    "label = [line for line in trial['labels'].asstr()[:] if line.startswith('rksp/rho ')]\n"
    "assert label == ['rksp/rho [probe,layer] 1 probe spectral radius, max |lambda|'], label\n"
    "assert rho[0, 1] == trial['rksp/lambda'][0, 0, 0, 1]\n"
    "assert index['id'].asstr()[3] == trial.attrs['id']\n"
    "assert index['state'].asstr()[:2].tolist() == ['COMPLETED', 'DIVERGED']\n"
    "assert index['config/train.lr'][:4].tolist() == [0.001, 0.001, 0.01, 0.01]\n"
    "assert index['outcome/loss_first'][3] == loss\n"
    "assert index['spec'].asstr()[()].startswith('name: ')\n"
    "assert index.attrs['sweep'] == 'sample' and index.attrs['trials'] == 12\n"
    "print('all read')\n";

static void h5py_reads_natural_types(void **state) {
    (void)state;
    const char *python = "python3";
    char command[1200], file[300];
    if (system("python3 -c 'import h5py' 2>/dev/null") != 0) python = "/usr/bin/python3";
    snprintf(command, sizeof command, "%s -c 'import h5py'", python);
    need(command, "h5py");
    snprintf(file, sizeof file, "%s/read.py", run.dir);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(script, out);
    fclose(out);
    snprintf(command, sizeof command, "%s '%s' '%s' '%s' 2>&1", python, file, trial_path,
             index_path);
    expect(output_of(command), "all read");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h5ls_lists_the_data_sets),
        cmocka_unit_test(h5dump_reads_all_of_it),
        cmocka_unit_test(the_head_is_readable),
        cmocka_unit_test(h5py_reads_natural_types),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
