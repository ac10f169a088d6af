#!/bin/bash
# seconds: 1200
# Many trainers at once on a machine of few cores: all run at the same time, and every trial is, to
# the last bit, what it is when it runs alone.
#
# usage: BUILD=DIR tests/external/test_crowd.sh [TRAINERS]     (16; `make crowd` starts 64)
. tests/script.sh
crowd=${1:-16}
cat >trainer.sh <<END
: >$folder/here/\$KOOPSWEEP_TRIAL
until [ "\$(ls $folder/here | wc -l)" -ge \$CROWD ]; do sleep 0.2; done
exec sh $root/examples/awk_trainer.sh "\$@"
END
cat >sweep.yaml <<END
name: crowd
external: {command: [sh, trainer.sh, "\${args_no_hyphens}"], steps: 200, grace: 60}
params.steps: 200
axes: {product: {params.lr: [0.01, 0.05, 0.15, 0.3]}}
replicas: $((crowd / 4))
END
mkdir here
CROWD=0 "$program" run sweep.yaml -n 1 --quiet -o alone >log 2>&1 || fail 'one at a time'
rm here/*
start=$(date +%s)
CROWD=$crowd "$program" run sweep.yaml -n "$crowd" --quiet -o together >output 2>&1 || fail 'all at once'
seconds=$(($(date +%s) - start))
[ "$(find here -type f | wc -l)" -eq "$crowd" ] || fail 'they were not all there at once'
expect 0 "$crowd of $crowd trials are equal" "$program" compare alone together
expect 0 "$crowd of $crowd trials whole" "$program" verify together
! pgrep -f "$folder/trainer.sh" >output || fail 'trainers are left'
[ "$(find together/external -path '*/attempts/*' | wc -l)" -eq "$crowd" ] || fail 'some were begun twice'
echo "$crowd trainers at once in $seconds s"
