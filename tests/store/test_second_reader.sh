#!/bin/sh
# tools/read_run.py, which knows of a run what docs/store-format.md says and nothing of our code,
# finds in the files the very scalars that koopsweep's own table has.
. tests/script.sh
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }

spec second 5 >sweep.yaml
expect 0 'next: koopsweep table' "$program" run sweep.yaml -n 2 --out run
expect 0 '4 of 4 trials' "$program" merge run all.h5
for table in run/sweep.h5 all.h5; do
    expect 0 '4 trials, ' $python "$root/tools/read_run.py" run $table
done
# One byte, and the second reader says so too.
printf '#' | dd of="$(find run/trials -name '*.h5' | head -n 1)" bs=1 seek=9000 conv=notrunc 2>said
expect 1 'its checksum' $python "$root/tools/read_run.py" run all.h5
