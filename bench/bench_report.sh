#!/bin/sh
# The report of a large sweep: seconds to make it (of the wall, of the processor), its size, seconds until
# a browser has it drawn.
#
# usage: bench/bench_report.sh [RUN]       RUN: a run there is; default: 2000 trials of 200 steps, made first
# PROGRAM: build/koopsweep. RUNS: how often each is measured (5); medians are printed. Opening needs chromium.
set -eu
program=${PROGRAM:-build/koopsweep} runs=${RUNS:-5}
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
run=${1:-$folder/run}
if [ $# -eq 0 ]; then
    cat >"$folder/spec.yaml" <<END_OF_SPEC
name: large
replicas: 5
task: {name: associative_recall, seq_len: 16, n_pairs: 4, vocab: 16}
train: {steps: 200, batch: 2, valid_batches: 1}
probe.rksp: {samples: 32, steps: [0]}
model: {width: 8, layers: 1, heads: 1}
axes:
  product:
    model.norm: [pre_ln, post_ln, rms_norm, none]
    train.lr: {logspace: {from: 1e-3, to: 1, count: 25}}
    train.optimizer: [sgd, adamw]
    train.clip: [0, 1]
END_OF_SPEC
    "$program" run "$folder/spec.yaml" -n 2 --out "$run" --quiet
fi

median() { sort -n | awk '{x[NR] = $1} END {print x[int((NR + 1) / 2)]}'; }
seconds() { # COMMAND...: wall time
    from=$(date +%s.%N) && "$@" >/dev/null 2>&1 && awk "BEGIN {printf \"%.2f\\n\", $(date +%s.%N) - $from}"
}
processor_seconds() { # COMMAND...: user and system time; in a shell that has run nothing else
    "$@" >/dev/null && times >"$folder/times" &&
        awk 'NR == 2 {gsub(/[ms]/, " "); printf "%.2f\n", $1 * 60 + $2 + $3 * 60 + $4}' "$folder/times"
}
make_page() { "$program" report "$run" -o "$folder/page.html" --quiet; }
for _ in $(seq "$runs"); do seconds make_page; done >"$folder/made"
for _ in $(seq "$runs"); do (processor_seconds make_page); done >"$folder/worked"
trials=$("$program" status "$run" --json | sed -n 's/.*"trials":[^0-9]*\([0-9]*\).*/\1/p' | head -n 1)
printf 'trials  %s\nmade    %s s, %s s of the processor\nsize    %s MB\nload    %s\n' "$trials" "$(median <"$folder/made")" \
    "$(median <"$folder/worked")" "$(awk "BEGIN {printf \"%.2f\", $(wc -c <"$folder/page.html") / 1e6}")" "$(cut -d' ' -f1 /proc/loadavg)"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    { echo 'opened  not measured: no chromium here' && exit; }
# The page says itself when its second frame after loading has been drawn.
{ sed '$d' "$folder/page.html" && tail -n 1 "$folder/page.html" | sed 's#</body></html>##' && cat <<'END_OF_PROBE'
<script>addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => {
  document.title = 'opened ' + (performance.now() / 1000).toFixed(2);
  console.log(document.title);
})));</script></body></html>
END_OF_PROBE
} >"$folder/probed.html"
for _ in $(seq "$runs"); do
    HOME=$folder timeout 60 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage \
        --user-data-dir="$folder/profile" --enable-logging=stderr --window-size=1400,900 --timeout=20000 \
        --dump-dom "file://$folder/probed.html" 2>&1 | sed -n 's/.*"opened \([0-9.]*\)".*/\1/p'
done >"$folder/opened"
printf 'opened  %s s, from the start of loading until the page is drawn\n' "$(median <"$folder/opened")"
