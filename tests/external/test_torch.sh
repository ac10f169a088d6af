#!/bin/sh
# seconds: 1200
# The GPT of examples/ in PyTorch, on a real text: it trains, is killed and goes on, and its spectra at
# initialisation are those of the same model in our own engine, within sampling error.
python=python3
$python -c 'import torch' 2>/dev/null || python=/usr/bin/python3
$python -c 'import torch' 2>/dev/null || { echo 'skipped: python3 has no torch (Debian: python3-torch)' && exit 77; }
. tests/script.sh
cat "$root"/docs/*.md "$root"/src/*/*.c | head -c 2000000 >text.txt
shape='width: 32, layers: 3, heads: 2'
cat >outside.yaml <<END
name: outside
replicas: 4
external: {command: [$python, $root/examples/gpt.py, $folder/text.txt], steps: 30, grace: 20}
params: {$shape, length: 32, batch: 16, steps: 30, lr: 1e-3}
axes: {product: {params.norm: [pre_ln, post_ln, none], params.init_std: [0.05, 0.2]}}
END
cat >inside.yaml <<END
name: inside
replicas: 4
task: {name: text, corpus: text.txt, data_dir: $folder, tokenizer: byte, seq_len: 32}
train: {steps: 0, batch: 16, valid_batches: 0}
model: {$shape}
axes: {product: {model.norm: [pre_ln, post_ln, none]}, zip: {model.init_std: [0.05, 0.2], model.embed_std: [0.05, 0.2]}}
END
# Stopped on the way: the trial in hand is saved by the trainer itself, and goes on.
"$program" run outside.yaml -n 1 -o outside >output 2>&1 &
await sh -c "grep -q '\"step\": 3' outside/external/*/metrics.jsonl"
kill -TERM $!
wait $!
[ $? -eq 4 ] || fail 'it did not stop'
expect 0 '24 completed' "$program" run outside.yaml -n 1 -o outside
grep -l '"attempt": 1' outside/external/*/metrics.jsonl >output || fail 'nothing went on'
expect 0 '24 completed' "$program" run inside.yaml -n 1 -o inside
expect 0 '24 of 24 trials whole' "$program" verify outside

# "CONFIGURATION VALUE" of every trial: both plans have norm x init, replicas inside.
values() { # RUN COLUMN
    h5dump -w 1 -d "$2" "$1/sweep.h5" | sed -n '/ATTRIBUTE/q; s/.*([0-9]*): \([^,]*\),*/\1/p' |
        awk '{ print int((NR - 1) / 4), $1 }'
}
for column in summary/m_near_unit summary/rho summary/m_contractive summary/eta_nl; do
    { values outside $column | sed 's/^/a /' && values inside $column | sed 's/^/b /'; } | awk -v name=$column '
        { n[$1, $2]++; s[$1, $2] += $3; q[$1, $2] += $3 * $3 }
        function mean(w, c) { return s[w, c] / n[w, c] }
        function error2(w, c, m) { m = mean(w, c); return (q[w, c] / n[w, c] - m * m) / (n[w, c] - 1) }
        END { for (c = 0; c < 6; c++) {
            gap = mean("a", c) - mean("b", c)
            limit = 4 * sqrt(error2("a", c) + error2("b", c) + 1e-12) + 0.01 * mean("b", c)
            printf "%s, configuration %d: %.4f in PyTorch, %.4f here\n", name, c, mean("a", c), mean("b", c)
            bad += (gap > limit || -gap > limit || n["a", c] != 4 || n["b", c] != 4) }
          exit bad > 0 }' >>compared || { cat compared; fail "$column is not the same in both"; }
done
cat compared
