"""A GPT in plain PyTorch on a file of tokens: bytes of a text. Its residual states go to koopsweep
before the first step; it saves its state when it is told to stop, and goes on from it.

    koopsweep run examples/gpt.yaml
"""
import math
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

import koopsweep as ks

p = {"width": 64, "layers": 4, "heads": 4, "length": 64, "batch": 16, "steps": 200, "lr": 1e-3,
     "norm": "pre_ln", "init_std": 0.02, **ks.params}
assert p["norm"] in ("pre_ln", "post_ln", "none"), p["norm"]
torch.manual_seed(ks.SEED)


def norm(where):  # pre_ln: x + f(LN x), and one at the end; post_ln: LN(x + f(x)); none: x + f(x)
    return nn.LayerNorm(p["width"]) if p["norm"] in where else nn.Identity()


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before = nn.ModuleList([norm(["pre_ln"]), norm(["pre_ln"])])
        self.after = nn.ModuleList([norm(["post_ln"]), norm(["post_ln"])])
        self.qkv, self.out = nn.Linear(p["width"], 3 * p["width"]), nn.Linear(p["width"], p["width"])
        self.up, self.down = nn.Linear(p["width"], 4 * p["width"]), nn.Linear(4 * p["width"], p["width"])

    def attend(self, x):
        q, k, v = (t.view(*t.shape[:2], p["heads"], -1).transpose(1, 2)
                   for t in self.qkv(x).chunk(3, 2))
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).flatten(2))

    def forward(self, x):
        x = self.after[0](x + self.attend(self.before[0](x)))
        return self.after[1](x + self.down(F.gelu(self.up(self.before[1](x)))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.place = nn.Embedding(256, p["width"]), nn.Embedding(p["length"], p["width"])
        self.blocks = nn.Sequential(*(Block() for _ in range(p["layers"])))
        self.norm = norm(["pre_ln"])
        self.head = nn.Linear(p["width"], 256, bias=False)
        for name, w in self.named_parameters():
            if w.dim() > 1:
                nn.init.normal_(w, std=p["init_std"])
            elif name.endswith("bias"):
                nn.init.zeros_(w)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.token(x) + self.place.weight[: x.shape[1]])))


data = torch.frombuffer(bytearray(open(sys.argv[1], "rb").read(1 << 24)), dtype=torch.uint8).long()


def batch(number):  # a function of the seed and the step: a resumed trial sees the same data
    g = torch.Generator().manual_seed(ks.SEED * 1000003 + number)
    at = torch.randint(len(data) - p["length"], (p["batch"], 1), generator=g)
    rows = data[at + torch.arange(p["length"] + 1)]
    return rows[:, :-1], rows[:, 1:]


model, first, state = GPT(), 0, ks.checkpoint("state.pt")
optimizer = torch.optim.AdamW(model.parameters(), lr=p["lr"])
if os.path.exists(state):
    saved = torch.load(state)
    first = saved["step"]
    model.load_state_dict(saved["model"]), optimizer.load_state_dict(saved["optimizer"])
if first == 0 and ks.wants_snapshot(0):
    with ks.watch(model, r"blocks\.\d+") as seen, torch.no_grad():
        [model(batch(-1 - i)[0]) for i in range(math.ceil(2048 / (p["batch"] * p["length"])))]
    ks.snapshot(0, seen.states())
for step in range(first, p["steps"]):
    x, y = batch(step)
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), math.inf)  # measures only
    if ks.log(step, loss=loss, grad_norm=norm, lr=p["lr"]):
        torch.save({"step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict()},
                   state + ".new")
        os.replace(state + ".new", state)
        ks.again()
    optimizer.step()
