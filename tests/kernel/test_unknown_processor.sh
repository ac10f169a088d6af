#!/bin/sh
# Where OpenBLAS does not know the processor, products use the kernels of this program's level all the same:
# in the program, which keeps its name, and in its ranks. Who set OPENBLAS_CORETYPE is obeyed; trainers do not
# inherit ours.
. tests/script.sh
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
unset OPENBLAS_CORETYPE KOOPSWEEP_ISA

case $("$program" --version) in
*'kernels x86-64-v4'*) best=SkylakeX ;;
*'kernels x86-64-v3'*) best=Haswell ;;
*) echo 'skipped: no level of x86-64 with kernels of its own in OpenBLAS' && exit 77 ;;
esac
"${CC:-cc}" -shared -fPIC -o unknown.so "$root/tests/kernel/unknown_processor.c" 2>output ||
    { echo 'skipped: no compiler' && exit 77; }
strange() { env LD_PRELOAD="$folder/unknown.so" "$@"; }

expect 0 "kernels for $best; OpenBLAS" strange "$program" doctor .
grep -q 'took those for Prescott' output || fail 'doctor does not say what was passed over'
expect 0 'because OPENBLAS_CORETYPE=Nehalem says so' strange OPENBLAS_CORETYPE=Nehalem "$program" doctor .
expect 0 'kernels for Haswell, as KOOPSWEEP_ISA pins them' strange KOOPSWEEP_ISA=x86-64-v3 "$program" doctor .

mkfifo spec.yaml
env LD_PRELOAD="$folder/unknown.so" "$program" plan spec.yaml >output 2>&1 &
exec 3>spec.yaml # once it reads, it has started itself again
grep -qz "^OPENBLAS_CORETYPE=$best" "/proc/$!/environ" || fail 'it has not started itself again'
[ "$(cat "/proc/$!/comm")" = koopsweep ] || fail "its name is $(cat "/proc/$!/comm")"
exec 3>&-
wait

spec here 3 >here.yaml
expect 0 '4 completed' strange "$program" run here.yaml -n 2 --out ranks
"$program" export ranks >rows.csv || fail 'export'
[ "$(grep -c ",$best," rows.csv)" -eq 4 ] || fail "not every rank took $best: $(cat rows.csv)"

cat >trainer.sh <<'E2'
env | grep -e OPENBLAS_CORETYPE -e BLAS_PASSED_OVER >"$KOOPSWEEP_DIR/../../inherited"
for s in 0 1; do echo "{\"step\": $s, \"loss\": 2, \"grad_norm\": 1}"; done >"$KOOPSWEEP_DIR/metrics.jsonl"
E2
cat >outside.yaml <<'E2'
name: outside
external: {command: [sh, trainer.sh], steps: 2}
params.a: 1
E2
expect 0 '1 completed' strange "$program" run outside.yaml -n 1 --out outside
find . -name inherited >output && [ -s output ] || fail 'the trainer left no list'
[ ! -s "$(cat output)" ] || fail "the trainer inherits $(cat "$(cat output)")"
