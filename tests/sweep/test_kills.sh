#!/bin/bash
# Kills a sweep of short trials at random moments, half of the times the whole job, half of the
# times one worker, and reports what that cost: nothing.
#
# usage: BUILD=DIR tests/sweep/test_kills.sh [KILLS]        (10; `make kills` does 200)
#
# After every kill each result that had been there must still be there, with the checksum it had: a
# trial that is run a second time has other clocks in its file, and so another checksum. At the end
# the table is that of an undisturbed run, byte for byte, and so are the results, bit for bit.
. tests/script.sh
trap 'exit 130' INT TERM
kills=${1:-10}
keep_ranks_here
RANDOM=${SEED:-5}

cat >sweep.yaml <<EOF
name: kills
seed: 1
replicas: $((kills / 2 + 5))
task: {name: associative_recall}
train: {steps: 100, batch: 8, valid_batches: 1}
model: {width: 16, layers: 1, heads: 2}
probe.rksp.samples: 64
axes: {product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1e-2, 0.1, 1]}}
EOF

fail() {
    echo "FAILED: $*; the sweep said last:"
    tail -n 30 log
    exit 1
}

# What there is: "ID CHECKSUM" of every result, of its own file or of a segment's list.
results() { # RUN
    {
        find "$1/trials" -name '*.h5' -exec grep -am 1 -H '^checksum ' {} + 2>/dev/null |
            sed 's|.*/\([0-9a-f]*\).h5:checksum |\1 |'
        cat "$1"/segments/*.segment 2>/dev/null |
            grep -a '^[0-9a-f]\{12\}  *[0-9]* *[0-9]* [0-9a-f]\{16\} [A-Z]' | awk '{ print $1, $4 }'
    } | sort -u
}
count() { results "$1" | cut -d ' ' -f 1 | uniq | wc -l; }

# Processes ----------------------------------------------------------------------------------------

# Sets launcher, mpirun, ranks: of a sweep that has begun to work. 1 when it has ended before.
start() { # RUN
    "$program" run sweep.yaml -n 2 --quiet --checkpoint-every 0.05 --out "$1" >log 2>&1 &
    launcher=$!
    for _ in $(seq 1000); do
        mpirun=$(pgrep -P $launcher) && ranks=$(ranks_below "$mpirun") &&
            [ "$(wc -w <<<"$ranks")" -eq 3 ] && [ -e "$1/progress.json" ] && return 0
        kill -0 $launcher 2>/dev/null || return 1
        sleep 0.01
    done
    fail 'the sweep does not begin'
}
pause() { sleep "0.$(printf %03d $((RANDOM % 500)))"; } # seconds
kill_worker() {
    local worker=$((1 + RANDOM % 2)) pid
    for pid in $ranks; do
        is_rank $worker "$pid" && kill -KILL "$pid" 2>/dev/null && return 0
    done
    return 1
}
kill_job() {
    # shellcheck disable=SC2086
    kill -KILL $launcher $mpirun $ranks 2>/dev/null
    wait $launcher 2>/dev/null
    for pid in $mpirun $ranks; do
        while grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status"; do sleep 0.01; done
    done
}

# What was there before and is not there any more, or was written anew.
lost=0 duplicated=0
look() { # RUN
    local now
    now=$(results "$1")
    join -v 1 <(echo "$before") <(echo "$now") | grep . && lost=$((lost + 1))
    join <(echo "$before") <(echo "$now") | awk '$2 != $3' | grep . && duplicated=$((duplicated + 1))
    before=$now
    [ $lost -eq 0 ] && [ $duplicated -eq 0 ] || fail 'these were lost or written anew'
}

# Here goes ----------------------------------------------------------------------------------------

"$program" run sweep.yaml -n 2 --quiet --out undisturbed >log 2>&1 || fail 'the undisturbed run'
"$program" table undisturbed >table
trials=$(count undisturbed)
jobs=0 workers=0 runs=0 given_up=0 began=$SECONDS

# What is left, undisturbed; trials whose ranks were killed twice, once more.
finish() { # RUN
    "$program" run sweep.yaml -n 2 --quiet --out "$1" >log 2>&1
    code=$?
    if [ $code -eq 3 ]; then
        given_up=$((given_up + $("$program" status "$1" --json | grep -c '"message"')))
        "$program" run sweep.yaml -n 2 --quiet --retry-failed --out "$1" >log 2>&1
        code=$?
    else
        look "$1"
    fi
    [ $code -eq 0 ] || fail "the last run ended with $code"
    [ "$(count "$1")" -eq "$trials" ] || fail 'not every trial has a result'
    "$program" verify "$1" >log 2>&1 || fail 'the run is not whole'
    "$program" compare undisturbed "$1" >log 2>&1 || fail 'the results are not those undisturbed'
    "$program" table "$1" | cmp - table >log 2>&1 || fail 'the table is not that of undisturbed'
}

while [ $((jobs + workers)) -lt "$kills" ]; do
    run=run$((++runs)) before=
    while [ $((jobs + workers)) -lt "$kills" ] && start $run; do
        pause
        if [ $workers -le $jobs ] && kill_worker; then
            workers=$((workers + 1))
            sleep 0.1
            look $run
            pause
        fi
        kill -0 $launcher 2>/dev/null || break
        [ $((jobs + workers)) -ge "$kills" ] || jobs=$((jobs + 1))
        kill_job
        look $run
    done
    finish $run
done

cat <<EOF
random SIGKILLs            $((jobs + workers)): $jobs of the whole job, $workers of one worker
trials                     $trials, $runs time(s), in $((SECONDS - began)) s
finished trials lost       $lost
finished trials run again  $duplicated
given up after two kills   $given_up (run again in the end)
table                      that of an undisturbed run, byte for byte
results                    those of an undisturbed run, bit for bit (koopsweep compare)
EOF
