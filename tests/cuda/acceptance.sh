#!/bin/sh
# What only a GPU can show, in one command of at most nine minutes: builds, tests, measures, judges the
# figures by their bars, and writes one report (Markdown).
#
# usage: tests/cuda/acceptance.sh [--build FOLDER] [--packages FOLDER] [--on DEVICE] [--steps] [REPORT]
#
# REPORT      default: build/cuda/acceptance.md; from the root of the tree
# --build     tests what lies in FOLDER (as make CUDA=1 leaves it in build/cuda) and builds nothing; its
#             libraries may lie in FOLDER/lib
# --packages  first installs the .deb files of FOLDER, on a machine that reaches no package server
# --on        emulated: rehearses the steps where there is no GPU, with tiny sizes and without bars
# --steps     says what would run, and for how long at most
#
# Every step has its own time: one that hangs is stopped and costs no other step its own; what a step
# leaves, those behind it may use. Exit status: 0 nothing failed, 1 something did or nothing ran, 77 there
# is no GPU. KOOPSWEEP_GOLDEN: the folder of the golden files; PYTHON: the Python that has PyTorch (python3);
# NVCC: nvcc.
set -u

fail() { echo "acceptance.sh: $*" >&2; exit 2; }
device=cuda report='' prebuilt='' packages='' show='' one=''
while [ $# -gt 0 ]; do
    case $1 in
    --build | --packages | --on | --one) # --one STEP: for itself
        [ $# -gt 1 ] || fail "$1 wants a word"
        case $1 in --build) prebuilt=$2 ;; --packages) packages=$2 ;; --on) device=$2 ;; *) one=$2 ;; esac
        shift
        ;;
    --steps) show=1 ;;
    -*) fail "no option $1; the head of $0 says which there are" ;;
    *) report=$1 ;;
    esac
    shift
done
cd "$(dirname "$0")/../.." || exit 1

case $device in
cuda)
    build=${prebuilt:-build/cuda}
    small='128,4,4,64,32,256 256,6,8,128,16,1000'
    text=768,12,12,1024,16,50257
    curved='768,12,12,1024,4,50257 256,6,8,1024,16,1000 256,6,8,2048,8,1000 256,6,8,4096,4,1000'
    long='12,64,1024,8 12,64,2048,4 12,64,4096,2'
    ;;
emulated)
    build=${prebuilt:-build}
    small='16,1,2,8,2,16 24,1,2,8,2,16' text=16,1,2,8,2,32
    curved='16,1,2,16,4,16 16,1,2,32,2,16 16,1,2,64,1,16' long='1,8,128,2 1,8,256,1'
    ;;
*) fail "--on $device: cuda or emulated" ;;
esac
bench=$build/bench tests=$build/tests/device python=${PYTHON:-python3} nvcc=${NVCC:-nvcc}
report=${report:-build/cuda/acceptance.md}

# --- the steps -----------------------------------------------------------------------------------
# NAME SECONDS NEEDS COMMAND; NEEDS: words of look_around, joined by commas. Tests run on the device
# alone, and fail where it is not (TEST_DEVICE).

steps() {
    cat <<'END'
packages     24 deb                        dpkg -i --force-depends "$packages"/*.deb
build       110 make,nvcc,cublas,libraries build_all
operators    20 program,cmocka             $tests/test_ops_device
vectors       8 program,cmocka             $tests/test_vectors
optimizers    8 program,cmocka             $tests/test_optim
recording     8 program,cmocka             $tests/test_recording
routes        8 program,cmocka             $tests/test_routes
rounding      8 program,cmocka             $tests/test_rounding
trials       22 program,cmocka             $tests/test_trials
resources    12 program,mpirun             BUILD=$build tests/device/test_resources.sh
golden       18 program,golden             golden_files
step-f32     18 program                    $bench/bench_step --on $device --train-only $text
step-tf32    18 program,gpu                $bench/bench_step --on $device --precision tf32 --train-only $text
step-bf16    18 program,gpu                $bench/bench_step --on $device --precision bf16 --train-only $text
step-small   10 program                    $bench/bench_step --on $device $small
curvature    32 program                    $bench/bench_step --on $device $curved
attention    10 program                    $bench/bench_long --on $device $long
torch-f32    28 program,gpu,torch          torch_beside f32 $small
torch-bf16   62 program,gpu,torch          torch_beside bf16 $small $text
sharing      20 program,mpirun             share_device
memcheck     16 program,sanitizer,cmocka   sanitize memcheck test_ops_device
racecheck    10 program,sanitizer,cmocka   sanitize racecheck test_vectors
END
}

# Only for this GPU and this processor, and the programs that the steps need.
build_all() {
    names=$(cd tests && ls device/test_*.c | sed '/_f64/d; s/\.c$//')
    is_there cmocka || names=
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
    # shellcheck disable=SC2086
    make -j"$(nproc)" CUDA=1 NVCC="$nvcc" ARCH=native CUDA_ARCH="${capability:-90}" build/cuda/koopsweep \
        $(printf 'build/cuda/tests/%s ' $names golden_model) build/cuda/bench/bench_step build/cuda/bench/bench_long
}

golden_files() {
    all=$(find "$KOOPSWEEP_GOLDEN" -maxdepth 1 -name '*.h5' |
        grep -E '/(tiny_)?(gpt|llama|vit|moe|mamba|kan)[^/]*$' | sort)
    [ "$device" = cuda ] || all=$(echo "$all" | grep -E '/tiny_gpt')
    attention=$(echo "$all" | grep -E '/(tiny_)?(gpt|llama|vit)')
    # shellcheck disable=SC2086
    "$build/tests/golden_model" --on "$device" $all &&
        "$build/tests/golden_model" --on "$device" --attention recomputed $attention
}

torch_beside() { # PRECISION SIZES...
    precision=$1 && shift
    "$python" bench/bench_torch.py --device cuda --precision "$precision" --turns 2 --no-products \
        --program "$bench/bench_step" "$@"
}

share_device() {
    if is_gpu; then steps=60 counts='1 4 8'; else steps=1 counts='1 2'; fi
    cat >"$work/sharing.yaml" <<END
name: sharing
replicas: 2
task.name: associative_recall
model: {width: 64, heads: 4, layers: 2}
train: {steps: $steps, batch: 16, valid_batches: 1}
probe.rksp.samples: 256
axes: {product: {model.norm: [pre_ln, post_ln], train.lr: [1e-3, 3e-3]}}
END
    # shellcheck disable=SC2086
    PROGRAM=$build/koopsweep SPEC=$work/sharing.yaml bench/bench_sharing.sh "$device" $counts
}

sanitize() { compute-sanitizer --tool "$1" --error-exitcode 1 "$tests/$2"; } # TOOL TEST

# --- what is here --------------------------------------------------------------------------------
# In the folder $work: have: WORD; lack: WORD|why.

is_there() { grep -qx "$1" "$work/have"; }
look_for() { # WORD WHY COMMAND...: is it there?
    word=$1 why=$2 && shift 2
    if "$@" >/dev/null 2>&1; then echo "$word" >>"$work/have"; else echo "$word|$why" >>"$work/lack"; fi
}
has_header() { echo "#include <$1>" | gcc -E -x c - >/dev/null; }
has_gpu_torch() { timeout -k 1 14 "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; }
has_cublas() {
    printf '#include <cublas_v2.h>\nint main(void) { return cublasCreate == 0; }\n' >"$work/blas.cu"
    timeout -k 1 14 "$nvcc" -o "$work/blas" "$work/blas.cu" -lcublas
}
has_libraries() { make -s build/flags >"$work/libraries" 2>&1; } # names those that it misses
has_golden() { find "${KOOPSWEEP_GOLDEN:-/nowhere}" -name '*gpt_*.h5' | grep -q .; }
has_program() { [ -x "$build/koopsweep" ] && [ -x "$bench/bench_step" ]; }
is_gpu() { [ "$device" = cuda ]; }

look_around() {
    look_for gpu 'this is a rehearsal' is_gpu
    look_for mpirun 'mpirun (package openmpi-bin) is missing' command -v mpirun
    look_for cmocka 'cmocka.h (package libcmocka-dev) is missing' has_header cmocka.h
    look_for torch "$python has no PyTorch that sees a GPU" has_gpu_torch
    look_for sanitizer 'compute-sanitizer is not on the PATH' command -v compute-sanitizer
    look_for golden 'KOOPSWEEP_GOLDEN names no folder of golden files' has_golden
    if [ "$prebuilt" ] || ! is_gpu; then
        look_for program "$build holds no program and benches" has_program
        return
    fi
    look_for make 'make is missing' command -v make
    look_for nvcc "$nvcc of NVIDIA's CUDA toolkit is missing" command -v "$nvcc"
    look_for cublas 'nothing can be linked with cuBLAS' has_cublas
    look_for libraries '' has_libraries
    is_there libraries || echo "libraries|missing:$(sed -n 's/^    \([^ ]*\).*/ \1/p' "$work/libraries" | tr -d '\n')" >>"$work/lack"
}

first_lack() { # NEEDS: the first of them that is not there, and why
    for word in $(echo "$1" | tr , ' '); do
        is_there "$word" && continue
        why=$(grep "^$word|" "$work/lack" | tail -n 1 | cut -d'|' -f2)
        echo "${why:-nothing was built}"
        return
    done
}

# --- running -------------------------------------------------------------------------------------

line_of() { steps | awk -v name="$1" '$1 == name'; }
row() { # NAME VERDICT SECONDS LIMIT NOTE
    printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" "$(echo "$5" | tr '|' '/')" >>"$work/rows"
    printf '%-11s %-8s %4s s of %3s  %s\n' "$@"
    echo "$2" >>"$work/verdicts"
}

run_step() { # NAME SECONDS NEEDS COMMAND
    limit=$(($2 + saved)) start=$(date +%s) log=$work/$1.log reason=$(first_lack "$3")
    : >"$log"
    if [ "$reason" ]; then
        saved=$limit
        row "$1" skipped 0 "$2" "$reason"
        return
    fi
    ACCEPTANCE=$work timeout -k 1 "$limit" sh tests/cuda/acceptance.sh --on "$device" --build "$build" \
        --packages "$packages" --one "$1" >"$log" 2>&1 </dev/null
    code=$? used=$(($(date +%s) - start)) verdict=failed note=$(tail -n 1 "$log" | cut -c1-90)
    saved=$((used < limit ? limit - used : 0))
    case $code in
    0) verdict=passed ;;
    77) verdict=skipped ;;
    124 | 137)
        note="stopped after $limit s" # a tool that had found nothing until then has not failed
        case $1 in memcheck | racecheck)
            grep -qE '^=+ (Invalid|Error|ERROR|Program hit)' "$log" || verdict=skipped ;;
        esac
        ;;
    esac
    row "$1" $verdict "$used" "$limit" "$note"
    [ "$1" != build ] || look_for program 'it was not built' has_program
}

# --- bars ----------------------------------------------------------------------------------------

claim() { # WHAT FIGURE BAR: an awk condition on x, the figure; without a figure nothing is known
    verdict=skipped
    if [ "$2" ]; then
        if awk "BEGIN {x = $2; exit !($3)}"; then verdict=passed; else verdict=failed; fi
    fi
    is_gpu || verdict='not judged'
    printf '| %s | %s | %s | %s |\n' "$1" "${2:-not measured}" "$3" "$verdict" >>"$work/claims"
    is_gpu && echo "$verdict" >>"$work/verdicts"
}

# Of bench_step: the number behind WORD in what is said of the sizes that match PATTERN.
figure() { # LOG PATTERN WORD-REGEX
    awk -v size="$2" -v word="$3" '
        /^d [0-9]/ { is_it = $0 ~ size }
        is_it && match($0, word) {
            text = substr($0, RSTART, RLENGTH)
            gsub(/[^0-9.]/, " ", text); split(text, number, " "); print number[1]; exit
        }' "$work/$1.log"
}
quotient() { [ "$1" ] && [ "$2" ] && awk "BEGIN {printf \"%.3f\", $1 / $2}"; }
# Of bench_torch.py: how many times as long the better of PyTorch's compiled steps takes.
beside() { # LOG SIZE
    grep "^$2: " "$work/$1.log" | sed 's/.*largest: //' | tr ',' '\n' |
        awk '$1 == "compiled" || $1 == "graphed" { if (best == "" || $4 < best) best = $4 } END { print best }'
}

judge() {
    claim 'GPT-2 124M, bf16, T 1024: tokens/s' "$(figure step-bf16 'd 768' '[0-9]+ tokens/s')" 'x >= 450000'
    for size in $small $text; do
        for precision in f32 bf16; do
            [ "$precision $size" != "f32 $text" ] || continue
            claim "PyTorch compiled / koopsweep, $precision, $size" "$(beside "torch-$precision" "$size")" 'x >= 1'
        done
    done
    first=$(echo "$curved" | cut -d' ' -f2) last=${curved##* }
    for size in ${curved%% *} $first; do
        T=$(echo "$size" | cut -d, -f4) d=${size%%,*}
        claim "H v / gradient, d $d, T $T" "$(figure curvature "^d $d .* T $T " 'H v / gradient [0-9.]+')" 'x <= 2.05'
    done
    T=$(echo "$first" | cut -d, -f4) T_last=$(echo "$last" | cut -d, -f4)
    claim "memory with tangents, as many tokens, T $T_last / T $T" "$(quotient \
        "$(figure curvature "^d ${last%%,*} .* T $T_last " 'with tangents [0-9]+')" \
        "$(figure curvature "^d ${first%%,*} .* T $T " 'with tangents [0-9]+')")" 'x <= 1.1'
    taken=$(sed -n 's/^[0-9,]*: gradient .*with tangents \([0-9]*\) MiB.*/\1/p' "$work/attention.log")
    claim 'the same, attention alone, as the device has it taken' \
        "$(quotient "$(echo "$taken" | tail -n 1)" "$(echo "$taken" | head -n 1)")" 'x <= 1.1'
}

# --- the report ----------------------------------------------------------------------------------

count() { grep -cx "$1" "$work/verdicts"; }
version() { "$@" 2>/dev/null | tail -n 1; }
machine() {
    echo '| | |'
    echo '|---|---|'
    nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv,noheader 2>/dev/null |
        sed 's/^/| GPU, driver, memory, capability | /; s/$/ |/'
    echo "| CUDA | $(version "$nvcc" --version) |"
    echo "| PyTorch | $(version "$python" -c 'import torch; print(torch.__version__)') |"
    echo "| processor | $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores |"
    echo "| memory | $(awk '/MemTotal/ {printf "%.0f GiB", $2 / 2^20}' /proc/meminfo) |"
    echo "| commit | $(git describe --always --dirty --abbrev=12 2>/dev/null) |"
    echo "| date | $(date -u '+%Y-%m-%d %H:%M') UTC |"
}
missing() {
    [ -s "$work/lack" ] || { echo 'Nothing is missing.'; return; }
    while IFS='|' read -r word why; do
        [ "$why" ] || continue
        echo "- $why. Left out: $(steps | awk -v word="$word" '
            { n = split($3, need, ","); for (i = 1; i <= n; i++) if (need[i] == word) printf "%s ", $1 }')"
    done <"$work/lack"
}
write_report() {
    printf '# GPU acceptance\n\n%s\n\n' "$1"
    machine
    printf '\n## Missing here\n\n'
    missing
    printf '\n## Bars\n\n| figure | measured | bar | verdict |\n|---|--:|---|---|\n'
    cat "$work/claims"
    printf '\n## Steps\n\n| step | verdict | seconds | of | last words |\n|---|---|--:|--:|---|\n'
    cat "$work/rows"
    printf '\n## What they said\n'
    steps | while read -r name _; do
        [ -s "$work/$name.log" ] || continue
        printf '\n### %s\n\n' "$name"
        tail -n 40 "$work/$name.log" | cut -c1-400 | sed 's/^/    /'
    done
}

# --- all of it -----------------------------------------------------------------------------------

if [ "$show" ]; then
    steps | awk '{printf "%-11s %4d s\n", $1, $2; seconds += $2 + 1} # one more to be killed in
        END {printf "%d steps, at most %d s\n", NR, seconds}'
    exit
fi
export TEST_DEVICE="$device" PATH="$PATH:/usr/local/cuda/bin" PYTHONUNBUFFERED=1
[ ! -d "$build/lib" ] || export LD_LIBRARY_PATH="$PWD/$build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
if [ "$one" ]; then
    work=$ACCEPTANCE
    eval "$(line_of "$one" | sed 's/^[^ ]* *[^ ]* *[^ ]* *//')"
    exit
fi
if is_gpu && ! nvidia-smi -L 2>/dev/null | grep -q '^GPU '; then
    echo 'skipped: no GPU here: nvidia-smi shows none (docs/gpu.md)'
    exit 77
fi
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && trap 'exit 130' INT TERM
for file in have lack rows claims verdicts; do : >"$work/$file"; done
mkdir -p "$(dirname "$report")" || exit 1
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
saved=0
steps >"$work/steps"
while read -r name seconds needs command; do
    case $name in
    packages)
        [ -z "$packages" ] || { echo deb >"$work/have" && run_step "$name" "$seconds" "$needs" "$command"; }
        look_around
        missing
        continue
        ;;
    build) if [ "$prebuilt" ] || ! is_gpu; then continue; fi ;;
    esac
    run_step "$name" "$seconds" "$needs" "$command"
done <"$work/steps"
judge
summary="$(count passed) passed, $(count failed) failed, $(count skipped) skipped"
write_report "$summary" >"$report"
echo "report: $report"
echo "$summary"
[ "$(count failed)" -eq 0 ] && [ "$(count passed)" -gt 0 ]
