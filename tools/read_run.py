#!/usr/bin/env python3
"""Reads a run as docs/store-format.md describes it, knowing nothing of koopsweep's code.

usage: read_run.py RUN              a line per trial: id, state, where its result lies
       read_run.py RUN TABLE.h5     compares every scalar with the table of `koopsweep merge` or sweep.h5
"""
import glob
import io
import os
import sys

import h5py

M = (1 << 64) - 1
P = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(x, n):
    return (x << n | x >> (64 - n)) & M


def xxh64(data):
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


def fnv(data):
    """FNV-1a with MurmurHash3's finalizer, the checksum of format 1."""
    hash = 0xCBF29CE484222325
    for byte in data:
        hash = (hash ^ byte) * 0x100000001B3 & M
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD & M
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53 & M
    return hash ^ hash >> 33


def check(data, kind):
    """The seal's fields of a whole file; ValueError when it is damaged."""
    first, *lines = data[:512].decode('ascii').split('\n')
    seal = dict(line.split(' ', 1) for line in lines[:4])
    digits = seal['checksum'].encode()
    if int(seal['bytes']) != len(data):
        raise ValueError('its length')
    data = data[:512].replace(b'checksum ' + digits, b'checksum ' + b'0' * 16) + data[512:]
    sums = {f'koopsweep {kind}, format 1': fnv, f'koopsweep {kind}, format 2': xxh64}
    if sums[first](data) != int(digits, 16):
        raise ValueError('its checksum')
    return seal


def results(run):
    """{id: (bytes, where)}: later segments before earlier ones, files of their own before all."""
    with open(f'{run}/withdrawn') if os.path.exists(f'{run}/withdrawn') else io.StringIO() as file:
        withdrawn = {tuple(line.split()) for line in file}
    found = {}
    for path in sorted(glob.glob(f'{run}/segments/*.segment')):
        data = open(path, 'rb').read()
        size = int(data[:512].split(b'\nbytes ')[1].split(b'\n')[0])
        check(data[:size], 'segment')
        for line in data[512:size].decode('ascii').splitlines():
            id, offset, length, sum, _ = line.split()
            if (id, sum) not in withdrawn:
                found[id] = data[int(offset):int(offset) + int(length)], path
    for path in glob.glob(f'{run}/trials/??/????????????.h5'):
        data, id = open(path, 'rb').read(), os.path.basename(path)[:12]
        if (id, check(data, 'trial')['checksum']) not in withdrawn:
            found[id] = data, path
    return found


def is_same(a, b):
    return a == b or (a != a and b != b)


def compare(trials, path):
    """Every scalar of every trial against its row; how many were compared."""
    table, count = h5py.File(path, 'r'), 0
    rows = {id: row for row, id in enumerate(table['id'].asstr()[:])}
    states = table['state'].asstr()[:]
    assert {id for id, row in rows.items() if states[row] != 'PENDING'} == set(trials), 'other trials'
    columns = {}
    for id, trial in trials.items():
        assert states[rows[id]] == trial.attrs['state'], id
        scalars = []
        trial.visititems(lambda name, d: scalars.append(d) if getattr(d, 'shape', 1) == () else None)
        for scalar in scalars:
            text = h5py.check_string_dtype(scalar.dtype)
            if scalar.name not in columns:
                column = table[scalar.name]
                columns[scalar.name] = column.asstr()[:] if text else column[:]
            value = scalar.asstr()[()] if text else scalar[()]
            assert is_same(columns[scalar.name][rows[id]], value), (id, scalar.name)
            count += 1
    return count


def main(run, table=None):
    trials = {}
    for id, (data, where) in sorted(results(run).items()):
        assert check(data, 'trial')['name'] == id
        trials[id] = h5py.File(io.BytesIO(data), 'r')
        if not table:
            print(id, trials[id].attrs['state'], where)
    if table:
        print(f'{len(trials)} trials, {compare(trials, table)} scalars are those of {table}')


main(*sys.argv[1:])
