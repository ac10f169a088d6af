#!/bin/sh
# Residual states that a program writes, their profiles, and what goes by them: policies, arms with a
# gate, the order of trials; and its own predictors. The states of layer l + 1 are those of layer l
# times a number, so every eigenvalue is that number.
command -v python3 >/dev/null || { echo 'skipped: needs python3' && exit 77; }
. tests/script.sh
cat >train.py <<'END'
import random
import koopsweep as ks
scale, rand = ks.params["scale"], random.Random(ks.SEED)
if ks.wants_snapshot(0):
    rows = [[rand.gauss(0, 1) for _ in range(4)] for _ in range(64)]
    ks.snapshot(0, [rows] + [[[x * scale ** l for x in row] for row in rows] for l in (1, 2)])
    decision = ks.decision(60)
    assert decision["go"] or ks.params.get("waits"), decision
ks.summary(doubled=2 * scale, sign=-1.0)
for step in range(3):
    ks.log(step, loss=60.0 if scale > 0.9 and not ks.params.get("calm") else 2.0, grad_norm=1.0,
           entropy=scale + step)
END
# The module needs the standard library alone, until somebody asks for more.
PYTHONPATH="$root/python" python3 -c '
import sys, koopsweep
sys.exit(any(name in sys.modules for name in ("numpy", "h5py", "torch", "safetensors")))' ||
    fail 'to import the module takes more than the standard library'

head='external: {command: [python3, train.py], steps: 3, grace: 1}'
number() { # RUN COLUMN: of all trials, with commas
    h5dump -d "$2" "$1"/sweep.h5 2>/dev/null | sed -n '/ATTRIBUTE/q; s/.*([0-9]*): //p' | tr -d ' \n'
}

# Profiles: rho is the scale; near-unit mass is 1 for 1 and 0 for 0.5.
cat >profiles.yaml <<END
name: profiles
$head
axes: {product: {params.scale: [0.5, 1.0]}}
END
expect 0 '1 completed, 1 diverged' "$program" run profiles.yaml -n 1
number runs/profiles summary/rho >output
awk -F, '{ for (i = 1; i <= 2; i++) near += $i > 0.4999 && $i < 0.5001 || $i > 0.9999 && $i < 1.0001
           exit near != 2 }' output || fail 'rho is not the scale'
number runs/profiles summary/m_near_unit >output
grep -qx '0,1\|1,0' output || fail 'near-unit mass is not 0 and 1'
"$program" table runs/profiles >output 2>&1
grep -q '^  doubled  *its word  *1/2  *1.000' output || fail 'Table 2 has no row of the program'"'s own"
grep -q 'M~1  *init  *1/2  *1.000' output || fail 'Table 2 has no M~1'
expect 0 '2 of 2 trials whole' "$program" verify runs/profiles
expect 0 '2 of 2 trials are equal' "$program" compare runs/profiles runs/profiles
file=$(ls runs/profiles/trials/*/*.h5 | head -n 1)
[ "$(h5dump -a external/series_names "$file" | grep -c '"entropy"')" -eq 1 ] || fail 'no series of its own'

# A policy that goes by the risk ends a trial before its first step, and tells the program so.
cat >policy.yaml <<END
name: policy
$head
policy: {risk.above: 0.5, audit: 1e-6}
params.waits: true
axes: {product: {params.scale: [0.5, 1.0]}}
END
expect 0 '1 pruned' "$program" run policy.yaml -n 1
grep -lq '"go": false' runs/policy/external/*/decision.json || fail 'nobody was told not to go'

# A gate: where the base is risky, the arm's parameters; elsewhere the base's.
cat >gate.yaml <<END
name: gate
$head
axes: {product: {params.scale: [0.5, 1.0]}}
arms: {base: {}, calm: {params.calm: true, gate: {score: m_near_unit, threshold: 0.5, control: 0}}}
END
expect 0 '3 completed, 1 diverged' "$program" run gate.yaml -n 1
number runs/gate gate/on >output
[ "$(tr ',' '\n' <output | grep -c '^1$')" -eq 1 ] || fail 'the gate opened for other trials'

# The riskiest first: all are measured before one trains.
cat >order.yaml <<END
name: order
$head
order: {by: m_near_unit, audit: 1e-3}
axes: {product: {params.scale: [0.5, 0.6, 1.0]}}
END
expect 0 '2 completed, 1 diverged' "$program" run order.yaml -n 1
[ "$(wc -l <runs/order/screening.m_near_unit)" -ge 3 ] || fail 'not all were measured'
head -n 1 runs/order/turns | grep -q . || fail 'there is no order'

# Until enough is known: that M~1 tells them apart is, long before all have run.
cat >until.yaml <<END
name: until
$head
replicas: 40
axes: {product: {params.scale: [0.5, 1.0]}}
END
expect 0 'AUROC CI half-width' "$program" run until.yaml -n 1 --until-ci 0.2 --until-min 10
"$program" status runs/until >output 2>&1
grep -q 'after [2-5][0-9] of 80 trials (m_near_unit: AUROC 1.000' output || fail 'it did not stop early'

# A sweep that is stopped while it measures stops, and has measured nothing of that trial.
printf 'name: slow\nexternal: {command: [sleep, "100"], grace: 0.5}\norder.by: rho\nparams.a: 1\n' >slow.yaml
"$program" run slow.yaml -n 1 >output 2>&1 &
await test -d runs/slow/external
kill -TERM $!
wait $!
[ $? -eq 4 ] || fail 'it did not stop as one that can go on'
[ ! -s runs/slow/screening.rho ] || fail 'a score was kept that nobody has measured'

# What is wrong with a file of states, in one sentence.
bad() { # NAME WORDS PYTHON
    cat >"$1.py" <<END
import koopsweep as ks, os, time
r = [[float(i * j % 7) for i in range(4)] for j in range(64)]
os.makedirs("snapshots", exist_ok=True)
$3
ks.log(0, loss=1.0)
time.sleep(60)
END
    printf 'name: %s\nexternal: {command: [python3, %s.py], grace: 0.4}\nparams.a: 1\n' "$1" "$1" >bad.yaml
    "$program" run bad.yaml -n 1 >output 2>&1
    [ $? -eq 3 ] || fail "$1 did not fail"
    "$program" explain "runs/$1" "$(ls "runs/$1/external")" >output 2>&1
    grep -qF -- "$2" output || fail "$1 does not say '$2'"
    grep -q 'snapshots/000000.safetensors' output || fail "$1 does not name the file"
}
bad junk 'header' 'open("snapshots/000000.safetensors", "wb").write(b"x" * 100)'
bad single 'h.0, h.1' 'ks.snapshot(0, [r])'
bad narrow 'all take the same positions' 'ks.snapshot(0, [r, r[:60]])'
bad few 'cannot determine' 'ks.snapshot(0, [r[:3], r[:3]])'
