#!/usr/bin/env python3
"""Writes tests/model/bf16_oracle.h: the losses of the tiny GPT (tiny_gpt.h) over some steps of
gradient descent, as PyTorch computes them in float32, under its autocast to bfloat16, and by the
definition of koopsweep's bf16: factors of every product rounded, sums and results in float32.

usage: tests/model/bf16_oracle.py >tests/model/bf16_oracle.h      (needs PyTorch)
"""
import re
from pathlib import Path

import torch
import torch.nn.functional as F

STEPS, RATE, HEADS = 16, 0.05, 2
TEXT = (Path(__file__).parent / "tiny_gpt.h").read_text()


def numbers(name, kind=float):
    body = re.search(rf"{name}\[\] = {{(.*?)}};", TEXT, re.S)[1]
    return [kind(x) for x in re.findall(r"-?\d[-+.e\d]*", body)]


def parameters():
    names = re.findall(r'{"([\w.]+)", (\d+)}', TEXT)
    values = iter(numbers("tiny_parameters"))
    flat = {name: torch.tensor([next(values) for _ in range(int(n))]) for name, n in names}
    inner = {"out": 4, "qkv": 4, "up": 4, "down": 16, "head": 4, "pos_emb": 4, "tok_emb": 4}
    key = lambda name: name.split(".")[-2] if name.endswith(".weight") else name
    return {name: (x.view(-1, inner[key(name)]) if key(name) in inner else x).requires_grad_()
            for name, x in flat.items()}


def rounded(x):
    return x.to(torch.bfloat16).to(torch.float32)


class Product(torch.autograd.Function):
    """a b with rounded factors, and so both products of its gradient."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return rounded(a) @ rounded(b)

    @staticmethod
    def backward(ctx, dy):
        a, b = ctx.saved_tensors
        da = rounded(dy) @ rounded(b).mT
        db = rounded(a).mT @ rounded(dy)
        while db.dim() > b.dim():
            db = db.sum(0)
        return da, db


def loss_of(p, multiply):
    """`multiply` NULL: PyTorch's own products, which autocast knows."""
    product = multiply or torch.matmul

    def linear(x, name, bias=True):
        w, b = p[name + ".weight"], p[name + ".bias"] if bias else None
        if not multiply:
            return F.linear(x, w, b)
        y = multiply(x.reshape(-1, x.shape[-1]), w.mT).view(*x.shape[:-1], w.shape[0])
        return y + b if bias else y

    def norm(x, name):
        return F.layer_norm(x, (4,), p[name + ".gain"], p[name + ".bias"], 1e-5)

    def heads(x):
        return x.view(4, 4, HEADS, 2).transpose(1, 2)

    tokens = torch.tensor(numbers("tiny_tokens", int)).view(4, 4)
    x = p["tok_emb"][tokens] + p["pos_emb"]
    hidden = torch.full((4, 4), float("-inf")).triu(1)
    for block in ("block.0.", "block.1."):
        q, k, v = map(heads, linear(norm(x, block + "norm1"), block + "attn.qkv").split(4, -1))
        weights = torch.softmax(product(q, k.mT) / 2**0.5 + hidden, -1)
        y = product(weights, v).transpose(1, 2).reshape(4, 4, 4)
        x = x + linear(y, block + "attn.out")
        up = linear(norm(x, block + "norm2"), block + "mlp.up")
        x = x + linear(F.gelu(up, approximate="tanh"), block + "mlp.down")
    last = norm(x, "final_norm")[:, -1]
    logits = linear(last, "head", bias=False)
    return F.cross_entropy(logits.float(), torch.tensor(numbers("tiny_targets", int)))


def losses(multiply=None, autocast=False):
    p, series = parameters(), []
    for _ in range(STEPS):
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = loss_of(p, multiply)
        series.append(loss.item())
        gradient = torch.autograd.grad(loss, list(p.values()))
        with torch.no_grad():
            for x, g in zip(p.values(), gradient):
                x -= RATE * g
    return series


def put(name, series):
    print(f"static const double {name}[] = {{")
    for i in range(0, len(series), 4):
        print("    " + ", ".join(f"{x:.9g}" for x in series[i : i + 4]) + ",")
    print("};")


print(f"""/* bf16_oracle.h: losses of the tiny GPT over {STEPS} steps of gradient descent at rate {RATE:g}, by PyTorch
 * {torch.__version__.split('+')[0]}: in float32, under autocast to bfloat16, and by the definition of bf16 (rounded factors,
 * float32 sums and results). Written by bf16_oracle.py. */
#ifndef TESTS_MODEL_BF16_ORACLE_H
#define TESTS_MODEL_BF16_ORACLE_H

#define ORACLE_RATE {RATE:g}
enum {{ ORACLE_STEPS = {STEPS} }};
""")
put("oracle_f32", losses())
put("oracle_autocast", losses(autocast=True))
put("oracle_bf16", losses(multiply=Product.apply))
print("\n#endif")
