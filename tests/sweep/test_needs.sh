#!/bin/sh
# What a sweep needs: a device, data, and the data that its results came from. Refused in one
# sentence, before anything is made; a sweep that has begun keeps what it has.
. tests/script.sh
export XDG_CACHE_HOME=$folder/cache

refuse() { # CODE WORDS SPEC: before its run directory is made
    expect "$1" "$2" "$program" run "$3" -n 1 --out new
    [ ! -e new ] || fail "$3 was refused, but left behind: $(find new)"
}
sweep() { # MORE...
    cat <<END
name: needs
train: {steps: 2, batch: 4, valid_batches: 1}
model: {width: 16, layers: 1, heads: 2}
probe.rksp.samples: 64
END
    printf '%s\n' "$@"
}
text() { # FILE REPLICAS
    sweep "task: {name: text, data_dir: $folder, corpus: $1, tokenizer: byte, seq_len: 16}" \
        "replicas: $2"
}
write_story() { # FIRST: some kilobytes of numbers
    seq "$1" $(($1 + 3000)) >story.txt
}

# Nothing is made of a sweep that cannot begin.
sweep 'resources.device: cuda' >gpu.yaml
if expect 0 GPU "$program" --version && ! "$program" run gpu.yaml -n 1 -q --out probe 2>output; then
    refuse 7 GPU gpu.yaml
fi
text nowhere.txt 1 >missing.yaml
refuse 5 'nowhere.txt' missing.yaml

# Two trials of one text; two more of them when it is another one.
text story.txt 2 >two.yaml
write_story 1000
expect 0 '2 completed' "$program" run two.yaml -n 1 --out run
id=$(basename "$(find run/trials -name '*.h5' | head -n 1)" .h5)
expect 0 '1 trials to be run again' "$program" retry run "$id"
write_story 2000
expect 5 'are not those that the results of this sweep came from (then: training' \
    "$program" run two.yaml -n 1 --out run
grep -q 'restore them, or run the sweep anew in another directory' output || fail 'no remedy'
expect 0 'PENDING' "$program" explain run "$id"
write_story 1000
expect 0 '2 completed' "$program" run two.yaml -n 1 --out run

# What is complete needs neither.
rm story.txt
expect 0 'nothing to do' "$program" run two.yaml -n 1 --out run
