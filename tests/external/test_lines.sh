#!/bin/bash
# seconds: 1800
# A trainer that logs as fast as it can: every line counts, once, and the trial keeps up with it.
#
# usage: BUILD=DIR tests/external/test_lines.sh [LINES]   (300000; `make lines` does 10 million)
#
# Oracle: loss = 2 + 1 / (1 + step), whose bits 17 digits carry.
. tests/script.sh
lines=${1:-300000}
cat >trainer.sh <<'END'
exec awk -v n="$1" 'BEGIN {
    for (s = 0; s < n; s++) printf "{\"step\": %d, \"loss\": %.17g, \"grad_norm\": 1.5}\n", s, 2 + 1 / (1 + s)
}' >>metrics.jsonl
END
cat >lines.yaml <<END
name: lines
external: {command: [sh, trainer.sh, "\${param:lines}"]}
params.lines: $lines
END
start=$(date +%s.%N)
expect 0 '1 completed' "$program" run lines.yaml -n 1 -o run
seconds=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
file=$(ls run/trials/*/*.h5)
first() { sed -n '/DATA {/{n;s/ //g;p;q}'; } # number that h5dump shows
at() { # DATASET STEP: its number there
    h5dump -m %.17g -y -w 1 -d "$1" -s "$2" -c 1 "$file" | first
}
[ "$(h5dump -y -a outcome/step "$file" | first)" = "$lines" ] || fail 'steps are missing'
for step in 0 1 4095 $((lines / 3)) $((lines - 2)) $((lines - 1)); do
    wanted=$(awk -v s="$step" 'BEGIN { printf "%.17g", 2 + 1 / (1 + s) }')
    [ "$(at series/step "$step")" = "$step" ] || fail "entry $step is of step $(at series/step "$step")"
    [ "$(at series/loss "$step")" = "$wanted" ] || fail "loss $step is $(at series/loss "$step"), not $wanted"
done
expect 0 '1 of 1 trials whole' "$program" verify run
echo "$lines lines, $(stat -c %s run/external/*/metrics.jsonl) bytes in $seconds s, the trainer's own time included"
