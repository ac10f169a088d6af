
set -u
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 # one core per rank
program=@PROGRAM@
run=@RUN@
restarts=${SLURM_RESTART_COUNT:-0}

# The sweep stops by its own clock in time to save what is under way; older Slurm does not say when.
if [ -z "${SLURM_JOB_END_TIME:-}" ]; then
    end=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/.* EndTime=\([-0-9T:]*\) .*/\1/p')
    [ -z "$end" ] || SLURM_JOB_END_TIME=$(date -d "$end" +%s)
fi
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-}"
echo "$(date '+%F %T') job $SLURM_JOB_ID, restart $restarts, on $SLURM_JOB_NODELIST," \
    "until ${SLURM_JOB_END_TIME:+$(date -d "@$SLURM_JOB_END_TIME" '+%F %T')}"

# Sleeps; the signal that ends it ends the sleep as well, which bash alone would leave behind.
nap() {
    trap 'kill $!' TERM
    sleep "$1" &
    wait $!
}

requeue() {
    if [ "$restarts" -ge @REQUEUES@ ]; then
        echo "not requeued: $restarts times are enough; koopsweep submit resumes"
        return
    fi
    trap '' TERM # requeueing ends this very script
    scontrol requeue "$SLURM_JOB_ID" && sleep 60
}

# Should anything hang, the job still goes back into the queue before its time is up.
watchdog=
if [ -n "$SLURM_JOB_END_TIME" ]; then
    left=$((SLURM_JOB_END_TIME - $(date +%s)))
    reserve=$((left / 60 < 10 ? left / 60 : 10))
    { nap $((left - reserve)) && requeue; } &
    watchdog=$!
fi

# --max-hours is the job's own, over all its restarts: what it has run so far is noted every minute.
max_hours=@MAX_HOURS@ # 0: as long as it takes
clock=$run/logs/clock-$SLURM_JOB_ID
earlier=$(cat "$clock" 2>/dev/null || echo 0)
note_time() { echo $((earlier + SECONDS)) >"$clock.part" && mv "$clock.part" "$clock"; }
hours_left() { echo $((earlier + SECONDS)) | awk '{ print @MAX_HOURS@ - $1 / 3600 }'; }
ticker=
if [ "$max_hours" != 0 ]; then
    { while nap 60; do note_time; done; } &
    ticker=$!
fi

stopping=
trap 'pass_on USR2' USR2
trap 'stopping=1; pass_on TERM' TERM
attempt() { # runs or resumes the sweep; sets `code`
    local hours=$max_hours
    rm -f "$run/verdict"
    [ "$hours" = 0 ] || hours=$(hours_left)
    if [ "$max_hours" != 0 ] && [[ $hours = 0 || $hours = -* ]]; then
        echo "not run: $max_hours hours (--max-hours) are used up; koopsweep submit resumes"
        touch "$run/cancelled"
        code=4
        return
    fi
    launch "$program" run "$run/spec.yaml" --out "$run" @OPTIONS@ --max-hours "$hours" &
    child=$!
    while kill -0 $child 2>/dev/null; do wait $child; done # a signal interrupts waiting
    wait $child
    code=$?
    [ ! -s "$run/verdict" ] || code=$(cat "$run/verdict")
    echo "$(date '+%F %T') the sweep ended with code $code"
}

# A lost rank may take the others along: what is left is tried again, unless it was `koopsweep
# cancel`, --max-hours or --max-fails that ended it. 6: the run directory is held by another machine,
# perhaps a lost one, whose hold ends after a minute.
for try in 1 2 3; do
    attempt
    case $code in 0 | 2 | 3 | 5 | 7 | 75) break ;; esac
    [ -z "$stopping" ] && [ "$try" -lt 3 ] && [ ! -e "$run/cancelled" ] || break
    [ $code -ne 6 ] || sleep 70
done
[ -z "$watchdog" ] || kill $watchdog
[ -z "$ticker" ] || { kill $ticker && note_time; }
[ $code -ne 75 ] || [ -n "$stopping" ] || requeue
exit $code
