#!/bin/sh
# A sweep of small models in the order of its risk: what it says, and that its rows are those of the
# same sweep without an order.
. tests/script.sh

ordered() { # ORDER: twelve trials
    cat <<END
name: order
seed: 1
replicas: 3
task: {name: associative_recall}
train: {steps: 20, batch: 8, valid_batches: 1}
model: {width: 16, layers: 2, heads: 2}
probe.rksp.samples: 64
$1
axes: {product: {model.norm: [pre_ln, none], train.lr: [1e-3, 3]}}
END
}

ordered '' >plain.yaml
ordered 'order: {by: m_near_unit, audit: 0.25}' >ordered.yaml
expect 0 'order        by m_near_unit, the highest first, and 25 % of the turns at random' \
    "$program" plan ordered.yaml --gflops 10
expect 0 '"order":{"by":"m_near_unit","first":"highest","audit":0.25,"screening_flops":' \
    "$program" plan ordered.yaml --json --gflops 10
expect 0 'next: koopsweep table' "$program" run plain.yaml -n 2 --out plain

# Stopped by a wish that waits for it: the first turn is over, others are under way or left.
expect 0 '' "$program" run ordered.yaml -n 1 --out stopped --until-ci 0.5 --until-min 2
turns=$(awk '$4 != "PENDING"' stopped/turns | wc -l)
[ "$turns" -lt 13 ] || fail "nothing was left to run: $turns"
expect 0 'stopped: AUROC CI half-width' "$program" status stopped
expect 0 'The sweep has not come to its end' "$program" table stopped table2
expect 0 'The sweep has not come to its end' "$program" table stopped strata
if command -v h5dump >/dev/null; then # the same chances, by id
    column() { # PATH: a value a line
        h5dump -y -w 1 -d "$1" -o values stopped/sweep.h5 >output && tr -d ' ",' <values | grep .
    }
    column /id >ids
    column /order/inclusion | paste -d ' ' ids - | sort >chances
    awk 'NR > 1 { printf "%s %.4g\n", $2, $5 }' stopped/turns | sort >turns
    awk '{ printf "%s %.4g\n", $1, $2 }' chances | cmp - turns || fail 'the index has other chances'
fi
id=$(awk 'NR == 2 { print $2 }' stopped/turns)
expect 0 'order: turn 1 of 12, by its score, rank 1' "$program" explain stopped "$id"
id=$(awk '$3 == 1 { print $2; exit }' stopped/turns)
expect 0 'of 12, drawn at random' "$program" explain stopped "$id"

# The rest, on two workers: nobody is screened again, and the rows are those of any order.
sum=$(cksum <stopped/screening.m_near_unit)
expect 0 'next: koopsweep table' "$program" run ordered.yaml -n 2 --out stopped
[ "$sum" = "$(cksum <stopped/screening.m_near_unit)" ] || fail 'trials were screened twice'
[ "$(wc -l <stopped/screening.m_near_unit)" -eq 12 ] || fail 'not every trial was screened once'
expect 0 '12 of 12 trials are equal' "$program" compare plain stopped
"$program" table plain table2 >table && "$program" table stopped table2 | cmp - table ||
    fail 'the tables differ'

# The order is free to change.
expect 0 'nothing to do' "$program" run plain.yaml --out stopped

# From the start on two workers: the same order, to the bit.
expect 0 'next: koopsweep table' "$program" run ordered.yaml -n 2 --out pair
sort stopped/screening.m_near_unit >one && sort pair/screening.m_near_unit | cmp - one || fail 'the scores differ'
cmp stopped/turns pair/turns || fail 'the orders differ'
expect 0 'complete' "$program" status pair
expect 0 '' "$program" verify pair

# Killed after its last trial, or its index damaged: the same command makes whole what it can.
mv pair/turns turns && echo rubbish >pair/sweep.h5
expect 5 '`koopsweep run` rebuilds it' "$program" verify pair
expect 0 'nothing to do' "$program" run ordered.yaml -n 2 --out pair
expect 0 'index whole' "$program" verify pair
cmp turns pair/turns || fail 'the turns were not written anew'
