#!/bin/sh
# Cores and GPUs of a trial: threads are external.cores, and trials that run at the same time have
# different GPUs, or as many on each where a trial takes a part of one. No GPU is needed for that.
. tests/script.sh
keep_ranks_here
cat >trainer.sh <<END
echo "\$CUDA_VISIBLE_DEVICES" >$folder/seen/\$KOOPSWEEP_TRIAL
until [ "\$(ls $folder/seen | wc -l)" -ge \$AT_ONCE ]; do sleep 0.1; done
echo '{"step": 0, "loss": 1}' >>metrics.jsonl
echo "{\"step\": 1, \"loss\": 1, \"threads\": \$OMP_NUM_THREADS, \"blas\": \$OPENBLAS_NUM_THREADS}" >>metrics.jsonl
END
shares() { # GPUS AT-ONCE VISIBLE WANTED: what trials at once see, sorted
    rm -rf seen && mkdir seen
    printf 'name: shares\nexternal: {command: [sh, trainer.sh], cores: 3, gpus: %s}\nparams.a: 1\nreplicas: %s\n' \
        "$1" "$2" >shares.yaml
    AT_ONCE=$2 CUDA_VISIBLE_DEVICES=$3 "$program" run shares.yaml -n "$2" -o "run $1 $2" >output 2>&1 ||
        fail "$1 GPUs each"
    [ "$(cat seen/* | sort | tr '\n' ' ')" = "$4 " ] || fail "$1 of $3 each: $(cat seen/* | tr '\n' ' ')"
    grep -h blas "run $1 $2"/external/*/metrics.jsonl | grep -qv '"threads": 3, "blas": 3}' && fail 'other threads'
}
shares 1 2 4,GPU-b '4 GPU-b'
shares 2 2 4,GPU-b,6,7 '4,GPU-b 6,7'
shares 0.5 4 8,9 '8 8 9 9'
shares 2 1 4,5,6 '4,5'
shares 0 1 4,5,6 '4,5,6'
exit 0
