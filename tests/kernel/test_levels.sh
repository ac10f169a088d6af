#!/bin/sh
# The kernels of every level that this machine has: right, chosen by name, named in results and by doctor.
. tests/script.sh

levels=$("$program" doctor . | sed -n 's/.*kernels.* of \(x86-64.*\)/\1/p' | tr -d ,)
if [ -z "$levels" ]; then
    echo 'skipped: built for one processor (make ARCH=any)'
    exit 77
fi
best=$("$program" --version | sed -n 's/^kernels //p')
seen=0
for level in $levels; do
    if [ $seen -eq 0 ] && [ "$level" != "$best" ]; then
        expect 7 "at most $best" env KOOPSWEEP_ISA="$level" "$program" doctor .
        continue
    fi
    seen=$((seen + 1))
    export KOOPSWEEP_ISA="$level"
    for claim in kernel/test_ops kernel/test_vector kernel/test_gemm device/test_vectors; do
        "$root/$BUILD/tests/$claim" >output 2>&1 || fail "$claim with kernels for $level"
    done
    expect 0 "kernels $level" "$program" --version
    spec "level$seen" 3 >spec.yaml
    expect 0 '4 completed' "$program" run spec.yaml -n 1 --out "run$seen"
    "$program" export "run$seen" >rows.csv && grep -q "$level" rows.csv || fail "the results do not name $level"
    unset KOOPSWEEP_ISA
done
[ $seen -gt 1 ] || fail "only $best can be tried"
expect 7 'did you mean x86-64-v3?' env KOOPSWEEP_ISA=x86-64-3 "$program" doctor .

# Ranks that differ: the second of three is sent to the lowest level.
cat >ranks.sh <<'END_OF_RANK'
case $(printenv "$RANK") in 2) export KOOPSWEEP_ISA=x86-64-v2 ;; esac
exec "$@"
END_OF_RANK
spec mixed 3 >spec.yaml
expect 0 'the last bits of a trial depend on who runs it' ranks 3 \
    sh ranks.sh "$program" run spec.yaml --out mixed
expect 0 '4 completed' ranks 3 \
    env KOOPSWEEP_ISA=x86-64-v2 "$program" run spec.yaml --out pinned
! grep -q 'depend on who runs it' output || fail 'ranks that are alike are called different'
