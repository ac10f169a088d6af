#!/bin/bash
# What a program outside is started with: every macro, the environment, its folder. Oracle:
# docs/external.md.
. tests/script.sh
unset KOOPSWEEP_DATA KOOPSWEEP_GOLDEN # would be handed on
cat >show.sh <<'END'
pwd >said
printf '%s\n' "$@" >>said
env | grep -E '^(KOOPSWEEP|OMP_NUM|OPENBLAS|MKL|OMPI|PMIX|PYTHONPATH)' | sort >environment
[ "$(cat)" = '' ] && echo '{"step": 0, "loss": 1}' >>metrics.jsonl # stdin is empty
END
cat >macros.yaml <<'END'
name: macros
external:
  command: [sh, show.sh, "${args}", "-", "${args_no_hyphens}", "-", "${args_no_boolean_flags}", "-", "${args_json}",
            "${args_json_file}", "${env}", "${interpreter}", "${envvar:WHERE}", "${param:act}", "lr=${param:lr};",
            "${dir}", "${checkpoints}", "${launch}", "${trial}", "${seed}", "${attempt}", "a ${trial} b", show.sh]
  cores: 5
params: {lr: 1e-3, act: "two words", fast: true, slow: false, betas: [0.9, 0.95], opt.n: 3}
END
WHERE='here and $there' expect 0 '1 completed' "$program" run macros.yaml -n 1 -o run --max-hours 1
id=$(ls run/external) dir=$folder/run/external/$(ls run/external)
seed=$(sed -n 's/^KOOPSWEEP_SEED=//p' "$dir/environment")
[ "$seed" -ge 0 ] && [ "$seed" -lt 2147483648 ] || fail "seed $seed"
cat >wanted <<END
$dir
--act=two words
--betas=[0.9, 0.95]
--fast=true
--lr=0.001
--opt.n=3
--slow=false
-
act=two words
betas=[0.9, 0.95]
fast=true
lr=0.001
opt.n=3
slow=false
-
--act=two words
--betas=[0.9, 0.95]
--fast
--lr=0.001
--opt.n=3
-
{"act": "two words", "betas": [0.9, 0.95], "fast": true, "lr": 0.001, "opt.n": 3, "slow": false}
$dir/params.json
/usr/bin/env
python3
here and \$there
two words
lr=0.001;
$dir
$dir/checkpoints
$folder
$id
$seed
0
a $id b
$folder/show.sh
END
diff wanted "$dir/said" >output || fail 'other words'
[ "$(tr -d '\n' <"$dir/params.json")" = "$(sed -n 's/^{/{/p' wanted)" ] || fail 'other parameters'

grep -v 'SECONDS_LEFT\|PYTHONPATH\|SEED' "$dir/environment" >found
cat >wanted <<END
KOOPSWEEP_ARM=base
KOOPSWEEP_ATTEMPT=0
KOOPSWEEP_CHECKPOINTS=$dir/checkpoints
KOOPSWEEP_DIR=$dir
KOOPSWEEP_REPLICA=0
KOOPSWEEP_SNAPSHOTS=0
KOOPSWEEP_TRIAL=$id
MKL_NUM_THREADS=5
OMP_NUM_THREADS=5
OPENBLAS_NUM_THREADS=5
END
grep -v '^OMPI_ALLOW' found | diff wanted - >output || fail 'another environment'
left=$(sed -n 's/^KOOPSWEEP_SECONDS_LEFT=//p' "$dir/environment")
[ "$left" -gt 3000 ] && [ "$left" -le 3600 ] || fail "an hour is $left seconds"
PYTHONPATH=$(sed -n 's/^PYTHONPATH=//p' "$dir/environment") python3 -c 'import koopsweep' || fail 'no module'

# Two arms of a pair share the seed; replicas do not.
printf 'name: seeds\nexternal.command: [sh, show.sh]\nparams.a: 1\narms: {base: {}, b: {params.a: 2}}\nreplicas: 2\n' >seeds.yaml
expect 0 '4 completed' "$program" run seeds.yaml -n 1 -o seeds
for replica in 0 1; do
    grep -l "REPLICA=$replica\$" seeds/external/*/environment | xargs grep -h SEED= | sort -u
done >found
[ "$(wc -l <found)" -eq 2 ] && [ "$(sort -u found | wc -l)" -eq 2 ] || fail "seeds are $(cat found)"
