#!/bin/sh
# A text that changes under a running sweep: one clear error with its name, exit 5, the trial that
# read it is pending again; when the text is back, the same command completes the sweep.
. tests/script.sh
export XDG_CACHE_HOME=$folder/cache

write_story() { # FIRST: some kilobytes of numbers
    seq "$1" $(($1 + 3000)) >fresh.txt
}
sweep() { # STEPS
    cat <<END
name: data
train: {steps: $1, batch: 4, valid_batches: 1}
model: {width: 16, layers: 1, heads: 2}
probe.rksp.samples: 64
task: {name: text, data_dir: $folder, corpus: story.txt, tokenizer: byte, seq_len: 16}
replicas: 2
END
}
runs_something() { "$program" status "$1" --json 2>/dev/null | grep -q '"rank"'; }

# WORDS RUN WORKERS BLOW...: runs, lets the blow fall on the text in mid-trial, and looks.
strike() {
    words=$1 run=$2 workers=$3
    shift 3
    write_story 1000 && mv fresh.txt story.txt
    "$program" run long.yaml -n "$workers" --out "$run" >log 2>&1 &
    sweep=$!
    await runs_something "$run"
    "$@"
    wait $sweep
    code=$?
    cp log output
    [ $code -eq 5 ] || fail "$* under $workers workers gave $code, not 5"
    [ "$(grep -c 'story.txt' log)" -eq 1 ] || fail "$*: not one line with the file's name"
    grep -q "error: trial .* does not count: .*story.txt: $words" log || fail "$*: no '$words'"
    [ -z "$(find "$run/trials" -name '*.h5' 2>/dev/null)" ] || fail "$*: a trial was counted"
}
overwrite() { # shows at the end of a trial, or when it is stopped
    write_story 5000
    dd if=fresh.txt of=story.txt conv=notrunc 2>/dev/null
    kill -INT $sweep
}

sweep 100000 >long.yaml # seconds: the blow must fall on the first
for workers in 1 2; do
    strike 'has changed while it was in use' over$workers $workers overwrite
    strike 'could not be read to its end' short$workers $workers truncate -s 100 story.txt
done

# Not failed but pending: the text restored, the same command runs them.
write_story 1000 && mv fresh.txt story.txt
expect 0 '2 completed' "$program" run long.yaml -n 2 --out short2
