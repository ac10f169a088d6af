#!/bin/sh
# usage: make nehalem
# The program on the oldest processor it claims, emulated by QEMU: kernels pass their tests there, a sweep
# gives the table that this machine gives, but for rounding. Prints by how much the results differ.
command -v qemu-x86_64 >/dev/null || { echo 'make nehalem needs qemu-x86_64 (package qemu-user)' >&2; exit 7; }
. tests/script.sh
old='qemu-x86_64 -cpu Nehalem'
unset OPENBLAS_CORETYPE
expect 0 'x86-64-v2, of' $old "$program" doctor .
for claim in kernel/test_ops kernel/test_vector graph/test_graph; do
    $old "$root/$BUILD/tests/$claim" >output 2>&1 || fail "$claim"
    echo "$claim passes"
done
cat >old.yaml <<'END_OF_SPEC'
name: old
task.name: associative_recall
train: {steps: 20, batch: 8, valid_batches: 2}
probe.rksp.samples: 128
model: {width: 32, layers: 2, heads: 2}
axes: {product: {model.norm: [pre_ln, rms_norm, none], train.lr: [1e-3, 1e-2]}}
END_OF_SPEC
expect 0 '6 completed' $old "$program" run old.yaml -n 1 --out there
expect 0 '6 completed' "$program" run old.yaml -n 1 --out here
for place in there here; do "$program" export $place >$place.csv || fail "export of $place"; done
for place in there here; do "$program" table $place >$place.table || fail "tables of $place"; done
awk -F, '
    FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; file++; next }
    { gsub(/"([^"]|"")*"/, "text"); id = $1 }
    file == 1 { for (i = 1; i <= NF; i++) was[FNR, i] = $i; next }
    {
        for (i = 1; i <= NF; i++) {
            if (name[i] !~ /^(summary\/(m_near_unit|rho)|outcome\/(loss_first|loss_last|valid_loss))$/) continue
            gap = $i - was[FNR, i]; gap = (gap < 0 ? -gap : gap) / ($i < 0 ? -$i : $i)
            if (!(gap <= largest[i])) largest[i] = gap
        }
    }
    END {
        for (i in largest) {
            printf "%-22s differs by %.1e of itself at most\n", name[i], largest[i]
            bad += !(largest[i] < (name[i] ~ /loss_last|valid/ ? 1e-3 : name[i] ~ /m_near/ ? 0.05 : 1e-4))
        }
        exit bad > 0
    }' here.csv there.csv || fail 'the results differ by more than rounding does'
diff here.table there.table >output && echo 'the tables are the same' || { echo 'tables, here and there:' && cat output; }
