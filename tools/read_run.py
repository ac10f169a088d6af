#!/usr/bin/env python3
"""Reads a run as docs/store-format.md describes it, with python/koopsweep.py alone, which knows nothing
of koopsweep's code.

usage: read_run.py RUN              a line per trial: id, state, where its result lies
       read_run.py RUN TABLE.h5     compares every scalar with the table of `koopsweep merge` or sweep.h5,
                                    and with the former every array, too
"""
import os
import sys

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'python'))
import koopsweep  # noqa: E402


def is_same(a, b):
    return a == b or (a != a and b != b)


def compare(run, path):
    """Every scalar and option of every trial against its row, and their types; how many were compared."""
    table, count = h5py.File(path, 'r'), 0
    rows = {id: row for row, id in enumerate(table['id'].asstr()[:])}
    states = table['state'].asstr()[:]
    assert {id for id, row in rows.items() if states[row] != 'PENDING'} == set(run.places), 'other trials'
    columns, integers = {}, {}
    for id, trial in run:
        assert states[rows[id]] == trial.attrs['state'], id
        options = [(f'config/{key}', value) for key, value in koopsweep.options(trial).items()]
        for name, value in koopsweep.scalars(trial) + options:
            if name not in columns:
                found = table[name]
                columns[name] = found.asstr()[:] if h5py.check_string_dtype(found.dtype) else found[:]
            assert is_same(columns[name][rows[id]], value), (id, name)
            if isinstance(value, numpy.integer):
                integers[name] = integers.get(name, 0) + 1
            count += 1
    for name, trials in integers.items():
        wanted = numpy.int64 if trials == len(rows) else numpy.float64
        assert columns[name].dtype == wanted, (name, columns[name].dtype)
    return count


def compare_arrays(run, path):
    """Every array of every trial against what the merged file has of it, bit for bit; how many."""
    merged, count = koopsweep.open(path), 0
    assert set(merged.rows) == set(run.places), 'other trials'
    for id, trial in run:
        arrays = [name for name, label in koopsweep.labels(trial).items() if label['shape'] and '/' in name]
        for name in arrays:
            was, now = trial[name][...], merged.array(id, name)
            assert (was.shape, was.dtype, was.tobytes()) == (now.shape, now.dtype, now.tobytes()), (id, name)
            assert merged.file[name].attrs['unit'] == koopsweep.labels(trial)[name]['unit'], name
        for name in 'program', 'commit', 'host', 'created':
            assert merged.file[f'file/{name}'].asstr()[merged.rows[id]] == trial.attrs[name], (id, name)
        count += len(arrays)
    return count


def main(path, table=None):
    run = koopsweep.open(path)
    if table:
        print(f'{len(run.places)} trials, {compare(run, table)} scalars are those of {table}')
        if h5py.File(table, 'r').attrs['format'] == 'koopsweep merged':
            print(f'{compare_arrays(run, table)} arrays are those of {table}')
    for id, trial in () if table else run:
        print(id, trial.attrs['state'], run.places[id][0])


if __name__ == '__main__':
    main(*sys.argv[1:])
