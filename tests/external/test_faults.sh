#!/bin/bash
# seconds: 900
# What a machine does to a trial that runs outside: its disk is full, its rank falls silent with the
# program still at work, the program leaves something behind that nobody can reach. No trial is lost,
# none is two, and what comes late counts for nothing.
. tests/script.sh
trap '[ ! -s orphan.pid ] || kill "$(cat orphan.pid)"; rm -rf "$folder"' EXIT
keep_ranks_here
steps_of() { # RUN: losses of its first trial
    h5dump -y -w 1 -d series/loss "$(grep -l '"step": [12]' "$1"/external/*/metrics.jsonl |
        sed "s|.*/external/\(..\)\(.*\)/.*|$1/trials/\1/\1\2.h5|")" | sed '/ATTRIBUTE/q' |
        sed -n 's/^ *\([0-9][0-9.]*\),*$/\1/p' | tr '\n' ' '
}

# A disk of two megabytes that the program fills: exit code 7 with what to do, then all goes on.
cat >filler.sh <<'END'
echo '{"step": 0, "loss": 3}' >>metrics.jsonl
case $KOOPSWEEP_ATTEMPT in 0) head -c 100000000 /dev/zero >checkpoints/large || exit 1 ;; esac
echo '{"step": 0, "loss": 2}' >>metrics.jsonl
echo '{"step": 1, "loss": 1}' >>metrics.jsonl
END
printf 'name: full\nexternal: {command: [sh, filler.sh], grace: 0.5}\nparams.a: 1\n' >full.yaml
cat >on_small_disk.sh <<'END'
mkdir -p full && mount -t tmpfs -o size=2m none full || exit 77
for command in "run full.yaml -o full -n 1" "run full.yaml -o full -n 2"; do
    "$program" $command >>said 2>&1
    echo "code $?" >>said
done
rm full/external/*/checkpoints/large
"$program" run full.yaml -n 2 -o full >>said 2>&1
echo "code $?" >>said
cp -r full kept
END
export program
for space in 'unshare -m' 'unshare -rm' none; do
    [ "$space" != none ] || { echo 'not tried without the right to mount: a full disk' && break; }
    $space sh on_small_disk.sh >output 2>&1 && break
done
if [ -e kept ]; then
    cp said output
    [ "$(grep ^code said | tr '\n' ' ')" = 'code 7 code 7 code 0 ' ] || fail 'a full disk'
    grep -q 'No space left on device; make room and run again' said || fail 'nobody asks for room'
    expect 0 '1 of 1 trials whole' "$program" verify kept
    [ "$(steps_of kept)" = '2 1 ' ] || fail "it says $(steps_of kept)"
fi

# A rank that falls silent, as on a machine that is lost, while its program works on: the trial goes to
# the other rank. What the program says then is ignored, and it is ended when its rank is back.
cat >silent.sh <<END
say() { echo "{\"step\": \$1, \"attempt\": \$KOOPSWEEP_ATTEMPT, \"loss\": \$2}" >>metrics.jsonl; }
[ \$KOOPSWEEP_REPLICA -eq 0 ] || { say 0 3; exit 0; }
case \$KOOPSWEEP_ATTEMPT in
0)
    say 0 3
    echo \$\$ >$folder/first.pid
    until [ -e attempts/1 ]; do sleep 0.05; done
    for step in 1 2 3; do say \$step 99; done # diverged, if anybody listened
    : >$folder/late
    sleep 600 ;;
*)
    until [ -e $folder/late ]; do sleep 0.05; done
    say 0 3; say 1 2; say 2 1 ;; # it speaks after them
esac
END
printf 'name: silent\nexternal: {command: [sh, silent.sh], grace: 0.5}\nparams.a: 1\nreplicas: 2\n' >silent.yaml
"$program" run silent.yaml -n 2 --silence 8 -o silent >output 2>&1 &
launcher=$!
await test -s first.pid
rank=$(ps -o ppid= "$(cat first.pid)" | tr -d ' ')
kill -STOP "$rank"
await sh -c 'test -e silent/external/*/attempts/1'
await sh -c 'test -s silent/trials/*/"$(basename "$(dirname "$(dirname silent/external/*/attempts/1)")")".h5'
kill -CONT "$rank"
await sh -c "! kill -0 $(cat first.pid)"
wait $launcher || fail "a silent rank ended the sweep with $?"
grep -q 'fell silent' output || fail 'nobody missed the rank'
[ "$(steps_of silent)" = '3 2 1 ' ] || fail "it says $(steps_of silent)"

# What has left its process group lives on when rank, guard and program are killed, and goes on
# writing: lines of an attempt that is over.
cat >leaver.sh <<END
say() { echo "{\"step\": \$1, \"attempt\": \$KOOPSWEEP_ATTEMPT, \"loss\": \$2}" >>metrics.jsonl; }
say 0 3
case \$KOOPSWEEP_ATTEMPT in
0)
    setsid sh -c 'echo \$\$ >$folder/orphan.pid
        until [ -e attempts/1 ]; do sleep 0.05; done
        while sleep 0.02; do echo "{\"step\": 1, \"attempt\": 0, \"loss\": 99}" >>metrics.jsonl; : >$folder/wrote; done' &
    sleep 600 ;;
*)
    until [ -e $folder/wrote ]; do sleep 0.05; done
    say 1 2; sleep 0.2; say 2 1 ;;
esac
END
printf 'name: leaver\nexternal: {command: [sh, leaver.sh], grace: 0.5}\nparams.a: 1\n' >leaver.yaml
"$program" run leaver.yaml -n 1 -o leaver >output 2>&1 &
await test -s orphan.pid
kill -KILL $!
wait $! 2>/dev/null
expect 0 '1 completed' "$program" run leaver.yaml -n 1 -o leaver
kill -0 "$(cat orphan.pid)" || fail 'it did not live on, so this tried nothing'
[ "$(steps_of leaver)" = '3 2 1 ' ] || fail "it says $(steps_of leaver)"
grep -c 99 leaver/external/*/metrics.jsonl >output || fail 'nothing came late'
