#!/bin/bash
# Kills a sweep of trainers of shell and awk at random moments: the whole job, one worker, or one of
# the trainers; and reports what that cost: nothing.
#
# usage: BUILD=DIR tests/external/test_kills.sh [TRIALS]   (24; `make kills` does 200)
#
# A trainer notes the steps it takes, one line each, in a log that all share: while it runs nobody
# else works on its trial. At the end no trial is lost, none has two results, no trainer is left, and
# all series are those of a run that nobody disturbed, bit for bit.
. tests/script.sh
trap 'exit 130' INT TERM
trials=${1:-24}
keep_ranks_here
RANDOM=${SEED:-7}

# The example, slower, and with a witness: a folder that only one can make. A trainer that was killed
# and waits to be reaped has no command line: it works no more.
cat >trainer.sh <<EOF
mkdir "\$KOOPSWEEP_DIR/busy" 2>/dev/null ||
    { read -r other <"\$KOOPSWEEP_DIR/busy/pid" && grep -qs trainer.sh "/proc/\$other/cmdline" && echo "\$KOOPSWEEP_TRIAL" >>$folder/twice; }
echo \$\$ >"\$KOOPSWEEP_DIR/busy/pid"
sleep 0.0\$((RANDOM % 10 + 1))
case \$KOOPSWEEP_ATTEMPT in 0) sleep 0.4 ;; esac
sh $root/examples/awk_trainer.sh "\$@"
code=\$?
rm -rf "\$KOOPSWEEP_DIR/busy"
exit \$code
EOF
cat >sweep.yaml <<EOF
name: kills
external: {command: [bash, trainer.sh, "\${args_no_hyphens}"], steps: 30, grace: 0.5}
params.steps: 30
axes: {product: {params.lr: [0.01, 0.05, 0.1, 0.3]}}
replicas: $(((trials + 3) / 4))
EOF
"$program" run sweep.yaml -n 1 --quiet -o calm >log 2>&1 || fail 'the calm run'

start() { # sets launcher, mpirun, ranks; 1 when all trials have ended before
    "$program" run sweep.yaml -n 2 --quiet --retry-failed -o stormy >log 2>&1 &
    launcher=$!
    for _ in $(seq 1000); do
        mpirun=$(pgrep -P $launcher) && ranks=$(ranks_below "$mpirun") &&
            [ "$(wc -w <<<"$ranks")" -eq 3 ] && return 0
        kill -0 $launcher 2>/dev/null || return 1
        sleep 0.01
    done
    fail 'the sweep does not begin'
}
worker() { # one of the two
    local pid wanted=$((1 + RANDOM % 2))
    for pid in $ranks; do
        is_rank $wanted "$pid" && echo "$pid"
    done
}
kill_one() {
    case $((RANDOM % 3)) in
    0) # shellcheck disable=SC2086
        kill -KILL $launcher $mpirun $ranks 2>/dev/null
        sleep 0.2 ;;
    1) kill -KILL "$(worker)" 2>/dev/null ;;
    2) kill -KILL "$(pgrep -P "$(worker)" bash 2>/dev/null | head -n 1)" 2>/dev/null ;;
    esac
}
kills=0
while [ $kills -lt $((trials / 2)) ] && start; do
    while [ $kills -lt $((trials / 2)) ] && sleep "0.$((RANDOM % 6 + 2))" && kill -0 $launcher 2>/dev/null; do
        kill_one
        kills=$((kills + 1))
    done
    kill -TERM $launcher 2>/dev/null
    wait $launcher 2>/dev/null
done
for _ in 1 2 3 4; do # a trial whose ranks died twice is FAILED; a trainer that was killed, too
    "$program" run sweep.yaml -n 2 --quiet --retry-failed -o stormy >output 2>&1 && break
done
"$program" verify stormy >output 2>&1 || fail 'something is damaged'
grep -q " of $((trials + (4 - trials % 4) % 4)) trials whole, 0 not run" output || fail 'trials are lost'
"$program" compare calm stormy >output 2>&1 || fail 'results differ'
[ ! -e twice ] || fail "$(sort -u twice | wc -l) trials had two trainers at a time"
[ "$(find stormy -name '*.h5' -path '*/trials/*' | sed 's|.*/||' | sort | uniq -d | wc -l)" -eq 0 ] ||
    fail 'a trial has two results'
! pgrep -f "$folder/trainer.sh|$root/examples/awk" >output || fail 'trainers are left'
echo "$kills kills: 0 lost, 0 twice"
