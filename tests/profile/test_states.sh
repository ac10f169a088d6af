#!/bin/sh
# States that NumPy saved, packed or not, are those that it put into an HDF5 file; what is damaged
# has one clear sentence.
. tests/script.sh
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }
cat >save.py <<'END'
import h5py
import numpy
draw = numpy.random.default_rng(3)
states = {'h.0': draw.standard_normal((500, 12))}
for l in range(2):
    states[f'h.{l + 1}'] = states[f'h.{l}'] @ (numpy.eye(12) + .2 * draw.standard_normal((12, 12)))
states = {name: state.astype('f2') for name, state in states.items()} # any of the types holds these
with h5py.File('states.h5', 'w') as file:
    for name, state in states.items():
        file[name] = state.astype('f4')
numpy.savez('stored.npz', **states)
numpy.savez_compressed('f4.npz', **{name: state.astype('f4') for name, state in states.items()})
numpy.savez_compressed('mixed.npz', **{'h.0': states['h.0'].astype('f8'), 'h.1': states['h.1'], 'h.2': states['h.2']})
numpy.savez('integers.npz', **{name: state.astype('i4') for name, state in states.items()})
numpy.savez('columns.npz', **{name: numpy.asfortranarray(state) for name, state in states.items()})
numpy.savez('short.npz', **{'h.0': states['h.0'], 'h.1': states['h.1'][:7]})
END
$python save.py || fail 'states cannot be saved'
numbers() { "$program" profile --states "$1" -f csv | cut -d, -f1-18; }
numbers states.h5 >h5.csv
[ "$(grep -c '^profile,full,[01],' h5.csv)" -eq 2 ] || fail 'not one row per transition'
for file in stored f4 mixed; do
    numbers $file.npz | cmp - h5.csv || fail "$file.npz has other numbers"
done
expect 5 'has no matrices h.0 and h.1' "$program" profile --states integers.npz
expect 5 'has no matrices h.0 and h.1' "$program" profile --states columns.npz
expect 5 'h.1 is [7, 12], and h.0 [500, 12]' "$program" profile --states short.npz
head -c 20000 f4.npz >cut.npz
expect 5 'is truncated, or no zip archive' "$program" profile --states cut.npz
cp stored.npz bent.npz && printf x | dd of=bent.npz bs=1 seek=9000 conv=notrunc 2>/dev/null
expect 5 'is damaged: CRC error' "$program" profile --states bent.npz
