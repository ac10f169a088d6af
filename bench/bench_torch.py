#!/usr/bin/env python3
"""bench_torch.py: training steps of koopsweep beside PyTorch's, eager and compiled, on one machine.

usage: bench_torch.py [--device cpu|cuda] [--precision f32|tf32|bf16] [--turns N]
                      [--program build/.../bench_step] [--no-compile] [--no-products]
                      [d,L,heads,T,B,V]...

Needs PyTorch, which koopsweep itself does not. The same GPT (pre-LN, learned positions, biases,
4 d tanh-GELU, untied head, loss at every position, AdamW) in float32, without TF32 unless asked for
(tf32: on a GPU), or in bf16: PyTorch under autocast, koopsweep with train.precision: bf16; on one CPU
thread or one GPU. PyTorch has its best settings: fused AdamW, on a GPU compiled with CUDA graphs, too
("graphed"), and on the host an allocator that keeps its memory (without, its large buffers go back to
the system at every step).

The programs take turns, so that a machine that changes speed spoils none; medians of the turns, and
for ratios least, median and largest of the turns' own. A step is gradient, its norm and AdamW; H v is
PyTorch's double backward. On a GPU tokens a second and memory follow: what koopsweep planned for
training, and the most that PyTorch's tensors took in it.
"""
import argparse
import os
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
    "cpu": ["128,4,4,64,32,256", "256,6,8,128,16,1000", "768,12,12,64,4,50257"],
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
    """Of the processor on the host, as bench_step has it: other programs change that little. On a GPU
    of the clock, from an idle GPU until it is idle again."""
    clock = time.perf_counter if device == "cuda" else time.process_time
    times = []
    if device == "cuda":
        torch.cuda.synchronize()
    for _ in range(turns):
        start = clock()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(clock() - start)
    return 1e3 * statistics.median(times)


class Case:
    """One size in PyTorch: functions that do a step and an H v."""

    def __init__(self, size, device, precision):
        d, layers, heads, length, batch, vocab = size
        torch.manual_seed(0)
        self.device, self.precision = device, precision
        self.model = Gpt(d, layers, heads, length, vocab).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.01,
                                           fused=True)
        self.batch = torch.randint(vocab, (2, batch, length), device=device)

    def autocast(self):
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16")

    def stepper(self, mode=None):
        """`mode`: of torch.compile; None = eager."""
        loss_of = torch.compile(self.model, mode=mode) if mode else self.model

        def step():
            self.optimizer.zero_grad(set_to_none=True)
            with self.autocast():
                loss = loss_of(*self.batch)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), float("inf"))
            self.optimizer.step()

        return step

    def product(self):
        """Double backward; only plain attention has second derivatives."""
        parameters = list(self.model.parameters())
        math = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
        with math, self.autocast():
            gradient = torch.autograd.grad(self.model(*self.batch), parameters, create_graph=True)
            along = sum((g * torch.ones_like(g)).sum() for g in gradient)
            torch.autograd.grad(along, parameters)


def ours(arguments, size):
    """Milliseconds of a step and an H v (None without products), and MiB, from bench_step."""
    backend = "cuda" if arguments.device == "cuda" else "host"
    only = ["--train-only"] if arguments.no_products else []
    command = [arguments.program, "--on", backend, "--precision", arguments.precision, *only, size]
    run = subprocess.run(command, capture_output=True, text=True)
    step = re.search(r"step ([\d.]+) ms", run.stdout)
    product = re.search(r"H v ([\d.]+) ms", run.stdout)
    memory = re.search(r"memory (\d+) MiB", run.stdout)
    if run.returncode or not step or not (product or only):
        sys.exit(f"bench_torch.py: {arguments.program} failed: {run.stderr.strip()}")
    return float(step[1]), float(product[1]) if product else None, float(memory[1])


def keep_memory():
    """Starts again with an allocator that keeps freed memory, and OpenBLAS as it finds the CPU."""
    wanted = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000",
              "MALLOC_TOP_PAD_": "268435456"}
    if all(os.environ.get(name) == value for name, value in wanted.items()):
        return
    rest = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    os.execve(sys.executable, [sys.executable, *sys.argv], rest | wanted)


def spread(ratios):
    return f"{min(ratios):.2f} / {statistics.median(ratios):.2f} / {max(ratios):.2f}"


def warm_steppers(case, arguments):
    """Name -> step, each run a few times. What does not compile is said and left out."""
    modes = {"eager": None}
    if not arguments.no_compile:
        modes["compiled"] = "default"
        if arguments.device == "cuda":
            modes["graphed"] = "reduce-overhead"
    steppers = {}
    for name, mode in modes.items():
        try:
            step = case.stepper(mode)
            for _ in range(5):
                step()
            steppers[name] = step
        except Exception as error:  # torch.compile: whatever its compilers say
            print(f"{name}: left out: {str(error).strip().splitlines()[0][:120]}", flush=True)
    return steppers


def print_gpu(size, columns, memory, peak):
    tokens = size[3] * size[4]
    rates = ", ".join(f"{name} {1e3 * tokens / statistics.median(ms):.0f}"
                      for name, ms in columns.items() if ms and "H v" not in name)
    print(f"   tokens/s: {rates}; MiB in training: koopsweep {memory:.0f}, PyTorch {peak:.0f}",
          flush=True)


def compare(size, arguments):
    numbers = [int(n) for n in size.split(",")]
    case = Case(numbers, arguments.device, arguments.precision)
    steppers = warm_steppers(case, arguments)
    peak = torch.cuda.max_memory_allocated() / 2**20 if arguments.device == "cuda" else 0
    if not arguments.no_products:
        case.product()
    columns = {"koopsweep": [], **{name: [] for name in steppers}, "H v": [], "eager H v": []}
    for _ in range(arguments.turns):
        step, product, memory = ours(arguments, size)
        columns["koopsweep"].append(step)
        if product:
            columns["H v"].append(product)
        for name, run in steppers.items():
            columns[name].append(median_time(run, arguments.device, STEPS))
        if not arguments.no_products:
            columns["eager H v"].append(median_time(case.product, arguments.device, 3))
    times = ", ".join(f"{name} {statistics.median(ms):.2f} ms" for name, ms in columns.items() if ms)
    peers = {**{name: "koopsweep" for name in steppers}, "eager H v": "H v"}
    ratios = ", ".join(
        f"{name} {spread([theirs / own for theirs, own in zip(columns[name], columns[mine])])}"
        for name, mine in peers.items() if columns[name])
    print(f"{size}: {times}; peer / koopsweep, least / median / largest: {ratios}", flush=True)
    if arguments.device == "cuda":
        print_gpu(numbers, columns, memory, peak)
        del case, steppers
        torch._dynamo.reset()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=["cpu", "cuda"],
                        default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=["f32", "tf32", "bf16"], default="f32")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--program")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--no-products", action="store_true", help="no H v in PyTorch")
    parser.add_argument("sizes", nargs="*")
    arguments = parser.parse_args()
    folder = "build/cuda" if arguments.device == "cuda" else "build"
    arguments.program = arguments.program or f"{folder}/bench/bench_step"
    if arguments.device == "cpu":
        keep_memory()
    if arguments.precision == "tf32":
        torch.set_float32_matmul_precision("high")
    torch.set_num_threads(1)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else "one CPU thread"
    print(f"PyTorch {torch.__version__}, {arguments.precision}, {where}", flush=True)
    for size in arguments.sizes or SIZES[arguments.device]:
        compare(size, arguments)


if __name__ == "__main__":
    main()
