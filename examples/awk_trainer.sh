#!/bin/sh
# A training program without any Python: gradient descent on a quadratic of ten curvatures, which
# diverges where lr * 10 > 2. What it shows of docs/external.md: parameters from the command line, a
# line of metrics.jsonl for every step, the file `stop`, a checkpoint, and going on from it.
#
# usage: awk_trainer.sh lr=0.1 steps=100
for word; do
    case $word in lr=*) lr=${word#lr=} ;; steps=*) steps=${word#steps=} ;; esac
done
first=0 state=1
if [ -f "$KOOPSWEEP_CHECKPOINTS/state" ]; then
    read -r first state <"$KOOPSWEEP_CHECKPOINTS/state"
fi
exec awk -v lr="$lr" -v steps="${steps:-100}" -v first="$first" -v scale="$state" \
    -v seed="$KOOPSWEEP_SEED" -v attempt="$KOOPSWEEP_ATTEMPT" -v dir="$KOOPSWEEP_DIR" \
    -v checkpoints="$KOOPSWEEP_CHECKPOINTS" '
function save(step) { # a new name first: a checkpoint is there whole, or not at all
    printf "%d %.17g\n", step, scale >(checkpoints "/new")
    close(checkpoints "/new")
    system("mv " checkpoints "/new " checkpoints "/state")
}
function stops() { return (getline line < (dir "/stop")) >= 0 }
BEGIN {
    metrics = dir "/metrics.jsonl"
    start = 1 + seed % 65521 * 48271 % 65521 / 65521   # srand() does nothing in some builds of mawk
    for (step = first; step < steps; step++) {
        x = start * scale                           # along the steepest direction, curvature 10
        printf "{\"step\": %d, \"attempt\": %d, \"loss\": %.17g, \"grad_norm\": %.17g, \"lr\": %g}\n",
            step, attempt, 5 * x * x, 10 * (x < 0 ? -x : x), lr >>metrics
        fflush(metrics)
        scale *= 1 - 10 * lr
        if (step % 10 == 9) save(step + 1)
        if (step % 10 == 9 && stops()) exit 75
    }
}'
