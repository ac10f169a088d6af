#!/bin/sh
# acceptance.sh where there is no GPU: it skips in one line, its limits make nine minutes at most, and with
# programs that only say what a GPU's would, it judges figures by their bars and outlives a step that hangs.
# seconds: 120
set -u
fail() { echo "FAILED: $*"; cat "$folder"/output 2>/dev/null; exit 1; }
root=$PWD
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
fake=$folder/bin programs=$folder/programs
mkdir -p "$fake" "$programs/bench" "$programs/tests/device"

# --- limits ---
tests/cuda/acceptance.sh --steps >"$folder/output" || fail 'no steps'
seconds=$(sed -n 's/.*at most \([0-9]*\) s$/\1/p' "$folder/output")
sum=$(awk '/ s$/ && NF == 3 {s += $2 + 1} END {print s}' "$folder/output")
[ "$sum" -eq "$seconds" ] || fail "the limits add up to $sum, not $seconds"
[ "$((seconds + 30))" -le 540 ] || fail "$seconds s, and 30 to look around, are more than nine minutes"
tests/cuda/acceptance.sh --on nowhere >"$folder/output" 2>&1 && fail 'an unknown device'

# --- what is read out of the benches is what they say ---
programs_here=${BUILD:-build}/bench
if [ -x "$programs_here/bench_step" ] && [ -x "$programs_here/bench_long" ]; then
    "$programs_here/bench_step" --on emulated 8,1,1,4,1,8 >"$folder/output" 2>&1 || fail 'no step'
    grep -q '^d 8 L 1 heads 1 T 4 B 1 V 8:' "$folder/output" &&
        grep -q '^   step [0-9.]* ms, [0-9]* tokens/s' "$folder/output" &&
        grep -q 'H v / gradient [0-9.]*; memory [0-9]* MiB, with tangents [0-9]* MiB, [0-9]* MiB of the device taken$' \
            "$folder/output" || fail 'bench_step says something else'
    "$programs_here/bench_long" --on emulated 1,4,8,1 >"$folder/output" 2>&1 || fail 'no attention'
    grep -q '^1,4,8,1: gradient [0-9.]* ms, H v [0-9.]* ms, [0-9]* MiB, with tangents [0-9]* MiB$' "$folder/output" ||
        fail 'bench_long says something else'
fi

# --- without a GPU ---
printf '#!/bin/sh\nexit 9\n' >"$fake/nvidia-smi" && chmod +x "$fake/nvidia-smi"
PATH=$fake:$PATH tests/cuda/acceptance.sh "$folder/report" >"$folder/output" 2>&1
[ $? -eq 77 ] || fail 'not skipped'
[ "$(wc -l <"$folder/output")" -eq 1 ] && grep -q 'no GPU' "$folder/output" || fail 'not one line'
[ ! -e "$folder/report" ] || fail 'a report of nothing'

# --- with one that is none ---
say() { # NAME TEXT [CODE]: a program that says so
    printf '#!/bin/sh\ncat <<"END"\n%s\nEND\nexit %s\n' "$2" "${3:-0}" >"$1" && chmod +x "$1"
}
say "$fake/nvidia-smi" 'GPU 0: NVIDIA Fake (UUID: 0)'
say "$fake/compute-sanitizer" '========= ERROR SUMMARY: 0 errors'
say "$fake/mpirun" ''
for test in ops_device vectors optim recording routes rounding trials; do
    say "$programs/tests/device/test_$test" '[  PASSED  ] 1 test(s).'
done
say "$programs/koopsweep" '{"trials": 8}'
long='12,64,1024,8: gradient 3.00 ms, H v 6.00 ms, 100 MiB, with tangents 200 MiB
12,64,2048,4: gradient 6.00 ms, H v 12.00 ms, 100 MiB, with tangents 200 MiB
12,64,4096,2: gradient 12.00 ms, H v 24.00 ms, 101 MiB, with tangents 210 MiB'
size() { # SIZE TOKENS RATIO MIB
    echo "d $1: 1.00 M parameters, 3 rounds
   step 35.000 ms, $2 tokens/s, 9 GFLOP/s
   gradient, all kept 9.0 ms; H v 9.0 ms; H v / gradient $3; memory 9 MiB, with tangents $4 MiB, 9 MiB of the device taken"
}
steps_say() { # TOKENS RATIO MIB
    say "$programs/bench/bench_step" "$(size '768 L 12 heads 12 T 1024 B 4 V 50257' "$1" "$2" 500)
$(size '256 L 6 heads 8 T 1024 B 16 V 1000' 9 2.04 100)
$(size '256 L 6 heads 8 T 2048 B 8 V 1000' 9 2.04 100)
$(size '256 L 6 heads 8 T 4096 B 4 V 1000' 9 2.04 "$3")"
    say "$programs/bench/bench_long" "$long"
}
# PyTorch: 1.20 and .80 times our time, compiled and with graphs.
say "$fake/python" '128,4,4,64,32,256: koopsweep 1.00 ms, eager 2.00 ms; peer / koopsweep, least / median / largest: eager 1.90 / 2.00 / 2.10, compiled 1.10 / 1.20 / 1.30, graphed 1.00 / 1.10 / 1.20
256,6,8,128,16,1000: koopsweep 1.00 ms; peer / koopsweep, least / median / largest: eager 1.90 / 2.00 / 2.10, compiled 1.10 / 1.20 / 1.30, graphed 1.00 / 1.05 / 1.20
768,12,12,1024,16,50257: koopsweep 1.00 ms; peer / koopsweep, least / median / largest: eager 1.90 / 2.00 / 2.10, compiled 1.10 / 1.20 / 1.30'
accept() { # CODE
    PATH=$fake:$PATH PYTHON=python KOOPSWEEP_GOLDEN='' tests/cuda/acceptance.sh --build "$programs" \
        "$folder/report" >"$folder/output" 2>&1
    code=$?
    [ $code -eq "$1" ] || fail "exit status $code, not $1"
}
claims() { # VERDICT WORDS
    grep -F "$2" "$folder/report" | grep -q "| $1 |" || { cat "$folder/report"; fail "not $1: $2"; }
}
# resources and sharing need the real program.
without() { sed "/^resources  \|^sharing  /d" "$root/tests/cuda/acceptance.sh" >"$folder/tree/tests/cuda/acceptance.sh"; }
mkdir -p "$folder/tree/tests/cuda" && without
chmod +x "$folder/tree/tests/cuda/acceptance.sh" && cd "$folder/tree" || exit 1
steps_say 451000 2.05 110
accept 0
claims passed 'GPT-2 124M, bf16, T 1024: tokens/s | 451000'
claims passed 'H v / gradient, d 768, T 1024 | 2.05'
claims passed 'as many tokens, T 4096 / T 1024 | 1.100'
claims passed 'as the device has it taken | 1.050'
claims passed 'PyTorch compiled / koopsweep, f32, 128,4,4,64,32,256 | 1.10'
claims passed 'PyTorch compiled / koopsweep, bf16, 768,12,12,1024,16,50257 | 1.20'
claims skipped 'golden'
tail -n 1 "$folder/output" | grep -q '^[0-9]* passed, 0 failed, 1 skipped$' || fail 'another last line'
grep -q 'KOOPSWEEP_GOLDEN names no folder.*Left out: golden' "$folder/report" || fail 'what is missing is not said'

steps_say 449000 2.06 111
accept 1
claims failed 'GPT-2 124M, bf16, T 1024: tokens/s | 449000'
claims failed 'H v / gradient, d 768, T 1024 | 2.06'
claims failed 'as many tokens, T 4096 / T 1024 | 1.110'
tail -n 1 "$folder/output" | grep -q '^[0-9]* passed, 3 failed, 1 skipped$' || fail 'another last line'

# Without a compiler nothing is built and nothing runs, which is no success.
PATH=$fake:$PATH PYTHON=absent NVCC=absent tests/cuda/acceptance.sh "$folder/report" >"$folder/output" 2>&1
[ $? -eq 1 ] || fail 'nothing ran, and that is fine'
grep -q '^- absent of NVIDIA.s CUDA toolkit is missing. Left out: build' "$folder/report" || fail 'no word of nvcc'
tail -n 1 "$folder/output" | grep -q '^0 passed, 0 failed, [1-9][0-9]* skipped$' || fail 'something ran'

# A step that hangs: killed though it does not want to end, and those behind it run.
sed -i 's/^\(vectors *\)8 /\12 /' tests/cuda/acceptance.sh
printf '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done\n' >"$programs/tests/device/test_vectors"
sed -i 's/^    saved=.*used < limit.*/    saved=0/' tests/cuda/acceptance.sh
steps_say 451000 2.05 110
accept 1
claims failed '| vectors'
grep -q '| vectors | failed .*stopped after 2 s' "$folder/report" || fail 'no word of what hung'
claims passed '| optimizers'

# One that crashes.
say "$programs/tests/device/test_vectors" 'a kernel: misaligned address' 134
accept 1
grep -q '| vectors | failed .*misaligned address' "$folder/report" || fail 'no word of what crashed'
echo passed
