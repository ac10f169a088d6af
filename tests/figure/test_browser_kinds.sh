#!/bin/sh
# A browser opens the report of every kind of sweep: not begun, under way, arms with curvature and
# architecture warm-up, and many trials; each silent, loading nothing, no wider than its window, with
# the sections that its data have.
# seconds: 300
. tests/script.sh
. "$root/tests/figure/browser.sh"
need_browser

report() { # RUN
    "$program" report "$1" -o "$1.html" --quiet || fail "no report of $1"
    "$program" table "$1" --format json >"$1.json" || fail "no tables of $1"
}

# No result yet, then of some trials: pages list those that have one.
spec empty 4 >empty.yaml
expect 4 '' "$program" run empty.yaml -n 1 --max-hours 0.0000001 --out empty
report empty
spec half 4 | sed 's/^axes:.*/axes: {product: {train.lr: [1e-3, 1e-2], train.batch: [8, 16]}}/' >half.yaml
(exec "$program" run half.yaml -n 1 --out half >/dev/null 2>&1) &
running=$!
await sh -c "'$program' status half | grep -q ', [1-9][0-9]* of 4 trials have ended'"
report half
wait $running

cat >arms.yaml <<END
name: arms
task.name: associative_recall
train: {steps: 8, batch: 8, valid_batches: 1, warmup: 2}
probe.rksp: {samples: 64, steps: [0, 8]}
model: {arch: llama, norm: rms_norm, width: 16, layers: 2, heads: 2}
curvature: {every: 4, products: 2}
replicas: 2
axes: {product: {train.lr: [1e-3, 1e-2]}}
arms: {base: {}, clip: {train.clip: 1}, kss: {kss: {alpha: 0.1, rank: 8}}, warm: {arch_warmup: {groups: 1}}}
END
expect 0 '16 completed' "$program" run arms.yaml -n 2 --out arms
report arms

cat >many.yaml <<END
name: many
task.name: associative_recall
train: {steps: 3, batch: 2, valid_batches: 0}
probe.rksp.steps: []
model: {width: 8, layers: 1, heads: 1, norm: pre_ln}
replicas: 30
axes: {product: {train.lr: [1e-3, 1e-2], train.weight_decay: [0, 0.01]}}
END
expect 0 '120 completed' "$program" run many.yaml -n 2 --out many
report many

cat >count.js <<'END'
const rows = document.querySelectorAll('#trials tbody tr').length;
check(`${rows} rows in the list of trials`, expected === null ? rows > 0 && rows <= 4 : rows === expected);
for (const name of figures) check(`no figure ${name}`, document.querySelector(`[data-figure="${name}"]`) !== null);
END
look() { # RUN TRIALS FIGURES...
    run=$1 trials=$2
    shift 2
    { printf 'const expected = %s, figures = [' "$trials" && printf '"%s", ' "$@" && echo '];' &&
        cat count.js; } | sed 's/"", //' >probe.js
    look_at "$run.html" "$run.json" probe.js
}
look empty 0 ''
look half null loss
look arms 16 loss effects curvature layers
look many 120 loss parallel
