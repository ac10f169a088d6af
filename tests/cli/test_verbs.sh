#!/bin/sh
# The program from outside: exit codes, where its words go, help of every verb, plan as text and JSON.
koopsweep=$BUILD/koopsweep
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
failures=0
complain() { echo "$*" && failures=$((failures + 1)); }

# expect CODE PATTERN ARGUMENTS...: exit code, and a pattern in what is said on the usual channel:
# stdout when all is well, one line on stderr otherwise.
expect() {
    code=$1 pattern=$2
    shift 2
    "$koopsweep" "$@" >"$folder/out" 2>"$folder/err"
    got=$?
    [ $got -eq "$code" ] || complain "koopsweep $*: exit code $got, not $code"
    if [ "$code" -eq 0 ]; then said=$folder/out; else said=$folder/err; fi
    grep -q -e "$pattern" "$said" || complain "koopsweep $*: no \"$pattern\" in: $(cat "$said")"
    if [ "$code" -ne 0 ] && [ -s "$folder/out" ]; then complain "koopsweep $*: wrote to stdout"; fi
}

cat >"$folder/good.yaml" <<'EOF'
name: small
replicas: 3
train.steps: 5
axes: {product: {train.lr: [1e-3, 0.01], model.norm: [pre_ln, none]}}
EOF
head -c 10000000 /dev/zero | tr '\0' a >"$folder/large.yaml"
printf 'name: a\ntrain.lr: x\n' >"$folder/bad.yaml"
printf 'name: a\nprobe.rksp.steps: []\n' >"$folder/blind.yaml"
printf 'name: a\nmodel: {width: 10, heads: 3}\n' >"$folder/unfit.yaml"

expect 2 'name a verb'
expect 2 'unknown verb "plam"; did you mean plan?' plam
expect 2 'plan: something is missing; usage: koopsweep plan SPEC' plan
expect 2 'unknown option --jsn; did you mean --json?' plan --jsn "$folder/good.yaml"
expect 2 'good.yml: cannot be opened: No such file' plan "$folder/good.yml"
expect 2 'bad.yaml:2: train.lr: "x" is not a number' plan "$folder/bad.yaml"
expect 2 'large.yaml: is larger than the limit of 1024 KiB' plan "$folder/large.yaml"
expect 2 'unfit.yaml: trial [0-9a-f]* ' plan "$folder/unfit.yaml"
expect 2 'until-ci: .* 0.5' run --until-ci 0 "$folder/good.yaml"
expect 2 'until-ci: .* 0.5' run --until-ci 0.6 "$folder/good.yaml"
expect 2 '--until-score means nothing without --until-ci' run --until-score rho "$folder/good.yaml"
expect 2 '--until-min means nothing without --until-ci' run --until-min 5 "$folder/good.yaml"
expect 2 'did you mean rho?' run --until-ci 0.1 --until-score roh "$folder/good.yaml"
expect 2 'add 0 to probe.rksp.steps' run --until-ci 0.1 -n 1 -o "$folder/run" "$folder/blind.yaml"
expect 2 '--out: the value is empty; give DIR' run --out '' "$folder/good.yaml"
expect 7 'good.yaml: cannot be used as a run directory: Not a directory; choose' \
    run -n 1 --out "$folder/good.yaml" "$folder/good.yaml"
expect 0 '^usage: koopsweep VERB' --help
expect 0 '^usage: koopsweep VERB' help
expect 0 '^koopsweep [0-9]' --version
expect 0 '^train.lr: ' fields
expect 0 '^#     zip: ' fields
(echo 'name: defaults' && cat "$folder/out") >"$folder/defaults.yaml"
expect 0 '^trials *1 = 1 configurations x 1 replicas' plan "$folder/defaults.yaml"
expect 0 '^trials *12 = 4 configurations x 3 replicas' plan "$folder/good.yaml"
expect 0 '1 at once, 2 GFLOP/s each (given)' plan "$folder/good.yaml" -n 1 --gflops 2
expect 0 '^[0-9a-f]\{12\}        2  none        0.01$' plan --list "$folder/good.yaml"
expect 0 '^{"format":"koopsweep plan","version":1,"name":"small",.*"trials":12,' \
    plan --json "$folder/good.yaml"

for verb in $("$koopsweep" --help | sed -n '/^verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    expect 0 "^usage: koopsweep $verb" "$verb" --help
    expect 0 "^usage: koopsweep $verb" help "$verb"
    awk 'length > 80 {exit 1}' "$folder/out" || complain "$verb --help is wider than 80 columns"
done

"$koopsweep" plan --list --json --gflops 1 "$folder/good.yaml" >"$folder/one.json"
"$koopsweep" plan --list --json --gflops 1 "$folder/good.yaml" | cmp -s - "$folder/one.json" ||
    complain "plan --json differs from one call to the next"
if command -v python3 >/dev/null; then
    python3 - "$folder/one.json" <<'EOF' || complain "plan --json is not as documented"
import json, sys
plan = json.load(open(sys.argv[1]))
assert len(plan["list"]) == plan["trials"] == 12 and plan["varied"] == ["model.norm", "train.lr"]
assert {trial["config"]["train.lr"] for trial in plan["list"]} == {0.001, 0.01}
assert len({trial["id"] for trial in plan["list"]}) == 12
assert plan["parameters_min"] > 0 and plan["flops"] >= plan["flops_largest_trial"] > 0
assert plan["bytes_per_worker"] > 0 and plan["disk_bytes"] > 12 * plan["files"]
EOF
fi

if [ -w /dev/full ]; then
    "$koopsweep" fields >/dev/full 2>"$folder/err"
    [ $? -eq 7 ] || complain "a full disk under stdout is not reported"
fi
[ $failures -eq 0 ]
