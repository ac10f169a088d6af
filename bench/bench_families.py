#!/usr/bin/env python3
"""bench_families.py: steps of mixtures of experts, Mamba and KAN beside PyTorch's, eager and compiled.

usage: bench_families.py [--program build/bench/bench_families] [--no-compile] [NAME:d,L,heads,T,B,V]...

Needs PyTorch, which koopsweep itself does not. The same formulas in float32 on one CPU thread: 8
experts of which 2 work, by the usual loop over experts; Mamba with the straightforward scan over
positions, and with one over chunks of 16 in closed form; KAN with 5 intervals and cubic splines by
Cox and de Boor's recurrence over all knots. The programs take turns; processor time, medians. A step
is gradient, its norm and AdamW; H v is PyTorch's double backward.
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
    sys.exit("bench_families.py: PyTorch is not installed for this Python; pip install torch")

CASES = ["moe:128,3,4,64,16,256", "mamba:128,3,4,64,16,256", "kan:128,3,4,64,16,256"]
TURNS, STEPS = 3, 5


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        batch, length, d = x.shape
        shape = (batch, length, 3, self.heads, d // self.heads)
        q, k, v = self.qkv(x).view(shape).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(batch, length, d))


class Experts(nn.Module):
    """The usual loop: every expert takes its tokens and adds what it made of them."""

    def __init__(self, d, experts=8, active=2):
        super().__init__()
        self.active, self.router = active, nn.Linear(d, experts, bias=False)
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(approximate="tanh"), nn.Linear(4 * d, d))
            for _ in range(experts))

    def forward(self, x):
        u = x.flatten(0, 1)
        p = self.router(u).softmax(-1)
        gates, chosen = p.topk(self.active, -1)
        gates = gates / gates.sum(-1, keepdim=True)
        y = torch.zeros_like(u)
        for e, mlp in enumerate(self.mlps):
            token, place = (chosen == e).nonzero(as_tuple=True)
            y = y.index_add(0, token, gates[token, place, None] * mlp(u[token]))
        counts = torch.bincount(chosen.flatten(), minlength=p.shape[1])
        self.balance = p.shape[1] * (counts / counts.sum() * p.mean(0)).sum()
        return y.view_as(x)


def scan_by_steps(u, dt, a, b, c):
    state = u.new_zeros(*u.shape[::2], b.shape[-1])
    outputs = []
    for t in range(u.shape[1]):
        step = dt[:, t, :, None]
        state = torch.exp(step * a) * state + step * b[:, t, None] * u[:, t, :, None]
        outputs.append((state * c[:, t, None]).sum(-1))
    return torch.stack(outputs, 1)


def scan_by_chunks(u, dt, a, b, c, chunk=16):
    """In a chunk s_t = exp(A S_t) s_0 + sum over q <= t of exp(A (S_t - S_q)) dt_q B_q u_q."""
    state = u.new_zeros(*u.shape[::2], b.shape[-1])
    later = torch.ones(chunk, chunk, dtype=torch.bool).triu(1)[:, :, None, None]
    outputs = []
    for first in range(0, u.shape[1], chunk):
        part = slice(first, first + chunk)
        size = u[:, part].shape[1]
        total = dt[:, part].cumsum(1)
        between = (total[:, :, None] - total[:, None])[..., None] * a
        weight = torch.exp(between.masked_fill(later[:size, :size], float("-inf")))
        fed = (dt[:, part] * u[:, part])[..., None] * b[:, part, None]
        states = torch.einsum("btqcn,bqcn->btcn", weight, fed)
        states = states + torch.exp(total[..., None] * a) * state[:, None]
        outputs.append((states * c[:, part, None]).sum(-1))
        state = states[:, -1]
    return torch.cat(outputs, 1)


class Mixer(nn.Module):
    def __init__(self, d, scan, states=16, taps=4):
        super().__init__()
        inner, self.rank, self.states, self.scan = 2 * d, (d + 15) // 16, states, scan
        self.into, self.out = nn.Linear(d, 2 * inner, bias=False), nn.Linear(inner, d, bias=False)
        self.conv = nn.Conv1d(inner, inner, taps, groups=inner, padding=taps - 1)
        self.x_proj = nn.Linear(inner, self.rank + 2 * states, bias=False)
        self.dt_proj = nn.Linear(self.rank, inner)
        self.a_log = nn.Parameter(torch.arange(1.0, states + 1).log().repeat(inner, 1))
        self.gain = nn.Parameter(torch.ones(inner))

    def forward(self, x):
        u, z = self.into(x).chunk(2, -1)
        u = F.silu(self.conv(u.transpose(1, 2))[..., :x.shape[1]].transpose(1, 2))
        r, b, c = self.x_proj(u).split([self.rank, self.states, self.states], -1)
        dt = F.softplus(self.dt_proj(r))
        y = self.scan(u, dt, -self.a_log.exp(), b, c) + self.gain * u
        return self.out(y * F.silu(z))


class KanLayer(nn.Module):
    def __init__(self, inputs, outputs, grid=5, order=3):
        super().__init__()
        self.order = order
        self.base = nn.Linear(inputs, outputs, bias=False)
        self.spline = nn.Linear(inputs * (grid + order), outputs, bias=False)
        knots = torch.arange(-order, grid + order + 1) * (2 / grid) - 1
        self.register_buffer("knots", knots)

    def forward(self, x):
        t, x1 = self.knots, x[..., None]
        bases = ((x1 >= t[:-1]) & (x1 < t[1:])).to(x.dtype)
        for k in range(1, self.order + 1):
            left = (x1 - t[:-k - 1]) / (t[k:-1] - t[:-k - 1])
            right = (t[k + 1:] - x1) / (t[k + 1:] - t[1:-k])
            bases = left * bases[..., :-1] + right * bases[..., 1:]
        return self.base(F.silu(x)) + self.spline(bases.flatten(-2))


class Model(nn.Module):
    def __init__(self, name, size, scan):
        super().__init__()
        d, layers, heads, length, _, vocab = size
        self.token, self.head = nn.Embedding(vocab, d), nn.Linear(d, vocab, bias=False)
        self.position = None if name == "mamba" else nn.Parameter(torch.zeros(length, d))
        norm = nn.RMSNorm if name == "mamba" else nn.LayerNorm
        self.norm = norm(d, eps=1e-5)
        self.parts, self.norms = nn.ModuleList(), nn.ModuleList()
        for _ in range(layers):
            parts = {"moe": lambda: [Attention(d, heads), Experts(d)],
                     "mamba": lambda: [Mixer(d, scan)],
                     "kan": lambda: [Attention(d, heads),
                                     nn.Sequential(KanLayer(d, d // 2), KanLayer(d // 2, d))]}
            for part in parts[name]():
                self.parts.append(part)
                self.norms.append(norm(d, eps=1e-5))

    def forward(self, ids, targets):
        x = self.token(ids)
        if self.position is not None:
            x = x + self.position
        balance = 0
        for norm, part in zip(self.norms, self.parts):
            x = x + part(norm(x))
            balance = balance + getattr(part, "balance", 0)
        loss = F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten())
        return loss + 0.01 * balance


def median_time(run, turns):
    times = []
    for _ in range(turns):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return 1e3 * statistics.median(times)


class Case:
    def __init__(self, name, size, scan):
        torch.manual_seed(0)
        self.model = Model(name, size, scan)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.01)
        self.batch = torch.randint(size[5], (2, size[4], size[3]))

    def stepper(self, compiled):
        loss_of = torch.compile(self.model) if compiled else self.model

        def step():
            self.optimizer.zero_grad(set_to_none=True)
            loss_of(*self.batch).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), float("inf"))
            self.optimizer.step()

        return step

    def product(self):
        parameters = list(self.model.parameters())
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            gradient = torch.autograd.grad(self.model(*self.batch), parameters, create_graph=True)
            along = sum((g * torch.ones_like(g)).sum() for g in gradient)
            torch.autograd.grad(along, parameters, allow_unused=True)


def ours(program, case):
    run = subprocess.run([program, case], capture_output=True, text=True)
    found = re.search(r"step ([\d.]+) ms.*?gradient, all kept ([\d.]+) ms; H v ([\d.]+) ms",
                      run.stdout, re.S)
    if run.returncode or not found:
        sys.exit(f"bench_families.py: {program} failed: {run.stderr.strip()}")
    return [float(number) for number in found.groups()]


def steppers_of(name, size, arguments):
    scans = {"": None}
    if name == "mamba":
        scans = {" by steps": scan_by_steps, " by chunks": scan_by_chunks}
    steppers, products = {}, {}
    for label, scan in scans.items():
        case = Case(name, size, scan)
        steppers["eager" + label] = case.stepper(False)
        if not arguments.no_compile:
            steppers["compiled" + label] = Case(name, size, scan).stepper(True)
        products["H v, eager" + label] = case.product
    return steppers, products


def warm_up(steppers):
    """Those that this PyTorch cannot compile are left out, and named."""
    for label, step in list(steppers.items()):
        try:
            for _ in range(3):
                step()
        except Exception as error:  # whatever the compiler raises
            print(f"  {label}: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
            del steppers[label]


def compare(case, arguments):
    name, numbers = case.split(":")
    steppers, products = steppers_of(name, [int(n) for n in numbers.split(",")], arguments)
    warm_up(steppers)
    columns = {label: [] for label in ["step", "gradient", "H v", *steppers, *products]}
    for _ in range(TURNS):
        for label, ms in zip(["step", "gradient", "H v"], ours(arguments.program, case)):
            columns[label].append(ms)
        for label, run in steppers.items():
            columns[label].append(median_time(run, STEPS))
        for label, run in products.items():
            columns[label].append(median_time(run, 1))
    medians = {label: statistics.median(times) for label, times in columns.items()}
    best = min(steppers, key=medians.get)
    print(f"{case}: " + ", ".join(f"{label} {ms:.2f} ms" for label, ms in medians.items()))
    print(f"  PyTorch's best ({best}) / step {medians[best] / medians['step']:.2f}; "
          f"H v / gradient {medians['H v'] / medians['gradient']:.2f}; PyTorch's H v / ours "
          f"{min(medians[label] for label in products) / medians['H v']:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/bench/bench_families")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, float32, one CPU thread")
    for case in arguments.cases or CASES:
        compare(case, arguments)


if __name__ == "__main__":
    main()
