#!/bin/sh
# Networks that were trained here have the same logits in Hugging Face's transformers, and networks
# that transformers saves have them here: two programs that share no line.
. tests/script.sh
python3 -c 'import transformers' 2>/dev/null ||
    { echo 'skipped: python3 has no transformers (pip install torch transformers)' && exit 77; }
export PATH="$root/$BUILD/tests:$PATH" HF_HUB_OFFLINE=1

# Both heads of both families, grouped queries and other rotary frequencies.
cat >sweep.yaml <<END
name: nets
task: {name: associative_recall, seq_len: 24}
train: {steps: 20, batch: 8, valid_batches: 1, lr: 1e-2, keep_weights: true}
probe.rksp.samples: 64
model: {width: 32, layers: 2, heads: 4, rope_base: 500}
axes:
  zip:
    model.arch: [gpt, gpt, llama, llama]
    model.norm: [pre_ln, pre_ln, rms_norm, rms_norm]
    model.tied_head: [false, true, false, true]
  when: [{model.arch: llama, product: {model.kv_heads: [2]}}, {model.arch: gpt, model.tied_head: true,
          product: {model.positions: [learned, sinusoidal]}}]
END
expect 0 '5 completed' "$program" run sweep.yaml -n 2 --out run
for trial in $("$program" export run --csv | tail -n +2 | cut -d, -f1); do
    expect 0 "weights of trial $trial" "$program" export run "$trial" "ours/$trial"
done

cat >compare.py <<'END'
import glob
import subprocess
import numpy
import torch
import transformers

def check(folder, model, ids):
    text = subprocess.run(["golden_logits", folder] + [str(id) for id in ids], check=True, stdout=subprocess.PIPE).stdout
    ours = numpy.array([line.split() for line in text.decode().splitlines()], float)
    with torch.no_grad():
        theirs = model(torch.tensor([ids])).logits[0].double().numpy()
    worst = abs(ours - theirs).max()
    print(folder, type(model).__name__, "logits of", abs(theirs).max(), "differ by", worst)
    assert ours.shape == theirs.shape and worst < 1e-4 and theirs.std() > .05

def ids_for(model, count):
    return torch.randint(model.config.vocab_size, (count,), generator=torch.Generator().manual_seed(1)).tolist()

for folder in sorted(glob.glob("ours/*")):
    model, told = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    check(folder, model.float().eval(), ids_for(model, 24))

torch.manual_seed(1)
gpt2 = transformers.GPT2Config(n_embd=48, n_layer=3, n_head=4, vocab_size=300, n_positions=64, initializer_range=.2,
                               bos_token_id=None, eos_token_id=None)
llama = transformers.LlamaConfig(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
                                 intermediate_size=80, vocab_size=300, max_position_embeddings=64,
                                 initializer_range=.2)
kinds = [(transformers.GPT2LMHeadModel, gpt2), (transformers.LlamaForCausalLM, llama)]
for number, (kind, config) in enumerate(2 * kinds):
    config.tie_word_embeddings = number < 2
    model = kind(config).eval().to([torch.float32, torch.bfloat16, torch.float16, torch.float16][number])
    model.save_pretrained(f"theirs/{number}", max_shard_size=["1GB", "100KB"][number % 2])
    plain = kind(config).eval() # the same numbers; tables of its own that it does not save stay float32
    plain.load_state_dict(model.state_dict())
    check(f"theirs/{number}", plain, ids_for(model, 40))
END
expect 0 'theirs/3 LlamaForCausalLM' python3 compare.py
grep differ output
