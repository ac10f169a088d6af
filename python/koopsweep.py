"""What a training program needs to run under koopsweep: docs/external.md, in Python.

    import koopsweep as ks
    for step in range(ks.params["steps"]):
        ...
        if ks.log(step, loss=loss, grad_norm=norm):     # True: the trial is to end
            break

Standard library only; torch and safetensors are imported by the functions that need them. Outside
koopsweep it works too: parameters are then empty, and files go to the working directory.
"""
import array
import ctypes
import json
import os
import re
import struct
import sys
import time

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
        with open(_path(name), encoding="utf-8") as file:
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
        _metrics = open(_path("metrics.jsonl"), "a", encoding="utf-8", buffering=1)
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
    with open(path + ".new", "wb") as file:
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
