#!/bin/sh
# Paired comparisons from the command line: what is planned, what is refused before anything starts,
# and that a diverging arm is a result.
koopsweep="$BUILD/koopsweep"
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
failures=0
complain() {
    echo "$*"
    failures=$((failures + 1))
}

# sweep NAME LINE...: a small sweep file with these lines at its end.
sweep() {
    cat >"$folder/$1.yaml" <<'EOF'
name: arms
replicas: 2
task: {seq_len: 16, vocab: 32}
model: {width: 16, layers: 2, heads: 2, norm: none, init_std: 0.2}
train: {steps: 8, batch: 2, valid_batches: 1}
EOF
    name=$1 && shift
    printf '%s\n' "$@" >>"$folder/$name.yaml"
}

# refused NAME WORDS: run exits 2 with one message that has the words, and leaves no directory.
refused() {
    "$koopsweep" run "$folder/$1.yaml" -n 1 -o "$folder/$1" >"$folder/out" 2>"$folder/err"
    status=$?
    [ $status -eq 2 ] || complain "$1: exit $status instead of 2"
    [ "$(wc -l <"$folder/err")" -eq 1 ] || complain "$1: not one line: $(cat "$folder/err")"
    grep -qF "$2" "$folder/err" || complain "$1: '$2' is not in: $(cat "$folder/err")"
    [ ! -e "$folder/$1" ] || complain "$1: the run directory was made"
}

sweep typo 'arms: {base: {}, kss: {kss.alhpa: 0.1}}'
refused typo 'did you mean kss.alpha?'
sweep no_base 'arms: {a: {train.clip: 1}, b: {train.clip: 2}}'
refused no_base 'base is missing'
sweep no_pair 'axes: {product: {train.clip: [1, 2]}}' 'arms: {base: {}, clip: {train.clip: 3}}'
refused no_pair 'no partner in the base arm'
sweep other_data 'arms: {base: {}, longer: {task.seq_len: 32}}'
refused other_data 'task.seq_len is the same in all trials of a pair'
sweep no_control 'arms: {base: {}, gated: {train.clip: 1, gate.score: m_near_unit}}'
refused no_control 'gate.control is missing'
sweep gate_for_all 'gate: {score: m_near_unit, control: 0.2}' 'arms: {base: {}, clip: {train.clip: 1}}'
refused gate_for_all 'only an arm may set it'
sweep no_risk 'probe.rksp.steps: [8]' 'arms: {base: {}, gated: {train.clip: 1, gate: {score: rho, control: 0.2}}}'
refused no_risk 'add 0 to probe.rksp.steps'

sweep gate_alone 'arms: {base: {}, gated: {gate: {score: rho, control: 0.2}}}'
refused gate_alone 'a gate alone switches nothing on'
sweep few_positions 'arms: {base: {}, kss: {kss.alpha: 0.1, kss.rank: 40}}' 'model.width: 64'
sed -i 's/^model: {width: 16, /model: {/' "$folder/few_positions.yaml"
refused few_positions '2 samples have 32 positions'
sweep no_shaping 'arms: {base: {}, kss: {kss: {alpha: 0.1, rank: 4, clip: 0}}}'
refused no_shaping 'kss.clip: 0 is below its minimum'
sweep no_loss 'arms: {base: {}, kss: {kss: {alpha: 0.1, rank: 4, beta: 0, unstable: 0}}}'
refused no_loss 'kss.beta and kss.unstable are both 0'
sweep sham_of_nothing 'arms: {base: {}, kss: {kss: {alpha: 0.1, rank: 4}}, sham: {kss.sham: true}}'
refused sham_of_nothing 'which no trial of arm sham has'

# A base arm that diverges in every pair, saved by a learning rate of nearly nothing.
sweep diverging 'train.lr: 10' 'arms: {base: {}, slow: {train.lr_factor: 1e-6}}'
"$koopsweep" run "$folder/diverging.yaml" -n 1 -q -o "$folder/run" >"$folder/out" 2>&1 ||
    complain "diverging: exit $?: $(cat "$folder/out")"
"$koopsweep" table "$folder/run" arms -f csv >"$folder/table" || complain "diverging: no table"
grep -q '^arms,,base,ours,2,2,100,' "$folder/table" || complain "base: $(cat "$folder/table")"
grep -q '^arms,,slow,ours,0,2,0,' "$folder/table" || complain "slow: $(cat "$folder/table")"
"$koopsweep" table "$folder/run" arms -b slow -f csv >"$folder/table" || complain "against slow: no table"
grep -q '^arms,,base,ours,2,2,100,.*,0,2,2,' "$folder/table" || complain "against slow: $(cat "$folder/table")"
"$koopsweep" table "$folder/run" arms -b slwo 2>"$folder/err" && complain 'an arm that is none is a base'
grep -q 'did you mean slow?' "$folder/err" || complain "slwo: $(cat "$folder/err")"
"$koopsweep" table "$folder/run" table1 -b slow 2>"$folder/err" && complain 'table1 has a base arm'
grep -q 'recipe table1 compares nothing' "$folder/err" || complain "table1: $(cat "$folder/err")"

sweep uncontrolled 'arms: {base: {}, gated: {train.clip: 1, gate: {score: rho, control: 0}}}'
"$koopsweep" plan "$folder/uncontrolled.yaml" --gflops 1 >"$folder/out" 2>&1
grep -q 'warning *the gate of arm gated has no control' "$folder/out" ||
    complain "uncontrolled: $(cat "$folder/out")"
"$koopsweep" run "$folder/uncontrolled.yaml" -n 1 -q -o "$folder/uncontrolled" 2>"$folder/err" ||
    complain "uncontrolled: exit $?"
[ "$(grep -c 'warning: the gate of arm gated has no control' "$folder/err")" -eq 1 ] ||
    complain "run of uncontrolled: $(cat "$folder/err")"
sweep searched 'search: {key: train.lr, from: 1e-3, to: 1, rounds: 1}' \
    'arms: {base: {}, gated: {train.clip: 1, gate: {score: rho, control: 0}}}'
"$koopsweep" plan "$folder/searched.yaml" --gflops 1 >"$folder/out" 2>&1
grep -q 'warning *the gate of arm gated has no control' "$folder/out" ||
    complain "searched: $(cat "$folder/out")"

if command -v python3 >/dev/null; then
    "$koopsweep" plan "$folder/diverging.yaml" --json --list --gflops 1 >"$folder/json"
    python3 - "$folder/json" <<'EOF' || complain "plan --json does not tell of arms"
import json, sys
plan = json.load(open(sys.argv[1]))
assert plan["arms"] == ["base", "slow"] and plan["pairs"] == 2
assert plan["detectable_fall"]["nested"] is None and plan["detectable_fall"]["power"] == 0.8
assert 1 < plan["no_worse"]["margin"] < 20 and plan["no_worse"]["power"] == 0.8
base = {trial["id"] for trial in plan["list"] if trial["arm"] == "base"}
assert len(base) == 2 and {trial["pair"] for trial in plan["list"]} == base
EOF
fi
[ $failures -eq 0 ]
