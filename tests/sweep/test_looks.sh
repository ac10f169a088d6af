#!/bin/bash
# `koopsweep table` beside a live sweep, which packs its trials into segments meanwhile: every trial
# that had ended before a look is in the table.
#
# usage: BUILD=DIR tests/sweep/test_looks.sh [LOOKS]        (20; `make looks` does 200)
#
# A sweep that ends before there were as many looks is followed by another one. At least three
# segments are written beside the looks.
# seconds: 1800
. tests/script.sh
looks=${1:-20} replicas=90

cat >sweep.yaml <<END
name: looks
replicas: $replicas
task: {name: associative_recall}
train: {steps: 1, batch: 2, valid_batches: 1}
model: {width: 8, layers: 1, heads: 1}
probe.rksp.samples: 16
axes: {product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1e-2, 0.1]}}
END
trials=$((6 * replicas))

# Trials that have ended, as the disk tells it: files first, then what moved into segments.
ended() { # RUN
    {
        find "$1/trials" -name '????????????.h5' 2>/dev/null | sed 's|.*/||; s|\.h5||'
        cat "$1"/segments/*.segment 2>/dev/null |
            grep -ao '^[0-9a-f]\{12\}  *[0-9]* *[0-9]* [0-9a-f]\{16\} [A-Z]' | cut -d ' ' -f 1
    } | sort -u | wc -l
}
in_table() { # RUN
    "$program" table "$1" table1 >output 2>&1 || fail "table of $1"
    sed -n "s/^ *\([0-9]*\) of $trials trials have a result.*/\1/p" output
}

look() { # RUN
    before=$(ended "$1")
    seen=$(in_table "$1")
    [ "${seen:-0}" -ge "$before" ] || fail "$before trials had ended, the table shows ${seen:-none}"
    count=$((count + 1))
}

count=0 runs=0 beside=0
while [ $count -lt "$looks" ] || [ $beside -lt 3 ]; do
    run=run$((++runs))
    "$program" run sweep.yaml -n 2 --quiet --out $run >log 2>&1 &
    sweep=$!
    await test -e $run/spec.expanded.yaml
    while kill -0 $sweep 2>/dev/null; do look $run; done
    wait $sweep || fail "the sweep: $(tail -n 5 log)"
    beside=$((beside + $(find $run/segments -name '*.segment' | wc -l)))
    look $run
    [ "$seen" -eq $trials ] || fail "$seen of $trials trials are in the last table"
done
echo "$count looks at $runs run(s) of $trials trials, $beside segments written: no trial missing once"
