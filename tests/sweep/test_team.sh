#!/bin/sh
# resources.ranks_per_trial: results are the same bits on any number of ranks, also when a rank of a
# team is killed or the sweep is stopped in between.
# seconds: 1200
. tests/script.sh

teams() { # STEPS: four trials of two ranks each
    cat <<EOF
name: team
seed: 1
replicas: 2
train: {steps: $1, batch: 16, valid_batches: 2}
model: {width: 32, layers: 2, heads: 2}
task: {seq_len: 16, vocab: 32}
resources.ranks_per_trial: 2
axes: {product: {train.lr: [1e-3, 1e-2]}}
EOF
}
same() { # RUN
    "$program" compare alone "$1" >output 2>&1 || fail "$1 differs from what one rank computes"
}
# The process of one rank of the sweep below launcher $1.
rank_of() { # LAUNCHER RANK
    for process in $(pgrep -f "$folder/spec.yaml"); do
        is_rank "$2" "$process" && [ "$process" -ne "$1" ] && echo "$process"
    done
}

is_under_way() { ls "$1"/checkpoints/*.0; } # RUN: steps have been done

teams 800 >"$folder/spec.yaml"
ranks 1 "$program" run "$folder/spec.yaml" -o alone -q >output 2>&1 ||
    fail "one rank by itself"
"$program" run "$folder/spec.yaml" -n 1 -o one_team -q >output 2>&1 || fail "one team"
same one_team
ranks 6 "$program" run "$folder/spec.yaml" -o two_teams -q >output 2>&1 ||
    fail "two teams and a rank left over"
same two_teams

"$program" run "$folder/spec.yaml" -n 2 --checkpoint-every 0.1 -o killed >output 2>&1 &
launcher=$!
await is_under_way killed
kill -9 "$(rank_of $launcher 2)" || fail "no rank 2 to kill"
wait $launcher || fail "a killed member ended the sweep with $?"
grep -q 'rank 2 .*died' output || fail "nobody noticed that rank 2 died"
same killed

# A member that only falls silent, as one on a machine that is lost: its process cannot be seen to be
# gone, and the others wait for it in the middle of a sum. The second team does the work.
"$program" run "$folder/spec.yaml" -n 2 --silence 8 --checkpoint-every 0.1 -o silent >output 2>&1 &
launcher=$!
await is_under_way silent
kill -STOP "$(rank_of $launcher 2)" || fail "no rank 2 to stop"
wait $launcher || fail "a silent member ended the sweep with $?"
grep -q 'rank 2 .*fell silent' output || fail "nobody missed rank 2"
grep -q 'rank 1 .*was let go, .* while it ran trial' output || fail "rank 1 was not let go"
same silent
lost=$(sed -n 's/^[^ ]* \([0-9a-f]*\) team .*/\1/p' silent/journal | head -n 1)
"$program" explain silent "$lost" >output 2>&1
grep -q 'rank 1 .*: another rank of its team was lost.* after' output || fail "explain does not tell"

# With one team there is nobody left to go on: an end that can be resumed, no waiting for ever.
"$program" run "$folder/spec.yaml" -n 1 --silence 8 --checkpoint-every 0.1 -o alone_again >output 2>&1 &
launcher=$!
await is_under_way alone_again
kill -STOP "$(rank_of $launcher 2)" || fail "no rank 2 to stop"
wait $launcher
[ $? -eq 4 ] && grep -q 'no team has all its ranks.*run the same command again' output ||
    fail "a lost team is not told"

"$program" run "$folder/spec.yaml" -n 1 --checkpoint-every 0.1 -o stopped >output 2>&1 &
launcher=$!
await is_under_way stopped
kill -INT $launcher
wait $launcher
[ $? -eq 4 ] || fail "a stopped team does not exit with 4"
"$program" run "$folder/spec.yaml" -n 1 -o stopped -q >output 2>&1 || fail "resuming"
same stopped

# One rank of a team finds no data where it runs: the file is named, and nobody waits for it.
mkdir data && seq 1000 3000 >data/story.txt
cat >text.yaml <<END
name: text
train: {steps: 20, batch: 4, valid_batches: 1}
model: {width: 16, layers: 1, heads: 2}
probe.rksp.samples: 64
task: {name: text, corpus: story.txt, tokenizer: byte, seq_len: 16}
resources.ranks_per_trial: 2
END
cat >at.sh <<'END'
[ "$(printenv "$RANK")" -eq 2 ] && place=nowhere || place=data
KOOPSWEEP_DATA=$PWD/$place exec "$1" run text.yaml -o text
END
ranks 3 timeout 120 sh at.sh "$program" >output 2>&1
[ $? -eq 5 ] && grep -q "does not count: .*nowhere/story.txt.*rank 1 of the trial's team" output ||
    fail "a rank without data"
expect 0 '1 completed' env KOOPSWEEP_DATA="$folder/data" "$program" run text.yaml -n 1 -o text

sed 's/^resources.*//; s/product: {/product: {resources.ranks_per_trial: [1, 2], /' spec.yaml >mixed.yaml
"$program" run mixed.yaml -o mixed >output 2>&1
[ $? -eq 2 ] && grep -q 'must be the same for all trials' output || fail "teams of two sizes"
echo "teams give the bits of one rank"
