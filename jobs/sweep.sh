
program=@PROGRAM@
run=@RUN@
@ENVIRONMENT@
export HOME=~ # sbatch --export=NONE takes it away; Open MPI 5 does not start without it
inside=() # what the ranks run in, for a prologue to say: inside=(apptainer exec IMAGE)

# What the site needs (--prologue) begins here.
@PROLOGUE@
# What the site needs ends here.

set +e -u
export LC_ALL=C        # elsewhere awk may write a number with a comma
unset SLURM_EXPORT_ENV # set by sbatch --export: srun would keep all of this from the ranks
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 # one core per rank
restarts=${SLURM_RESTART_COUNT:-0}

# The sweep stops by its own clock in time to save what is under way; older Slurm does not say when.
if [ -z "${SLURM_JOB_END_TIME:-}" ]; then
    end=$(SLURM_TIME_FORMAT=standard scontrol show job "$SLURM_JOB_ID" |
        sed -n 's/.* EndTime=\([-0-9T:]*\) .*/\1/p')
    [ -z "$end" ] || SLURM_JOB_END_TIME=$(date -d "$end" +%s)
fi
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-}"
echo "$(date '+%F %T') job $SLURM_JOB_ID, restart $restarts, on $SLURM_JOB_NODELIST," \
    "until ${SLURM_JOB_END_TIME:+$(date -d "@$SLURM_JOB_END_TIME" '+%F %T')}"

# Sleeps; the signal that ends it ends the sleep as well, which bash alone would leave behind.
nap() {
    trap 'kill $! 2>/dev/null' TERM
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

# Ends ranks that do not end by themselves: once rank 0 has, or when nobody has refreshed the run
# directory's lock for a minute and a half (in a minute it is stale; a network file system may tell
# half a minute late), so that the master is dead or hangs; or when none does in two and a half: MPI
# does not start. A file server that does not answer is no silence: meanwhile nothing is counted.
watch_over() { # PID of the launcher
    local first last now begun=0 quiet=0
    beat() { stat -c '%i %Y' "$run/lock"; }
    first=$(beat) && last=$first
    while kill -0 "$1" && [ ! -e "$verdict.0" ]; do
        now=$(beat)
        [ "$now" = "$first" ] || begun=1
        [ "$now" = "${last:-}" ] && quiet=$((quiet + 2)) || quiet=0
        last=$now
        if [ $quiet -ge $((begun ? 90 : 150)) ]; then
            echo "$(date '+%F %T') no heartbeat for $quiet seconds: the ranks are ended"
            break
        fi
        nap 2 || return
    done
    # Both launchers pass this on to ranks, and kill those that do not save and go: mpirun in ten
    # seconds, Slurm after KillWait, mostly thirty.
    nap 10 && kill -TERM "$1" && nap 40 && kill -KILL "$1"
} 2>/dev/null

# How the sweep ended, in its own words if it had any. If not, rank 0 tells, or, if all it knew is
# that others were missing, the first that fell. What nobody has a word about has not ended well.
judge() { # sets `code`, which is the launcher's
    local fallen=$verdict.0
    if [ -s "$verdict" ]; then
        code=$(cat "$verdict")
        return
    fi
    [ "$(cat "$fallen" 2>/dev/null || echo 4)" != 4 ] ||
        fallen=$(ls -tr "$verdict".[0-9]* 2>/dev/null | head -n 1)
    [ -z "$fallen" ] || code=$(cat "$fallen")
    [ "$code" -ne 0 ] || code=4
    echo "the sweep has left no verdict${fallen:+; rank ${fallen##*.} fell with code $code}"
    case $code in
    126 | 127) echo "the program, or a library of it, is not to be had on a node: see above" ;;
    132) echo "an illegal instruction: a node's processor is older than the one koopsweep was" \
        "built for; make ARCH=haswell, say, builds for both" ;;
    esac
}

stopping=
trap 'pass_on USR2' USR2
trap 'stopping=1; pass_on TERM' TERM
# Every attempt has a verdict file of its own: a rank of an earlier one may end late, and note that.
attempt() { # runs or resumes the sweep; sets `code`
    local hours=$max_hours watcher
    verdict=$run/verdict-$SLURM_JOB_ID-$restarts-$try
    rm -f "$run/verdict-$SLURM_JOB_ID"-*
    [ "$hours" = 0 ] || hours=$(hours_left)
    if [ "$max_hours" != 0 ] && [[ $hours = 0 || $hours = -* ]]; then
        echo "not run: $max_hours hours (--max-hours) are used up; koopsweep submit resumes"
        touch "$run/cancelled"
        code=4
        return
    fi
    export KOOPSWEEP_VERDICT=$verdict
    launch ${inside[@]+"${inside[@]}"} \
        "$program" run "$run/spec.yaml" --out "$run" @OPTIONS@ --max-hours "$hours" &
    child=$!
    watch_over $child &
    watcher=$!
    while kill -0 $child 2>/dev/null; do wait $child; done # a signal interrupts waiting
    wait $child
    code=$?
    kill $watcher 2>/dev/null
    judge
    rm -f "$verdict" "$verdict".*
    echo "$(date '+%F %T') the sweep ended with code $code"
}

# A lost rank may take the others along: what is left is tried again, unless it was `koopsweep
# cancel`, --max-hours or --max-fails that ended it. 6: the run directory is held by another
# machine, perhaps a lost one, whose hold ends after a minute. What cannot be executed never can.
for try in 1 2 3; do
    attempt
    case $code in 0 | 2 | 3 | 5 | 7 | 75 | 126 | 127 | 132) break ;; esac
    [ -z "$stopping" ] && [ "$try" -lt 3 ] && [ ! -e "$run/cancelled" ] || break
    [ $code -ne 6 ] || sleep 70
done
[ -z "$watchdog" ] || kill $watchdog 2>/dev/null
[ -z "$ticker" ] || { kill $ticker 2>/dev/null && note_time; }
[ $code -ne 75 ] || [ -n "$stopping" ] || requeue
exit $code
