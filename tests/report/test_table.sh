#!/bin/sh
# From a sweep that was really run to its tables: every format, twice the same, helpful refusals.
program=$BUILD/koopsweep
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
run=$folder/run
fail() { echo "$*"; exit 1; }

cat >"$folder/spec.yaml" <<END
name: tiny
seed: 1
replicas: 2
task.name: associative_recall
model: {width: 16, heads: 2, layers: 2}
train: {steps: 30, batch: 4}
axes:
  product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1]}
END
"$program" run "$folder/spec.yaml" -n 1 --out "$run" >"$folder/log" 2>&1 || {
    cat "$folder/log"
    fail 'the sweep did not run'
}

"$program" table "$run" >"$folder/text" || fail 'table failed'
grep -q '^Table 1\.' "$folder/text" || fail 'no Table 1 by default'
grep -q '^Table 2\.' "$folder/text" || fail 'no Table 2 by default'
grep -q '8 of 8 trials have a result' "$folder/text" || fail 'the trials are not all counted'
grep -qE '^none.* ours +[0-4]/4 ' "$folder/text" || fail 'no row of norm none'
grep -qE '^  M~1 +init +[0-8]/8 ' "$folder/text" || fail 'no row of M~1 over 8 runs'

for format in text csv markdown latex json; do
    "$program" table "$run" table1 table2 strata --format $format >"$folder/a" || fail "$format failed"
    "$program" table "$run" table1 table2 strata --format $format >"$folder/b" || fail "$format failed"
    [ -s "$folder/a" ] || fail "$format is empty"
    cmp "$folder/a" "$folder/b" || fail "$format is not the same twice"
done
"$program" table "$run" table2 -f csv | awk -F, 'NR == 1 { n = NF } NF < n { exit 1 }' ||
    fail 'a csv row is shorter than its header'

refuse() { # CODE WORD ARGUMENTS...: exit code and a word of the message
    code=$1 word=$2
    shift 2
    "$program" table "$@" >/dev/null 2>"$folder/error"
    [ $? -eq "$code" ] || fail "table $*: exit code is not $code"
    grep -q "$word" "$folder/error" || fail "table $*: $(cat "$folder/error")"
}
refuse 2 'did you mean table1' "$run" tabel1
refuse 2 'did you mean json' "$run" --format jsn
refuse 2 'no run directory' "$folder"
refuse 2 'usage'
