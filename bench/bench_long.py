#!/usr/bin/env python3
"""bench_long.py: attention over long sequences beside PyTorch's, in time and memory.

usage: bench_long.py [--turns N] [--program build/bench/bench_long] [heads,head_size,T,B]...

Needs PyTorch, which koopsweep itself does not. Causal attention alone in float32 on one CPU thread:
koopsweep's, which recomputes its weights (bench_long), beside scaled_dot_product_attention. A gradient
is compared with PyTorch's fused kernel; an H v with its math path, the only one that has second
derivatives: there a gradient belongs to every H v, so it is counted on both sides.

The programs take turns, each turn in a new process; processor milliseconds, medians of the turns, and
for ratios least, median and largest of the turns' own. Memory: what a process grew by at most.
PyTorch's allocator keeps its memory, as in bench_torch.py.
"""
import argparse
import importlib.util
import os
import re
import resource
import statistics
import subprocess
import sys
import time

SIZES = ["8,64,1024,1", "8,64,2048,1", "8,64,4096,1"]
KEEP = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000",
        "MALLOC_TOP_PAD_": "268435456"}


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def median_time(run, rounds):
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return 1e3 * statistics.median(times)


def measure_peer(what, size):
    """Prints milliseconds and MiB of PyTorch's `gradient` or `product` (with its gradient)."""
    import torch
    import torch.nn.functional as F
    from torch.nn.attention import SDPBackend, sdpa_kernel

    torch.set_num_threads(1)
    heads, head_size, length, batch = (int(n) for n in size.split(","))
    shape = (batch, heads, length, head_size)
    torch.ones(64, 64) @ torch.ones(64, 64)
    before = peak()
    qkv = [torch.randn(shape, requires_grad=True) for _ in range(3)]
    dy = torch.randn(shape)

    def gradient():
        y = F.scaled_dot_product_attention(*qkv, is_causal=True)
        torch.autograd.grad(y, qkv, dy)

    def product():
        with sdpa_kernel(SDPBackend.MATH):
            y = F.scaled_dot_product_attention(*qkv, is_causal=True)
            slopes = torch.autograd.grad(y, qkv, dy, create_graph=True)
            along = sum((g * torch.ones_like(g)).sum() for g in slopes)
            torch.autograd.grad(along, qkv)

    run = {"gradient": gradient, "product": product}[what]
    run()
    milliseconds = median_time(run, 3)
    print(milliseconds, peak() - before)


def peer(what, size):
    """The same in a process of its own."""
    rest = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    command = [sys.executable, __file__, "--peer", what, size]
    run = subprocess.run(command, capture_output=True, text=True, env=rest | KEEP)
    if run.returncode:
        sys.exit(f"bench_long.py: PyTorch's {what} failed: {run.stderr.strip()[-400:]}")
    return [float(word) for word in run.stdout.split()]


def ours(program, size):
    """Milliseconds of a gradient and of an H v with its gradient, and MiB of each."""
    run = subprocess.run([program, size], capture_output=True, text=True)
    found = re.search(r"gradient ([\d.]+) ms, H v ([\d.]+) ms, (\d+) MiB, with tangents (\d+) MiB",
                      run.stdout)
    if run.returncode or not found:
        sys.exit(f"bench_long.py: {program} failed: {run.stderr.strip()}")
    gradient, product, small, large = (float(number) for number in found.groups())
    return (gradient, small), (gradient + product, large)


def report(size, what, own, theirs):
    """own, theirs: [turns] of milliseconds, MiB."""
    ratios = [their[0] / mine[0] for mine, their in zip(own, theirs)]
    mine, their = ([statistics.median(column) for column in zip(*rows)] for rows in (own, theirs))
    print(f"{size}: {what}: koopsweep {mine[0]:.1f} ms, {mine[1]:.0f} MiB; PyTorch {their[0]:.1f} ms, "
          f"{their[1]:.0f} MiB; PyTorch / koopsweep, least / median / largest: {min(ratios):.2f} / "
          f"{statistics.median(ratios):.2f} / {max(ratios):.2f}", flush=True)


def compare(size, arguments):
    turns = {"gradient": ([], []), "product": ([], [])}
    for _ in range(arguments.turns):
        mine = dict(zip(turns, ours(arguments.program, size)))
        for what, (own, theirs) in turns.items():
            own.append(mine[what])
            theirs.append(peer(what, size))
    report(size, "gradient, fused", *turns["gradient"])
    report(size, "gradient and H v, math path", *turns["product"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/bench/bench_long")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--peer", choices=["gradient", "product"], help=argparse.SUPPRESS)
    parser.add_argument("sizes", nargs="*")
    arguments = parser.parse_args()
    if arguments.peer:
        measure_peer(arguments.peer, arguments.sizes[0])
        return
    for size in arguments.sizes or SIZES:
        compare(size, arguments)


if __name__ == "__main__":
    if not importlib.util.find_spec("torch"):
        sys.exit("bench_long.py: PyTorch is not installed for this Python; pip install torch")
    main()
