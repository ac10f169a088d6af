#!/bin/sh
# What a program outside does, and what becomes of its trial: how it ends, what it logs wrong, what it
# leaves running. Oracle: docs/external.md.
. tests/script.sh

# One trial of `sh -c SCRIPT`; $m is metrics.jsonl there. Leaves the run in ./NAME.
trial() { # NAME SCRIPT [OPTIONS...]: exit code of the run
    cat >"$1.sh" && { echo "name: \"$1\"" && echo "external: {command: [sh, $1.sh], steps: 3, grace: 0.4}" &&
        echo "params.a: 1" && shift && printf '%s\n' "$@"; } >"spec.yaml"
    name=$(sed -n 's,^name: "\(.*\)",\1,p' spec.yaml)
    cp spec.yaml "$name.yaml"
    "$program" run "$name.yaml" -n 1 -o "$name" >output 2>&1
}
ends() { # NAME CODE STATE WORDS [OPTIONS...] <SCRIPT
    name=$1 code=$2 wanted=$3 words=$4
    shift 4
    trial "$name" "$@"
    got=$?
    [ $got -eq "$code" ] || fail "$name gave $got, not $code"
    "$program" verify "$name" >verified 2>&1 || [ "$wanted" = PENDING ] || fail "$name: $(cat verified)"
    id=$(ls "$name/external" | head -n 1)
    "$program" explain "$name" "$id" >output 2>&1
    grep -q "$wanted" output || fail "$name is not $wanted"
    grep -qF -- "$words" output || fail "$name does not say '$words'"
}
m='"$KOOPSWEEP_DIR/metrics.jsonl"'
line() { echo "echo '$1' >>$m"; }

ends done 0 COMPLETED '' <<END
for s in 0 1 2; do echo "{\"step\": \$s, \"loss\": 2.5, \"grad_norm\": 1}" >>$m; done
END
ends silent 3 FAILED 'neither a line' <<END
exit 0
END
ends code 3 FAILED 'exit code 9; its last words on stderr: first | last' <<END
sleep 1.5
$(line '{"step": 0, "loss": 1}')
echo first >&2; echo last >&2; exit 9
END
ends killed 3 FAILED 'killed by signal 9' <<END
kill -9 \$\$
END
ends nan 0 DIVERGED not_finite <<END
$(line '{"step": 0, "loss": 1}')
$(line '{"step": 1, "loss": NaN}')
exit 1
END
ends quoted 0 DIVERGED not_finite <<END
$(line '{"step": 4, "loss": 1, "grad_norm": "Infinity"}')
exit 1
END
ends large 0 DIVERGED loss <<END
$(line '{"step": 0, "loss": 51}')
sleep 60
END
ends deaf 0 DIVERGED grad_norm <<END
trap '' TERM
$(line '{"step": 0, "loss": 1, "grad_norm": 501}')
while :; do sleep 1; done
END
ends on 0 DIVERGED loss 'train.stop_on_divergence: false' <<END
$(line '{"step": 0, "loss": 51}')
$(line '{"step": 1, "loss": 1}')
$(line '{"step": 2, "loss": 1}')
END
ends again 0 COMPLETED '' <<END
n=\$KOOPSWEEP_ATTEMPT
echo "{\"step\": \$n, \"loss\": 1}" >>$m
[ \$n -ge 2 ] || exit 75
END
ends stalled 3 FAILED '3 times without a line' <<END
exit 75
END
ends torn 0 COMPLETED '' <<END
$(line '{"step": 0, "loss": 1}')
printf '{"step": 1, "lo' >>$m
END

# What is not to be read ends the trial with file and line, once.
wrong() { # NAME WORDS LINE
    ends "$1" 3 FAILED "$2" <<END
$(line '{"step": 0, "loss": 1}')
$(line "$3")
sleep 60
END
    grep -qF "metrics.jsonl:2: " output || fail "$1 does not name the line"
}
wrong text 'is the text' '{"step": 1, "loss": "high"}'
wrong nothing 'is null' '{"step": 1, "loss": null}'
wrong list 'is a list' '{"step": 1, "loss": [1]}'
wrong nojson 'no JSON object' 'step 1 loss 2'
wrong array 'no JSON object' '[1, 2]'
wrong cut 'no JSON object' '{"step": 1, "loss": 2'
wrong nostep 'has no "step"' '{"loss": 2}'
wrong half 'whole numbers' '{"step": 1.5, "loss": 2}'
wrong below 'whole numbers' '{"step": -1, "loss": 2}'
wrong names 'the name "a b"' '{"step": 1, "a b": 2}'
wrong summary '"summary" takes an object' '{"step": 1, "summary": 2}'
ends back 3 FAILED 'step 3 comes after step 5' <<END
$(line '{"step": 5, "loss": 1}')
$(line '{"step": 3, "loss": 1}')
sleep 60
END
ends emptied 3 FAILED 'what it held is gone' <<END
$(line '{"step": 0, "loss": 1.25}')
sleep 0.5
echo '{"step": 1}' >$m
sleep 60
END

# A daemon that it leaves behind dies with it; a flood of output does not fill the disk.
ends daemon 0 COMPLETED '' <<END
$(line '{"step": 0, "loss": 1}')
sleep 987 &
echo \$! >$folder/daemon.pid
END
await sh -c "! kill -0 $(cat daemon.pid)"
ends flood 0 COMPLETED '' <<END
$(line '{"step": 0, "loss": 1}')
yes | head -c 100000000
sleep 1.3
END
[ "$(stat -c %s flood/external/*/stdout)" -lt 1000 ] || fail 'stdout was not emptied'

# A trial that FAILED by what it wrote begins anew when it is retried; one that broke off goes on.
echo "$(line '{"step": 0, "loss": 1}')" >nojson.sh
expect 0 '1 completed' "$program" run nojson.yaml -n 1 -o nojson --retry-failed
grep -q 'step 1 loss 2' nojson/external/*.failed/metrics.jsonl || fail 'nothing was set aside'
echo "$(line '{"step": 1, "loss": 1}')" >code.sh
expect 0 '1 completed' "$program" run code.yaml -n 1 -o code --retry-failed
[ "$(grep -c loss code/external/*/metrics.jsonl)" -eq 2 ] || fail 'it did not go on'
# Its time is that of all attempts.
h5dump -a /outcome/seconds code/trials/*/*.h5 2>/dev/null | awk '/\(0\): [0-9]/ { long = $2 > 1.5 } END { exit !long }' ||
    fail 'the time of the first attempt is not counted'
