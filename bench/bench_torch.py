#!/usr/bin/env python3
"""bench_torch.py: training steps of koopsweep beside PyTorch's, eager and compiled, on one machine.

usage: bench_torch.py [--device cpu|cuda] [--program build/.../bench_step] [--no-compile]
                      [d,L,heads,T,B,V]...

Needs PyTorch, which koopsweep itself does not. The same GPT (pre-LN, learned positions, biases,
4 d tanh-GELU, untied head, loss at every position, AdamW) in float32, without TF32, on one CPU
thread or one GPU. The two programs take turns, so that a machine that changes speed spoils neither;
medians of the turns. A step is gradient, its norm and AdamW; H v is PyTorch's double backward.
"""
import argparse
import re
import statistics
import subprocess
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    sys.exit("bench_torch.py: PyTorch is not installed for this Python; pip install torch")

SIZES = {
    "cpu": ["128,4,4,64,32,256", "256,6,8,128,16,1000"],
    "cuda": ["128,4,4,64,32,256", "256,6,8,128,16,1000", "768,12,12,64,4,50257",
             "1024,24,16,256,16,50257"],
}
TURNS, STEPS = 3, 7


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        batch, length, d = x.shape
        shape = (batch, length, 3, self.heads, d // self.heads)
        q, k, v = self.qkv(self.norm1(x)).view(shape).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, d))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, d, layers, heads, length, vocab):
        super().__init__()
        self.token, self.position = nn.Embedding(vocab, d), nn.Parameter(torch.zeros(length, d))
        self.blocks = nn.Sequential(*(Block(d, heads) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocab)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, targets):
        x = self.norm(self.blocks(self.token(ids) + self.position))
        return F.cross_entropy(self.head(x).flatten(0, 1), targets.flatten())


def median_time(run, device, turns):
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


class Case:
    """One size in PyTorch: functions that do a step and an H v."""

    def __init__(self, size, device):
        d, layers, heads, length, batch, vocab = size
        torch.manual_seed(0)
        self.device = device
        self.model = Gpt(d, layers, heads, length, vocab).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.01,
                                           fused=device == "cuda")
        self.batch = torch.randint(vocab, (2, batch, length), device=device)

    def stepper(self, compiled):
        loss_of = torch.compile(self.model) if compiled else self.model

        def step():
            self.optimizer.zero_grad(set_to_none=True)
            loss_of(*self.batch).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), float("inf"))
            self.optimizer.step()

        return step

    def product(self):
        """Double backward; only plain attention has second derivatives."""
        parameters = list(self.model.parameters())
        math = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
        with math:
            gradient = torch.autograd.grad(self.model(*self.batch), parameters, create_graph=True)
            along = sum((g * torch.ones_like(g)).sum() for g in gradient)
            torch.autograd.grad(along, parameters)


def ours(program, device, size):
    """Milliseconds of a step and an H v, from bench_step."""
    backend = "cuda" if device == "cuda" else "host"
    run = subprocess.run([program, "--on", backend, size], capture_output=True, text=True)
    found = re.search(r"step ([\d.]+) ms.*?H v ([\d.]+) ms", run.stdout, re.S)
    if run.returncode or not found:
        sys.exit(f"bench_torch.py: {program} failed: {run.stderr.strip()}")
    return float(found[1]), float(found[2])


def compare(size, arguments):
    case = Case([int(n) for n in size.split(",")], arguments.device)
    steppers = {"eager": case.stepper(False)}
    if not arguments.no_compile:
        steppers["compiled"] = case.stepper(True)
    for step in steppers.values():
        for _ in range(3):
            step()
    case.product()
    columns = {"koopsweep": [], **{name: [] for name in steppers}, "H v": [], "eager H v": []}
    for _ in range(TURNS):
        step, product = ours(arguments.program, arguments.device, size)
        columns["koopsweep"].append(step)
        columns["H v"].append(product)
        for name, run in steppers.items():
            columns[name].append(median_time(run, arguments.device, STEPS))
        columns["eager H v"].append(median_time(case.product, arguments.device, 3))
    medians = {name: statistics.median(times) for name, times in columns.items()}
    times = ", ".join(f"{name} {ms:.2f} ms" for name, ms in medians.items())
    ratios = medians["koopsweep"] / medians["eager"], medians["H v"] / medians["eager H v"]
    print(f"{size}: {times}; koopsweep / eager: step {ratios[0]:.2f}, H v {ratios[1]:.2f}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=["cpu", "cuda"],
                        default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--program")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("sizes", nargs="*")
    arguments = parser.parse_args()
    folder = "build/cuda" if arguments.device == "cuda" else "build"
    arguments.program = arguments.program or f"{folder}/bench/bench_step"
    torch.set_num_threads(1)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else "one CPU thread"
    print(f"PyTorch {torch.__version__}, float32, {where}")
    for size in arguments.sizes or SIZES[arguments.device]:
        compare(size, arguments)


if __name__ == "__main__":
    main()
