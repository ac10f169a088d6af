#!/bin/sh
# From a sweep that was really run to its tables: every format, twice the same, helpful refusals.
. tests/script.sh

cat >spec.yaml <<END
name: tiny
seed: 1
replicas: 2
task.name: associative_recall
model: {width: 16, heads: 2, layers: 2}
train: {steps: 30, batch: 4}
axes:
  product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1]}
END
expect 0 '' "$program" run spec.yaml -n 1 --out run

expect 0 '8 of 8 trials have a result' "$program" table run
grep -q '^Table 1\.' output || fail 'no Table 1 by default'
grep -q '^Table 2\.' output || fail 'no Table 2 by default'
grep -qE '^none.* ours +[0-4]/4 ' output || fail 'no row of norm none'
grep -qE '^  M~1 +init +[0-8]/8 ' output || fail 'no row of M~1 over 8 runs'

for format in text csv markdown latex json; do
    for table in first second; do
        "$program" table run table1 table2 strata --format $format >$table || fail "$format failed"
    done
    [ -s first ] || fail "$format is empty"
    cmp first second || fail "$format is not the same twice"
done
"$program" table run table2 -f csv | awk -F, 'NR == 1 { n = NF } NF < n { exit 1 }' ||
    fail 'a csv row is shorter than its header'

LC_ALL=C "$program" table run >ascii || fail 'no table in the C locale'
LC_ALL=C grep -q '[^ -~]' ascii && fail 'a table in the C locale is not in ASCII'
LC_ALL=C.UTF-8 "$program" table run | grep -q '^──' || fail 'no rule in a UTF-8 locale'

expect 2 'did you mean table1' "$program" table run tabel1
expect 2 'did you mean json' "$program" table run --format jsn
expect 2 'no run directory' "$program" table .
expect 2 'usage' "$program" table
