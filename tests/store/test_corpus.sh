#!/bin/sh
# Run directories that releases wrote (corpus/*.tar.xz, by corpus.sh) are read by this build: verify, status,
# table, export, merge and the second reader take them, `run` finds nothing left to do, and every number is
# the one that the release itself gave. Oracle: RUN.csv beside each run, written by its release.
. tests/script.sh
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }

# Rows by id, columns by name; there may be more columns now. "1" and "1.0" are one number.
cat >same.py <<'END'
import csv
import sys

csv.field_size_limit(1 << 30)
was, now = ({row['id']: row for row in csv.DictReader(open(path))} for path in sys.argv[1:])


def is_same(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return a == b


assert was and was.keys() == now.keys(), 'other trials'
for id, row in was.items():
    for name, value in row.items():
        assert name in now[id], f'no column {name}'
        assert is_same(value, now[id][name]), f'{id} {name}: was {value}, is {now[id][name]}'
print(f'{len(was)} trials alike')
END

read_run() { # RUN TRIALS CODE: that of `run`, which has nothing to do
    expect 0 "$2 of $2 trials whole, 0 not run; 0 files damaged, 0 gone, 0 foreign" "$program" verify "$1"
    expect 0 "complete, $2 of $2 trials have ended" "$program" status "$1"
    expect 0 " of $2 trials " "$program" table "$1"
    "$program" export "$1" >now.csv 2>output || fail "export of $1"
    expect 0 "$2 trials alike" $python ../same.py "$1.csv" now.csv
    expect 0 "$2 of $2 trials" "$program" merge "$1" merged.h5
    expect 0 "$2 trials, " $python "$root/tools/read_run.py" "$1" merged.h5
    expect "$3" '' "$program" run "$1/spec.yaml" -n 1 --out "$1"
    rm merged.h5
    "$program" export "$1" >now.csv 2>output || fail "export of $1 afterwards"
    expect 0 "$2 trials alike" $python ../same.py "$1.csv" now.csv
}

for corpus in "$root"/tests/store/corpus/*.tar.xz; do
    release=$(basename "$corpus" .tar.xz)
    mkdir "$release" && xz -dc "$corpus" | tar -xf - -C "$release" && cd "$release" || fail "unpacking $release"
    read_run pairs 8 0
    case $release in
    format-1) read_run packed 104 0 ;; # its own trainer: there were no others
    *) read_run packed 105 3 ;;
    esac
    cd ..
done

# What two layouts hold of one spec is the same, but for a message that names the folder.
expect 5 '70 of 105 trials are equal' "$program" compare layout-1/packed 0.1.0/packed
[ "$(grep -c ' outcome/message: ' output)" -eq 35 ] || fail 'there are other differences'
