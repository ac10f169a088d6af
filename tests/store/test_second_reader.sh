#!/bin/sh
# python/koopsweep.py, which knows of a run what docs/store-format.md says and nothing of our code, finds in the files the very scalars that koopsweep's own table has.
. tests/script.sh
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }

spec second 5 >sweep.yaml
expect 0 'next: koopsweep table' "$program" run sweep.yaml -n 2 --out run
expect 0 '4 of 4 trials' "$program" merge run all.h5
# A disk that takes no more: one error, nothing left behind.
expect 7 'cannot write' sh -c "ulimit -f 16; exec '$program' merge run small.h5"
[ -z "$(ls small.h5* 2>/dev/null)" ] || fail 'something was left behind'
for table in run/sweep.h5 all.h5; do
    expect 0 '4 trials, ' $python "$root/tools/read_run.py" run $table
done
# netCDF, and so xarray, looks for the scale of an axis in a data set's own group and those above.
$python - <<'END' >output 2>&1 || fail 'scales that netCDF does not find'
import h5py
with h5py.File("all.h5") as file:
    found = []
    def visit(name, data):
        if isinstance(data, h5py.Dataset):
            for axis in data.dims:
                for scale in axis.values():
                    found.append(scale.name)
                    assert scale.name.count("/") == 1, f"{name}: {scale.name}"
    file.visititems(visit)
assert "/trial_of_step" in found and "/layer" in found, set(found)
END
# Packed or not, merged, and from Python: numbers of the same type, every step of every trial.
cat >use.py <<'END'
import sys
import numpy
import koopsweep
for path in sys.argv[1:]:
    run = koopsweep.open(path)
    trials, loss, rho = run.trials(), run.series('loss'), run.series('rksp/rho')
    assert list(trials['index']) == [0, 1, 2, 3] and set(trials['state']) == {'COMPLETED'}
    assert trials['outcome/diverged'].dtype == numpy.int64 and trials['config/train.lr'].dtype == float
    assert set(trials['config/model.norm']) == {'pre_ln', 'none'}
    assert sorted(loss['id']) == sorted(list(trials['id']) * 5) and sorted(loss['step']) == sorted([*range(5)] * 4)
    for id, first in zip(trials['id'], trials['outcome/loss_first']):
        assert loss['value'][(loss['id'] == id) & (loss['step'] == 0)] == [first]
    assert set(rho) == {'id', 'step', 'layer', 'value'} and len(rho['value']) == 4
assert koopsweep._xxh64_slow(b'') == 0xEF46DB3751D8E999 and koopsweep._fnv(b'') != koopsweep._fnv(b'a')
print('as they should be')
END
cat >pack.py <<'END'
import os
import sys
import koopsweep
run, list, at = koopsweep.open(sys.argv[1]), '', 512 + 4 * 74
for id in run.places:
    size = len(run.bytes_of(id))
    sum, state = koopsweep._check(run.bytes_of(id), 'trial')['checksum'], run.read(id).attrs['state']
    list += f'{id} {at:15} {size:15} {sum} {state:11}\n'
    at += size
head = f'koopsweep segment, format 2\nname 0\nstate -\nbytes {512 + len(list)}\nchecksum '
def sealed(sum):
    return ((head + f'{sum:016x}\n').ljust(511) + '\n' + list).encode()
with open(f'{sys.argv[1]}/segments/000001.segment', 'wb') as file:
    file.write(sealed(koopsweep._xxh64(sealed(0))) + b''.join(map(run.bytes_of, run.places)))
for path, _, _ in run.places.values():
    os.remove(path)
assert len(run.trials()['id']) == 4 # who looked before the files moved finds them
END
cp -r run packed
mkdir -p packed/segments
PYTHONPATH="$root/python" $python pack.py packed
expect 0 '4 trials, ' $python "$root/tools/read_run.py" packed all.h5
expect 0 '' "$program" verify packed
expect 0 'as they should be' env PYTHONPATH="$root/python" $python use.py run packed all.h5
# One byte, and the second reader says so too.
printf '#' | dd of="$(find run/trials -name '*.h5' | head -n 1)" bs=1 seek=9000 conv=notrunc 2>said
expect 1 'its checksum' $python "$root/tools/read_run.py" run all.h5
# Layout 1 has its labels in other places.
tar -xJf "$root/tests/store/corpus/layout-1.tar.xz"
cat >old.py <<'END'
import sys
import koopsweep
for path in sys.argv[1:]:
    run = koopsweep.open(path)
    trials, loss, rho = run.trials(), run.series('loss'), run.series('rksp/rho')
    assert set(rho) == {'id', 'step', 'layer', 'value'} and len(rho['value']) > 0, path
    for id, first in zip(trials['id'], trials['outcome/loss_first']):
        own = loss['value'][(loss['id'] == id) & (loss['step'] == 0)]
        assert len(own) == 0 or own == [first], path
print('as they were')
END
expect 0 'as they were' env PYTHONPATH="$root/python" $python old.py pairs
