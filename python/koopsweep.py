"""What a training program needs to run under koopsweep: docs/external.md, in Python.

    import koopsweep as ks
    for step in range(ks.params["steps"]):
        ...
        if ks.log(step, loss=loss, grad_norm=norm):     # True: the trial is to end
            break

And what came of it, as arrays of numpy (docs/store-format.md):

    run = ks.open("runs/mine")
    pandas.DataFrame(run.trials())          # a row per trial: id, state, config/..., every scalar
    pandas.DataFrame(run.series("loss"))    # a row per step; "valid/loss" and "rksp/rho" likewise

`ks.open("all.h5")`, of what `koopsweep merge` wrote, gives the same.

Standard library only; torch, numpy and h5py are imported by the functions that need them. Outside
koopsweep it works too: parameters are then empty, and files go to the working directory.
"""
import array
import ctypes
import glob
import io
import json
import os
import re
import struct
import sys
import time
from builtins import open as _open  # ours, below, opens a run

DIR = os.environ.get("KOOPSWEEP_DIR", ".")
CHECKPOINTS = os.environ.get("KOOPSWEEP_CHECKPOINTS", os.path.join(DIR, "checkpoints"))
ATTEMPT = int(os.environ.get("KOOPSWEEP_ATTEMPT", 0))
SEED = int(os.environ.get("KOOPSWEEP_SEED", 0))
SNAPSHOTS = [int(step) for step in os.environ.get("KOOPSWEEP_SNAPSHOTS", "").split()]
_started, _left = time.monotonic(), os.environ.get("KOOPSWEEP_SECONDS_LEFT")
_metrics = None


def _path(*names):
    return os.path.join(DIR, *names)


def _read(name, otherwise):
    try:
        with _open(_path(name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return otherwise


params = _read("params.json", {})


def _plain(value):
    """A number of any library (0-d tensors, numpy scalars) as one of Python's."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value if isinstance(value, (bool, int, float, str)) else float(value)


def _append(line):
    global _metrics
    if _metrics is None:
        _metrics = _open(_path("metrics.jsonl"), "a", encoding="utf-8", buffering=1)
    _metrics.write(json.dumps(line) + "\n")


def stopping():
    """True when the trial is to end."""
    return os.path.exists(_path("stop"))


def log(step, **values):
    """One line: loss, grad_norm, lr, and whatever else is a number. True when the trial is to end."""
    _append({"step": int(step), "attempt": ATTEMPT, **{k: _plain(v) for k, v in values.items()}})
    return stopping()


def summary(**values):
    """Numbers that hold of the whole trial: predictors of your own."""
    _append({"attempt": ATTEMPT, "summary": _plain(values)})


def seconds_left():
    """Until the sweep will stop; infinity where nobody knows."""
    return float(_left) - (time.monotonic() - _started) if _left else float("inf")


def wants_snapshot(step):
    return step in SNAPSHOTS


def _floats(state):
    """Shape and bytes of [..., d] numbers: a tensor of torch or numpy, or a list of lists."""
    if isinstance(state, list):
        numbers = array.array("f", (x for row in state for x in row))
        if sys.byteorder == "big":
            numbers.byteswap()
        return [len(state), len(state[0])], numbers.tobytes()
    if hasattr(state, "detach"):  # torch, which may be there without numpy
        state = state.detach().reshape(-1, state.shape[-1]).float().cpu().contiguous()
        return list(state.shape), ctypes.string_at(state.data_ptr(), 4 * state.numel())
    state = state.reshape(-1, state.shape[-1]).astype("<f4")
    return list(state.shape), state.tobytes()


def snapshot(step, states):
    """Residual states at `step`: a list of [..., d], what enters the first block and what leaves each
    block, without the final norm, for RKSP."""
    header, blobs, offset = {"__metadata__": {"format": "koopsweep-h/1", "step": str(step)}}, [], 0
    for number, state in enumerate(states):
        shape, blob = _floats(state)
        header[f"h.{number}"] = {"dtype": "F32", "shape": shape,
                                 "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    os.makedirs(_path("snapshots"), exist_ok=True)
    path = _path("snapshots", f"{step:06d}.safetensors")
    with _open(path + ".new", "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.writelines(blobs)
    os.replace(path + ".new", path)


class watch:
    """Collects the residual stream of `model` while it runs, by forward hooks: what enters the first
    of `layers` (modules, their names, or a pattern such as r"h\\.\\d+") and what leaves each.

        with koopsweep.watch(model, r"blocks\\.\\d+") as seen, torch.no_grad():
            for batch in batches: model(batch)
        koopsweep.snapshot(0, seen.states())
    """

    def __init__(self, model, layers):
        if isinstance(layers, str):
            layers = [m for name, m in model.named_modules() if re.fullmatch(layers, name)]
        modules = dict(model.named_modules())
        self.layers = [modules[layer] if isinstance(layer, str) else layer for layer in layers]
        if not self.layers:
            raise ValueError("no module of the model has such a name")
        self.seen = [[] for _ in range(len(self.layers) + 1)]
        try:  # Hugging Face hands states over by name; torch shows those from 2.0 on
            self.hooks = [self.layers[0].register_forward_pre_hook(
                lambda _, given, named: self._keep(0, given[0] if given else named["hidden_states"]),
                with_kwargs=True)]
        except TypeError:
            self.hooks = [self.layers[0].register_forward_pre_hook(
                lambda _, given: self._keep(0, given[0]))]
        for number, layer in enumerate(self.layers):
            self.hooks.append(layer.register_forward_hook(
                lambda _, __, out, n=number + 1: self._keep(n, out)))

    def _keep(self, number, state):  # returns nothing: a hook's result would take the state's place
        state = state[0] if isinstance(state, tuple) else state
        self.seen[number].append(state.detach().reshape(-1, state.shape[-1]).float().cpu())

    def states(self):
        import torch
        return [torch.cat(parts) for parts in self.seen]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for hook in self.hooks:
            hook.remove()


def decision(seconds=600):
    """Waits for what follows from the states of step 0: {"go": bool, "on": bool, "risk": float}."""
    end = time.monotonic() + seconds
    while not os.path.exists(_path("decision.json")) and time.monotonic() < end and not stopping():
        time.sleep(0.05)
    return _read("decision.json", {"go": not stopping(), "on": True, "risk": None})


def checkpoint(name):
    """Path of a state in the trial's own folder. Write to another name, then os.replace."""
    os.makedirs(CHECKPOINTS, exist_ok=True)
    return os.path.join(CHECKPOINTS, name)


def checkpointed(step, name):
    """Says that the state of that name is whole."""
    _append({"step": int(step), "attempt": ATTEMPT, "checkpoint": name})


def again():
    """Ends the program: it has left a checkpoint, and is to be started again."""
    sys.exit(75)


# --- reading a run, with h5py and numpy ---

_MASK = (1 << 64) - 1
_PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
           0x27D4EB2F165667C5)


def _rotate(x, n):
    return (x << n | x >> (64 - n)) & _MASK


def _xxh64_slow(data):
    """XXH64 with seed 0, the checksum of format 2."""
    p, q, r, s, t = _PRIMES

    def turn(sum, lane):
        return _rotate((sum + lane * q) & _MASK, 31) * p & _MASK
    at, size = 0, len(data)
    sums = [(p + q) & _MASK, q, 0, -p & _MASK]
    lanes = memoryview(data[:size // 8 * 8]).cast("Q")
    if size >= 32:
        for at in range(0, size // 32 * 4, 4):
            sums = [turn(sums[i], lanes[at + i]) for i in range(4)]
        at = size // 32 * 4
        hash = sum(_rotate(x, n) for x, n in zip(sums, (1, 7, 12, 18))) & _MASK
        for x in sums:
            hash = ((hash ^ turn(0, x)) * p + s) & _MASK
    else:
        hash = t
    hash = (hash + size) & _MASK
    for lane in lanes[at:]:
        hash = (_rotate(hash ^ turn(0, lane), 27) * p + s) & _MASK
    rest = data[len(lanes) * 8:]
    if len(rest) >= 4:
        hash ^= int.from_bytes(rest[:4], "little") * p & _MASK
        hash = (_rotate(hash, 23) * q + r) & _MASK
        rest = rest[4:]
    for byte in rest:
        hash = _rotate(hash ^ byte * t & _MASK, 11) * p & _MASK
    hash = (hash ^ hash >> 33) * q & _MASK
    hash = (hash ^ hash >> 29) * r & _MASK
    return hash ^ hash >> 32


def _xxh64(data):
    try:
        import xxhash  # where there is one, a hundred times as fast
    except ImportError:
        return _xxh64_slow(data)
    return xxhash.xxh64_intdigest(data)


def _fnv(data):
    """FNV-1a with MurmurHash3's finalizer, the checksum of format 1."""
    hash = 0xCBF29CE484222325
    for byte in data:
        hash = (hash ^ byte) * 0x100000001B3 & _MASK
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD & _MASK
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return hash ^ hash >> 33


def _fields(data):
    """First line and fields of a seal, as they stand there."""
    first, *lines = data[:512].decode("ascii", "replace").split("\n")
    return first, dict(line.split(" ", 1) for line in lines[:4] if " " in line)


def _check(data, kind):
    """The seal's fields of a whole file; ValueError when it is damaged."""
    first, seal = _fields(data)
    digits = seal["checksum"].encode()
    if int(seal["bytes"]) != len(data):
        raise ValueError("its length")
    data = data[:512].replace(b"checksum " + digits, b"checksum " + b"0" * 16) + data[512:]
    sums = {f"koopsweep {kind}, format 1": _fnv, f"koopsweep {kind}, format 2": _xxh64}
    if sums[first](data) != int(digits, 16):
        raise ValueError("its checksum")
    return seal


class Run:
    """The results of a run as they lie there when it is opened; damaged ones are a ValueError."""

    def __init__(self, run):
        if not os.path.exists(f"{run}/spec.expanded.yaml"):
            raise FileNotFoundError(f"{run} is no run directory")
        self.run = run
        self.look()

    def look(self):
        """Where each result lies, in self.places: {id: (path, offset, size)}, size -1: all of the file.

        A file of its own goes before segments, a later segment before an earlier one. Files move from
        folders into segments: one that is gone when it is read is in a segment that is there by then.
        """
        self.places, own, withdrawn = {}, {}, set()
        if os.path.exists(f"{self.run}/withdrawn"):
            with _open(f"{self.run}/withdrawn") as file:
                withdrawn = {tuple(line.split()) for line in file}
        for path in glob.glob(f"{glob.escape(self.run)}/trials/??/????????????.h5"):
            try:
                with _open(path, "rb") as file:
                    seal = file.read(512)
            except FileNotFoundError:
                continue
            id = os.path.basename(path)[:12]
            if (id, _fields(seal)[1].get("checksum")) not in withdrawn:
                own[id] = path, 0, -1
        for path in sorted(glob.glob(f"{glob.escape(self.run)}/segments/*.segment")):
            self._add_segment(path, withdrawn)
        self.places.update(own)
        if os.path.exists(f"{self.run}/history"):
            self._leave_out()

    def _leave_out(self):
        """Of a run that was extended: results that its present spec does not have are in no table."""
        import h5py
        with h5py.File(f"{self.run}/sweep.h5", "r") as index:
            present = set(index["id"].asstr()[:])
        self.places = {id: place for id, place in self.places.items() if id in present}

    def _add_segment(self, path, withdrawn):
        with _open(path, "rb") as file:
            seal = file.read(512)
            size = int(_fields(seal)[1]["bytes"])
            _check(seal + file.read(size - 512), "segment")
            file.seek(512)
            for line in file.read(size - 512).decode("ascii").splitlines():
                id, offset, length, sum, _ = line.split()
                if (id, sum) not in withdrawn:
                    self.places[id] = path, int(offset), int(length)

    def bytes_of(self, id):
        path, offset, size = self.places[id]
        with _open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def read(self, id):
        """A trial's HDF5 file, every byte checked."""
        import h5py
        try:
            data = self.bytes_of(id)
        except FileNotFoundError:  # packed meanwhile
            self.look()
            data = self.bytes_of(id)
        path = self.places[id][0]
        try:
            name = _check(data, "trial")["name"]
        except (ValueError, KeyError) as what:
            raise ValueError(f"{path} is damaged: {what}") from None
        if name != id:
            raise ValueError(f"{path} is damaged: it is of trial {name}")
        return h5py.File(io.BytesIO(data), "r")

    def __iter__(self):
        """(id, file) of each trial, one at a time."""
        for id in sorted(self.places):
            with self.read(id) as file:
                yield id, file

    def trials(self):
        """{column: array}, a row per trial that has ended. A number that a trial has not is NaN there."""
        rows = []
        for id, file in self:
            row = {name: file.attrs[name] for name in ("id", "state", "index", "replica", "arm", "pair")}
            row.update((f"config/{key}", value) for key, value in options(file).items())
            row.update(scalars(file))
            own = (pair.split("=") for pair in row.get("external/summary", "").split())
            row.update((f"external/{name}", float(number)) for name, number in own)
            rows.append(row)
        rows.sort(key=lambda row: row["index"])
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: _column([row.get(name) for row in rows]) for name in names}

    def series(self, name):
        """{column: array}, a row per entry: id, step, one for each axis beyond the first, value.

        "loss" is series/loss, or what a program of one's own logged under that name."""
        import numpy
        path = name if "/" in name else f"series/{name}"
        return _long(path, ((id, *_entries(file, path)) for id, file in self))


def _long(path, parts):
    """A row for each entry of (id, array, steps of the first axis, names of the further axes)."""
    import numpy
    columns = {}
    for id, data, steps, axes in parts:
        if data is None:
            continue
        index = numpy.indices(data.shape).reshape(data.ndim, -1)
        part = {"id": numpy.full(data.size, id, object), "step": steps[index[0]]}
        part.update((name, index[1 + i]) for i, name in enumerate(axes))
        part["value"] = data.reshape(-1)
        for key, values in part.items():
            columns.setdefault(key, []).append(values)
    if not columns:
        raise KeyError(f"no trial has {path}")
    return {key: numpy.concatenate(parts) for key, parts in columns.items()}


def _entries(file, path):
    """A series of a trial's file as an array, the steps of its first axis, and the names of the others;
    None where the trial has none."""
    if path in file:
        return file[path][...], file[path.split("/")[0] + "/step"][:], _axes(file, path)[1:]
    names = dict(scalars(file)).get("external/series_names", "").split()
    own = path.split("/", 1)[1]
    if own not in names:
        return None, None, None
    return file["external/series"][:, names.index(own)], file["series/step"][:], []


def labels(file):
    """{path: {"shape", "unit", "writer", "long_name"}} of what a trial's file holds."""
    names = "shape", "unit", "writer", "long_name"
    if "labels" in file:
        rows = (line.split(" ", 4) for line in file["labels"].asstr()[:])
        return {path: dict(zip(names, ("" if word == "-" else word for word in words)))
                for path, *words in rows}
    found = {}  # layout 1

    def note(path, item):
        if hasattr(item, "dims"):
            found[path] = item  # and returns None: anything else would end the visit

    file.visititems(note)
    return {path: {"shape": f"[{','.join(axis.label for axis in d.dims)}]" if d.shape else "",
                   **{name: d.attrs[name] for name in names[1:]}} for path, d in found.items()}


def _axes(file, path):
    """Names of the axes of a data set."""
    return labels(file)[path]["shape"][1:-1].split(",")


def options(file):
    """{option: value} of a trial's file: those at their defaults are lines of a text."""
    found = {}
    for line in file["config/defaults"].asstr()[:] if "defaults" in file["config"] else ():
        key, value = line.split(": ", 1)
        found[key] = json.loads(value) if value.startswith('"') else float(value)
    found.update(file["config"].attrs)
    return found


def scalars(file):
    """(path, value) of every scalar of a trial's file: attributes of its groups."""
    import h5py
    found = []

    def visit(name, d):
        if isinstance(d, h5py.Group) and name != "config":
            found.extend((f"{name}/{key}", value) for key, value in d.attrs.items())
        elif getattr(d, "shape", 1) == ():  # layout 1
            found.append((name, d.asstr()[()] if h5py.check_string_dtype(d.dtype) else d[()]))
    file.visititems(visit)
    return found


class Merged:
    """The results of a run as `koopsweep merge` wrote them."""

    def __init__(self, path):
        import h5py
        self.file = h5py.File(path, "r")
        if self.file.attrs["format"] != "koopsweep merged":
            raise ValueError(f"{path} is not what `koopsweep merge` writes")
        ids, states = self.file["id"].asstr()[:], self.file["state"].asstr()[:]
        self.rows = {id: row for row, id in enumerate(ids) if states[row] != "PENDING"}
        self._counts = {axis: count[:] for axis, count in self.file.get("count", {}).items()}
        self._firsts = {axis: first[:] for axis, first in self.file.get("first", {}).items()}

    def trials(self):
        """{column: array}, a row per trial that has ended."""
        import h5py
        found, rows = {"index": list(self.rows.values())}, list(self.rows.values())

        def visit(name, d):
            is_column = isinstance(d, h5py.Dataset) and len(d.dims) == 1 and d.shape == self.file["id"].shape
            if is_column and not name.startswith(("first/", "count/", "trial_of_")) and not self.axes(d)[0]:
                values = d.asstr()[:] if h5py.check_string_dtype(d.dtype) else d[:]
                found[name] = values[rows]
        self.file.visititems(visit)
        return found

    @staticmethod
    def axes(dataset):
        """Names of the axes of an array, as of a trial's; "" of a column of the table."""
        return [axis.label for axis in dataset.dims]

    def array(self, id, path, data=None):
        """A trial's array, as its own file has it; None where it has none."""
        if path not in self.file:
            return None
        axes, row = self.axes(self.file[path]), self.rows[id]
        counts = [self._counts[axis][row] for axis in axes]
        first = self._firsts[axes[0]][row]
        data = self.file[path] if data is None else data
        return data[(slice(first, first + counts[0]), *(slice(count) for count in counts[1:]))]

    def series(self, name):
        """{column: array}, as Run.series; entries that a trial has not are NaN, or the _FillValue."""
        path = name if "/" in name else f"series/{name}"
        own, data = path.split("/", 1)[1], self.file[path][...] if path in self.file else None
        steps = self.file[path.split("/")[0] + "/step"][:]
        if data is not None:
            axes = self.axes(self.file[path])
            return _long(path, ((id, self.array(id, path, data), self._steps(id, axes[0], steps), axes[1:])
                                for id in sorted(self.rows) if self._counts[axes[0]][self.rows[id]]))
        names = self.file["external/series_names"].asstr()[:]
        return _long(path, ((id, self.array(id, "external/series")[:, names[row].split().index(own)],
                             self._steps(id, "step", steps), [])
                            for id, row in sorted(self.rows.items()) if own in names[row].split()))

    def _steps(self, id, axis, steps):
        row = self.rows[id]
        return steps[self._firsts[axis][row]:][:self._counts[axis][row]]


def _column(values):
    """int64 where every trial has an integer; float64, NaN where one has none; text otherwise."""
    import numpy
    if any(isinstance(value, str) for value in values):
        return numpy.array(["" if value is None else value for value in values], object)
    if all(isinstance(value, (int, numpy.integer)) for value in values):
        return numpy.array(values, numpy.int64)
    return numpy.array([numpy.nan if value is None else value for value in values], numpy.float64)


def open(run):
    """A run as arrays of numpy, which pandas.DataFrame takes: open("runs/mine").trials(). A directory, or
    the file that `koopsweep merge` made of it."""
    return Merged(run) if os.path.isfile(run) else Run(run)
