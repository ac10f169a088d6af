#!/bin/sh
# scatter.sh RUN OUT.svg: every trial of a run by learning rate and by M~1, the near-unit spectral mass
# at initialisation; red = diverged, blue = stable. Reads the index RUN/sweep.h5; needs h5dump and
# gnuplot.
set -eu
[ $# -eq 2 ] || { echo "usage: analysis/scatter.sh RUN OUT.svg" >&2; exit 2; }
index=$1/sweep.h5 out=$2
[ -f "$index" ] || { echo "scatter.sh: $index is missing; koopsweep run writes it" >&2; exit 5; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

column() { # the values of one data set, one per line
    h5dump -y -w 1 -o "$work/raw" -d "$1" "$index" >/dev/null && tr -d ' ",' <"$work/raw" | sed '/^$/d'
}
column /config/train.lr >"$work/lr"
column /summary/m_near_unit >"$work/mass"
column /config/model.norm >"$work/norm"
column /state >"$work/state"
paste "$work/lr" "$work/mass" "$work/norm" "$work/state" >"$work/trials"
norms() { awk -v state="$1" '$4 == state {print $3}' "$work/trials" | sort -u | tr '\n' ' '; }

gnuplot <<PLOT
set terminal svg size 760,420 font "sans-serif,13" background "white" noenhanced
set output "$out"
set logscale x
set autoscale xfixmin
set autoscale xfixmax
set offsets graph 0.06, graph 0.06, 0, 0
set xlabel "learning rate"
set ylabel "near-unit mass M~1 at initialisation"
set yrange [-0.05:1.05]
set xtics ($(sort -gu "$work/lr" | awk '{printf "%s%s", sep, $1; sep = ", "}'))
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key outside right top title "norm"
jitter(x) = x * exp(0.06 * (rand(0) - 0.5))
stable = "$(norms COMPLETED)"
diverged = "$(norms DIVERGED)"
those(norm, state) = \
    sprintf("< awk '\$3 == \"%s\" && \$4 == \"%s\"' $work/trials", norm, state)
plot for [i = 1:words(stable)] those(word(stable, i), "COMPLETED") using (jitter(\$1)):2 \
         with points pt (i + 3) ps 0.8 lc rgb "#3b6ea5" title word(stable, i), \
     for [i = 1:words(diverged)] those(word(diverged, i), "DIVERGED") using (jitter(\$1)):2 \
         with points pt 2 ps 1.1 lw 2 lc rgb "#c0392b" title word(diverged, i)." diverged"
PLOT
sed -i 's/[[:blank:]]*$//' "$out"
