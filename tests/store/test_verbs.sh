#!/bin/sh
# koopsweep verify and compare: exit codes and sentences on run directories that are none, empty or
# foreign. What they find in files is tested in test_verify.c and test_compare.c.
. tests/script.sh

mkdir a b c
expect 2 'is no run directory' "$program" verify a
expect 2 'RUN' "$program" verify
printf 'name: one\n' >a/spec.expanded.yaml
cp a/spec.expanded.yaml b
printf 'name: one\nseed: 7\n' >c/spec.expanded.yaml
expect 4 '1 of 1 trials have not been run' "$program" verify a
expect 4 'no trial that was run in both' "$program" compare a b
expect 4 'the sweeps differ' "$program" compare a c
mkdir -p a/trials/00
echo hello >a/trials/00/letter.txt
expect 5 'trials/00/letter.txt: foreign' "$program" verify a
