#!/bin/sh
# The spectra at initialisation of 36 small models (norm x depth x seed) are those of spectra.csv, a row
# per layer. A change that means to move them rewrites the file with `make spectra`, and its diff is
# what the change has to explain.
#
# Masses may differ by one eigenvalue of the layer: rounding may carry one over the edge of its band.
# Everything else may by 1e-4 of itself, but condition number and Kreiss constant by 1e-3, and all by more
# where a block changes little (0.01 / change as much): what it adds has then lost that many of float32's
# digits. Six of OpenBLAS's kernels for x86 and another optimisation of ours meet this.
write=${1-}
. tests/script.sh
table=$root/tests/regression/spectra.csv
unset OPENBLAS_CORETYPE

"$program" run "$root/tests/regression/spectra.yaml" -n 2 -q --out run >output 2>&1 || fail 'the sweep'
"$program" export run >trials.csv && "$program" export run --series >series.csv || fail 'export'
awk -F, -v OFS=, '
    BEGIN {
        columns = split("m_near_unit m_expansive m_contractive m_mid reliable rank degenerate rho " \
                        "kappa_v eta_nl change henrici kreiss_scaled", column, " ")
        printf "norm,layers,replica,layer"
        for (i = 1; i <= columns; i++) printf ",%s", column[i]
        print ""
    }
    FNR == 1 {
        file++
        for (i = 1; i <= NF; i++) at[$i] = i
        next
    }
    file == 1 {
        gsub(/"([^"]|"")*"/, "text")
        cell[$(at["id"])] = $(at["config/model.norm"]) OFS $(at["config/model.layers"]) OFS $(at["replica"])
        id[++trials] = $(at["id"])
        layers[$(at["id"])] = $(at["config/model.layers"])
        next
    }
    match($3, /^rksp\/[a-z_]+\[[0-9]+\]$/) {
        split($3, part, /[][\/]/)
        value[$1, part[2], part[3]] = $4
    }
    END {
        for (t = 1; t <= trials; t++)
            for (l = 0; l < layers[id[t]]; l++) {
                printf "%s,%d", cell[id[t]], l
                for (i = 1; i <= columns; i++) printf ",%.7g", value[id[t], column[i], l]
                print ""
            }
    }' trials.csv series.csv >spectra.csv
[ "$(wc -l <spectra.csv)" -eq 121 ] || fail "$(wc -l <spectra.csv) rows, not 1 + 36 models of 1, 3 and 6 layers"
if [ "$write" = write ]; then
    cp spectra.csv "$table"
    exit
fi
awk -F, '
    function differs(name, a, b,    limit, gap, lost) {
        lost = $(at["change"]) < 0.01 ? 0.01 / $(at["change"]) : 1
        limit = name ~ /^m_|^reliable$/ ? 1.001 / $(at["rank"]) : (name ~ /^k/ ? 1e-3 : 1e-4) * lost * a
        gap = a > b ? a - b : b - a
        return gap > limit
    }
    FNR == 1 {
        if (NR == 1) header = $0
        else if ($0 != header) { print "other columns: " $0; bad = 1 }
        for (i = 1; i <= NF; i++) { at[$i] = i; name[i] = $i }
        next
    }
    { key = $1 "," $2 "," $3 "," $4 }
    NR == FNR { known[key] = $0; next }
    !(key in known) { print "new: " $0; bad = 1; next }
    {
        split(known[key], was, ",")
        which = ""
        for (i = 5; i <= NF; i++)
            if (differs(name[i], was[i], $i)) which = which " " name[i]
        if (which != "") {
            print "differs in" which ":\n  - " known[key] "\n  + " $0
            bad = 1
        }
        delete known[key]
    }
    END {
        for (key in known) { print "gone: " known[key]; bad = 1 }
        exit bad
    }' "$table" spectra.csv >output || fail "spectra moved; if that is meant: make spectra, and say why"
