#!/usr/bin/env python3
"""Writes a checkpoint of a well-known shape with random weights, to measure what `koopsweep profile`
takes: time and memory depend on the shape alone.

usage: random_checkpoint.py gpt2|gpt2-medium|llama-2-7b FOLDER [LAYERS]

GPT-2 in float32 and one file, LLaMA in float16 and files of four layers with an index, as they are
published. Numbers are of standard deviation 0.02 (1/sqrt(2 L) of that where a branch ends, gains 1),
cut out of one long stretch of random numbers at another place for every tensor. Ids of tokens to read
are written beside, FOLDER/ids.npy: Zipf's law.
"""
import json
import os
import sys

import numpy

STRETCH = 16777213  # a prime: no two rows of a tensor are the same numbers
SHAPES = {
    "gpt2": dict(family="gpt2", width=768, heads=12, layers=12, vocab=50257, positions=1024),
    "gpt2-medium": dict(family="gpt2", width=1024, heads=16, layers=24, vocab=50257, positions=1024),
    "llama-2-7b": dict(family="llama", width=4096, heads=32, layers=32, vocab=32000, positions=4096, ffn=11008),
}


def gpt2(shape, layers):
    d = shape["width"]
    config = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], n_embd=d, n_layer=layers,
                  n_head=shape["heads"], n_positions=shape["positions"], vocab_size=shape["vocab"])
    files = [[("wte.weight", (shape["vocab"], d)), ("wpe.weight", (shape["positions"], d)),
              ("ln_f.weight", (d,)), ("ln_f.bias", (d,))]]
    for l in range(layers):
        files[0] += [(f"h.{l}.{name}", size) for name, size in [
            ("ln_1.weight", (d,)), ("ln_1.bias", (d,)),
            ("attn.c_attn.weight", (d, 3 * d)), ("attn.c_attn.bias", (3 * d,)),
            ("attn.c_proj.weight", (d, d)), ("attn.c_proj.bias", (d,)),
            ("ln_2.weight", (d,)), ("ln_2.bias", (d,)),
            ("mlp.c_fc.weight", (d, 4 * d)), ("mlp.c_fc.bias", (4 * d,)),
            ("mlp.c_proj.weight", (4 * d, d)), ("mlp.c_proj.bias", (d,))]]
    return config, files, numpy.float32


def llama(shape, layers):
    d, f = shape["width"], shape["ffn"]
    config = dict(model_type="llama", architectures=["LlamaForCausalLM"], hidden_size=d,
                  intermediate_size=f, num_hidden_layers=layers, num_attention_heads=shape["heads"],
                  max_position_embeddings=shape["positions"], vocab_size=shape["vocab"], rms_norm_eps=1e-5)
    files = [[("model.embed_tokens.weight", (shape["vocab"], d)), ("model.norm.weight", (d,)),
              ("lm_head.weight", (shape["vocab"], d))]]
    for l in range(layers):
        if l % 4 == 0:
            files.append([])
        files[-1] += [(f"model.layers.{l}.{name}.weight", size) for name, size in [
            ("input_layernorm", (d,)), ("self_attn.q_proj", (d, d)), ("self_attn.k_proj", (d, d)),
            ("self_attn.v_proj", (d, d)), ("self_attn.o_proj", (d, d)), ("post_attention_layernorm", (d,)),
            ("mlp.gate_proj", (f, d)), ("mlp.up_proj", (f, d)), ("mlp.down_proj", (d, f))]]
    return config, files, numpy.float16


FAMILIES = {"gpt2": gpt2, "llama": llama}
ENDS = ("c_proj.weight", "o_proj.weight", "down_proj.weight")  # of branches


def numbers(name, count, stretches, rng):
    """Pieces of a tensor, one after the other."""
    if "bias" in name or "norm" in name or ".ln_" in name or name.startswith("ln_f"):
        yield numpy.full(count, 0 if "bias" in name else 1, stretches[0].dtype)
        return
    stretch = stretches[name.endswith(ENDS)]
    at = int(rng.integers(STRETCH))
    while count:
        piece = stretch[at:at + count]
        yield piece
        count, at = count - len(piece), 0


def write_file(path, tensors, stretches, rng):
    header, end = {}, 0
    for name, shape in tensors:
        begin, end = end, end + int(numpy.prod(shape)) * stretches[0].itemsize
        kind = {4: "F32", 2: "F16"}[stretches[0].itemsize]
        header[name] = dict(dtype=kind, shape=shape, data_offsets=[begin, end])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in tensors:
            for piece in numbers(name, int(numpy.prod(shape)), stretches, rng):
                file.write(piece.data)


def main(name, folder, layers=None):
    shape = SHAPES[name]
    layers = int(layers or shape["layers"])
    rng = numpy.random.default_rng(0)
    config, files, kind = FAMILIES[shape["family"]](shape, layers)
    plain = rng.standard_normal(STRETCH, numpy.float32) * numpy.float32(0.02)
    stretches = [plain.astype(kind), (plain / numpy.float32((2 * shape["layers"]) ** 0.5)).astype(kind)]
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(f"{folder}/config.json", "w"), indent=1)
    names = ["model.safetensors"] if len(files) == 1 else [
        f"model-{i + 1:05}-of-{len(files):05}.safetensors" for i in range(len(files))]
    for file, tensors in zip(names, files):
        write_file(f"{folder}/{file}", tensors, stretches, rng)
    if len(files) > 1:
        weight_map = {tensor: file for file, tensors in zip(names, files) for tensor, _ in tensors}
        json.dump(dict(metadata={}, weight_map=weight_map), open(f"{folder}/model.safetensors.index.json", "w"))
    odds = 1 / numpy.arange(1, shape["vocab"] + 1)
    ids = rng.choice(shape["vocab"], 4 * max(2048, 4 * shape["width"]), p=odds / odds.sum())
    numpy.save(f"{folder}/ids.npy", ids.astype(numpy.uint16))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in SHAPES:
        sys.exit(__doc__)
    main(*sys.argv[1:])
