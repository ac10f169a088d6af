#!/usr/bin/env python3
"""Reads a run as docs/store-format.md describes it, knowing nothing of koopsweep's code.

usage: read_run.py RUN              a line per trial: id, state, where its result lies
       read_run.py RUN TABLE.h5     compares every scalar with the table of `koopsweep merge` or sweep.h5

From Python (columns are numpy arrays, so that pandas.DataFrame takes what these return):

    import read_run
    run = read_run.open("runs/quickstart")
    run.trials()                    # a row per trial that has ended: id, state, config/..., every scalar
    run.series("loss")              # a row per step: id, step, value; "valid/loss" and "rksp/rho" likewise
"""
import glob
import io
import os
import sys

import h5py
import numpy

M = (1 << 64) - 1
P = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(x, n):
    return (x << n | x >> (64 - n)) & M


def xxh64_slow(data):
    """XXH64 with seed 0, the checksum of format 2."""
    def turn(sum, lane):
        return rotate((sum + lane * P[1]) & M, 31) * P[0] & M
    at, size = 0, len(data)
    sums = [(P[0] + P[1]) & M, P[1], 0, -P[0] & M]
    lanes = memoryview(data[:size // 8 * 8]).cast('Q')
    if size >= 32:
        for at in range(0, size // 32 * 4, 4):
            sums = [turn(sums[i], lanes[at + i]) for i in range(4)]
        at = size // 32 * 4
        hash = sum(rotate(s, n) for s, n in zip(sums, (1, 7, 12, 18))) & M
        for s in sums:
            hash = ((hash ^ turn(0, s)) * P[0] + P[3]) & M
    else:
        hash = P[4]
    hash = (hash + size) & M
    for lane in lanes[at:]:
        hash = (rotate(hash ^ turn(0, lane), 27) * P[0] + P[3]) & M
    rest = data[len(lanes) * 8:]
    if len(rest) >= 4:
        hash = (rotate(hash ^ int.from_bytes(rest[:4], 'little') * P[0] & M, 23) * P[1] + P[2]) & M
        rest = rest[4:]
    for byte in rest:
        hash = rotate(hash ^ byte * P[4] & M, 11) * P[0] & M
    hash = (hash ^ hash >> 33) * P[1] & M
    hash = (hash ^ hash >> 29) * P[2] & M
    return hash ^ hash >> 32


try:
    import xxhash  # where there is one, a hundred times as fast
    def xxh64(data):
        return xxhash.xxh64_intdigest(data)
except ImportError:
    xxh64 = xxh64_slow


def fnv(data):
    """FNV-1a with MurmurHash3's finalizer, the checksum of format 1."""
    hash = 0xCBF29CE484222325
    for byte in data:
        hash = (hash ^ byte) * 0x100000001B3 & M
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD & M
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53 & M
    return hash ^ hash >> 33


def fields(data):
    """First line and fields of a seal, as they stand there."""
    first, *lines = data[:512].decode('ascii', 'replace').split('\n')
    return first, dict(line.split(' ', 1) for line in lines[:4] if ' ' in line)


def check(data, kind):
    """The seal's fields of a whole file; ValueError when it is damaged."""
    first, seal = fields(data)
    digits = seal['checksum'].encode()
    if int(seal['bytes']) != len(data):
        raise ValueError('its length')
    data = data[:512].replace(b'checksum ' + digits, b'checksum ' + b'0' * 16) + data[512:]
    sums = {f'koopsweep {kind}, format 1': fnv, f'koopsweep {kind}, format 2': xxh64}
    if sums[first](data) != int(digits, 16):
        raise ValueError('its checksum')
    return seal


class Run:
    """The results of a run as they lie there when it is opened; damaged ones are a ValueError."""

    def __init__(self, run):
        if not os.path.exists(f'{run}/spec.expanded.yaml'):
            raise FileNotFoundError(f'{run} is no run directory')
        self.run = run
        self.look()

    def look(self):
        """Where each result lies, in self.places: {id: (path, offset, size)}, size -1: all of the file.

        A file of its own goes before segments, a later segment before an earlier one. Files move from
        folders into segments: one that is gone when it is read is in a segment that is there by then.
        """
        self.places, own = {}, {}
        with io.open(f'{self.run}/withdrawn') if os.path.exists(f'{self.run}/withdrawn') else io.StringIO() as file:
            withdrawn = {tuple(line.split()) for line in file}
        for path in glob.glob(f'{self.run}/trials/??/????????????.h5'):
            try:
                with io.open(path, 'rb') as file:
                    seal = file.read(512)
            except FileNotFoundError:
                continue
            id = os.path.basename(path)[:12]
            if (id, fields(seal)[1].get('checksum')) not in withdrawn:
                own[id] = path, 0, -1
        for path in sorted(glob.glob(f'{self.run}/segments/*.segment')):
            self.add_segment(path, withdrawn)
        self.places.update(own)
        if os.path.exists(f'{self.run}/history'):
            self.leave_out()

    def leave_out(self):
        """Of a run that was extended: results that its present spec does not have are in no table."""
        with h5py.File(f'{self.run}/sweep.h5', 'r') as index:
            present = set(index['id'].asstr()[:])
        self.places = {id: place for id, place in self.places.items() if id in present}

    def add_segment(self, path, withdrawn):
        with io.open(path, 'rb') as file:
            seal = file.read(512)
            size = int(fields(seal)[1]['bytes'])
            check(seal + file.read(size - 512), 'segment')
            file.seek(512)
            for line in file.read(size - 512).decode('ascii').splitlines():
                id, offset, length, sum, _ = line.split()
                if (id, sum) not in withdrawn:
                    self.places[id] = path, int(offset), int(length)

    @staticmethod
    def sealed(data, path, id):
        try:
            seal = check(data, 'trial')
        except (ValueError, KeyError) as what:
            raise ValueError(f'{path} is damaged: {what}') from None
        if seal['name'] != id:
            raise ValueError(f'{path} is damaged: it is of trial {seal["name"]}')
        return seal

    def bytes_of(self, id):
        path, offset, size = self.places[id]
        with io.open(path, 'rb') as file:
            file.seek(offset)
            return file.read(size)

    def read(self, id):
        """A trial's HDF5 file, every byte checked."""
        try:
            data = self.bytes_of(id)
        except FileNotFoundError:  # packed meanwhile
            self.look()
            data = self.bytes_of(id)
        self.sealed(data, self.places[id][0], id)
        return h5py.File(io.BytesIO(data), 'r')

    def __iter__(self):
        """(id, file) of each trial, one at a time."""
        for id in sorted(self.places):
            with self.read(id) as file:
                yield id, file

    def trials(self):
        """{column: array}, a row per trial that has ended. A number that a trial has not is NaN there."""
        rows = []
        for id, file in self:
            row = {name: file.attrs[name] for name in ('id', 'state', 'index', 'replica', 'arm', 'pair')}
            row.update((f'config/{key}', value) for key, value in file['config'].attrs.items())
            row.update(scalars(file))
            own = (pair.split('=') for pair in row.get('external/summary', '').split())
            row.update((f'external/{name}', float(number)) for name, number in own)
            rows.append(row)
        rows.sort(key=lambda row: row['index'])
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: column([row.get(name) for row in rows]) for name in names}

    def series(self, name):
        """{column: array}, a row per entry: id, step, one for each axis beyond the first, value.

        "loss" is series/loss, or what a program of one's own logged under that name."""
        columns, path = {}, name if '/' in name else f'series/{name}'
        for id, file in self:
            data, steps = entries(file, path)
            if data is None:
                continue
            index = numpy.indices(data.shape).reshape(data.ndim, -1)
            part = {'id': numpy.full(data.size, id, object), 'step': steps[index[0]]}
            for axis in range(1, data.ndim):
                part[file[path].dims[axis].label] = index[axis]
            part['value'] = data.reshape(-1)
            for key, values in part.items():
                columns.setdefault(key, []).append(values)
        if not columns:
            raise KeyError(f'no trial has {path}')
        return {key: numpy.concatenate(parts) for key, parts in columns.items()}


def open(run):
    return Run(run)


def entries(file, path):
    """A series as an array and the steps of its first axis; None, None where the trial has none."""
    if path in file:
        return file[path][...], file[path.split('/')[0] + '/step'][:]
    names = file['external/series_names'].asstr()[()].split() if 'external/series' in file else []
    own = path.split('/', 1)[1]
    if own not in names:
        return None, None
    return file['external/series'][:, names.index(own)], file['series/step'][:]


def scalars(file):
    """(path, value) of every scalar data set."""
    found = []
    file.visititems(lambda name, d: found.append((name, d)) if getattr(d, 'shape', 1) == () else None)
    return [(name, d.asstr()[()] if h5py.check_string_dtype(d.dtype) else d[()]) for name, d in found]


def column(values):
    """int64 where every trial has an integer; float64, NaN where one has none; text otherwise."""
    if any(isinstance(value, str) for value in values):
        return numpy.array(['' if value is None else value for value in values], object)
    if all(isinstance(value, (int, numpy.integer)) for value in values):
        return numpy.array(values, numpy.int64)
    return numpy.array([numpy.nan if value is None else value for value in values], numpy.float64)


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
        options = [(f'config/{key}', value) for key, value in trial['config'].attrs.items()]
        for name, value in scalars(trial) + options:
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


def main(path, table=None):
    run = open(path)
    if table:
        print(f'{len(run.places)} trials, {compare(run, table)} scalars are those of {table}')
    for id, trial in () if table else run:
        print(id, trial.attrs['state'], run.places[id][0])


if __name__ == '__main__':
    main(*sys.argv[1:])
