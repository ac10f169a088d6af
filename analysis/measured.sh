#!/bin/sh
# The tables of analysis/measured/: runs their sweeps, where they have not run yet, and writes them.
#
# usage: analysis/measured.sh [SPEC...]     names of sweep_specs/, or of examples/ (gpt, gpt_inside);
#                                           without any, all of the list below
#
# Run directories are made under $RUNS (runs/). All of them take some fourteen hours on two cores, and
# what is interrupted goes on next time. PROGRAM: build/koopsweep.
set -eu
cd "$(dirname "$0")/.."
program=${PROGRAM:-build/koopsweep} runs=${RUNS:-runs}

# What `koopsweep table` is asked for of a sweep: a line each, with options of its own.
tables() {
    case $1 in
    table1_features) echo table1 ;;
    table2_auroc | table2_random) echo table2 strata ;;
    gpt) echo table1 table2 ;;
    gpt_inside) echo table1 ;;
    arms | arms_more | bf16 | kss_acceptance) echo arms ;;
    kss_settled | kss_settled_d256)
        echo arms quality
        echo arms --base kss0.15_sham
        echo arms quality --base clip1
        ;;
    max_lr | gate | coords) echo "$1" ;;
    model_sizes) echo sizes ;;
    awu_depth | awu_batches) echo curvature ;;
    awu_lr | awu_wishes) echo awu ;;
    awu_edge) echo edge ;;
    wikitext_arms | cifar10_arms | synthetic_arms) echo quality ;;
    wikitext_max_lr) echo max_lr ;;
    families) echo families arms ;;
    *) echo "analysis/measured.sh: $1 is none of: $all" >&2; exit 2 ;;
    esac
}
all='table1_features table2_auroc kss_acceptance arms arms_more max_lr gate awu_depth awu_lr
     awu_wishes awu_edge awu_batches wikitext_arms wikitext_max_lr cifar10_arms synthetic_arms
     coords model_sizes table2_random kss_settled kss_settled_d256 bf16 families'

file_of() { ls "sweep_specs/$1.yaml" "examples/$1.yaml" 2>/dev/null; }

# What the sweep file says of itself: its first comment.
about() { sed -n '/^#/!q; s/^# \{0,1\}//; s/^#$//; p' "$(file_of "$1")"; }

[ $# -gt 0 ] || set -- $all
mkdir -p analysis/measured
for spec in "$@"; do
    wanted=$(tables "$spec")
    "$program" verify "$runs/$spec" >/dev/null 2>&1 ||
        "$program" run "$(file_of "$spec")" --out "$runs/$spec"
    {
        printf '# %s\n\n' "$spec"
        about "$spec"
        echo "$wanted" | while read -r words; do
            printf '\n    koopsweep table runs/%s %s\n\n' "$spec" "$words"
            # shellcheck disable=SC2086 # recipes and options are several words
            "$program" table "$runs/$spec" $words --format markdown
        done
    } >"analysis/measured/$spec.md"
    echo "analysis/measured/$spec.md"
done
