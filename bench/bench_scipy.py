#!/usr/bin/env python3
"""bench_scipy.py: the layer profile (RKSP) beside the same quantities by NumPy and SciPy.

usage: bench_scipy.py [--build build] [d,N]...          default: 256,2048 768,2048

Needs NumPy and SciPy, which koopsweep itself does not. One thread each, milliseconds of processor
time; the two programs take turns, so that a machine that changes speed spoils neither; medians of
the turns. Both compute masses, rho, kappa(V), eta_nl, the change, Henrici's number and the residuals
of all modes in float64, by left and right eigenvectors; neither the Kreiss constants, which SciPy does
not have. First the numbers are compared, on the same states.
"""
import argparse
import csv
import io
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

if os.environ.get("KOOPSWEEP_BENCH") != "1":
    for name in [n for n in os.environ if n.startswith("OPENBLAS_")]:
        del os.environ[name]
    os.environ.update(KOOPSWEEP_BENCH="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
                      MKL_NUM_THREADS="1")
    os.execv(sys.executable, [sys.executable, *sys.argv])

try:
    import numpy as np
    import scipy
    from scipy import linalg
except ImportError:
    sys.exit("bench_scipy.py: NumPy and SciPy are not installed for this Python")

TURNS, EPSILON = 3, 1e-5


def make_states(d, samples):
    """As in a network at initialisation: Y = X + (a random map of X) + noise."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((samples, d), dtype=np.float32)
    noise = rng.standard_normal((samples, d), dtype=np.float32)
    return x, x + x @ (0.3 / d**0.5 * rng.standard_normal((d, d), dtype=np.float32)) + noise / 10


def profile(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    x -= x.mean(axis=0)
    y -= y.mean(axis=0)
    variance, u = linalg.eigh(x.T @ x / (len(x) - 1))
    whitening = (u / np.sqrt(variance + EPSILON)) @ u.T
    xw, yw = x @ whitening, y @ whitening
    gram = xw.T @ xw
    a = linalg.solve(gram, xw.T @ yw, assume_a="pos").T
    rest = yw - xw @ a.T
    values, left, right = linalg.eig(a, left=True, right=True)
    modulus = np.abs(values)
    square = rest.T @ rest
    above = np.einsum("ij,ij->j", left.conj(), square @ left).real
    below = np.einsum("ij,ij->j", left.conj(), gram @ left).real
    size = linalg.norm(a)
    return {
        "m_near_unit": np.mean((modulus >= 0.9) & (modulus <= 1.05)),
        "rho": modulus.max(),
        "kappa_v": np.linalg.cond(right),
        "eta_nl": linalg.norm(rest) / linalg.norm(yw - xw),
        "change": linalg.norm(yw - xw) / linalg.norm(xw),
        "henrici": np.sqrt(max(size**2 - (modulus**2).sum(), 0)) / size,
        "reliable": np.mean(np.sqrt(above / below) <= 0.1),
    }


def write_states(path, states):
    header, at = {}, 0
    for i, h in enumerate(states):
        header[f"h.{i}"] = {"dtype": "F32", "shape": h.shape, "data_offsets": [at, at + h.nbytes]}
        at += h.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(h.tobytes() for h in states))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench_scipy.py: {' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout


def check(program, states):
    """The largest relative difference of the numbers that both have."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "states.safetensors")
        write_states(path, states)
        text = run(program, "profile", "--states", path, "-c", "full", "-f", "csv")
    row = next(csv.DictReader(io.StringIO(text)))
    found, worst = profile(*states), 0
    common = [name for name in found if row.get(name)]
    if len(common) < 3:
        sys.exit(f"bench_scipy.py: only {common} of {list(row)} can be compared")
    for name in common:
        worst = max(worst, abs(float(row[name]) - found[name]) / max(abs(found[name]), 1e-300))
    return worst, common


def ours(bench, size):
    found = re.search(r"([\d.]+) ms without Kreiss", run(bench, size))
    return float(found[1])


def theirs(states):
    start = time.process_time()
    profile(*states)
    return 1e3 * (time.process_time() - start)


def compare(build, size):
    states = make_states(*map(int, size.split(",")))
    worst, common = check(f"{build}/koopsweep", states)
    columns = [], []
    for _ in range(TURNS):
        columns[0].append(ours(f"{build}/bench/bench_rksp", size))
        columns[1].append(theirs(states))
    a, b = map(statistics.median, columns)
    print(f"{size}: koopsweep {a:.0f} ms, SciPy {b:.0f} ms, {b / a:.2f} times as long; "
          f"{', '.join(common)} differ by {worst:.0e} at most", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("sizes", nargs="*")
    arguments = parser.parse_args()
    print(f"NumPy {np.__version__}, SciPy {scipy.__version__}, float64, one thread")
    for size in arguments.sizes or ["256,2048", "768,2048"]:
        compare(arguments.build, size)


if __name__ == "__main__":
    main()
