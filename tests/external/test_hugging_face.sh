#!/bin/sh
# seconds: 1200
# The callback of examples/ for Hugging Face's Trainer, with a small GPT-2: what it writes as residual
# states are the model's hidden states; stopped, it saves; started again, it goes on from there.
python3 -c 'import torch, accelerate, transformers' 2>/dev/null ||
    { echo 'skipped: python3 has no torch with transformers and accelerate' && exit 77; }
. tests/script.sh
export PYTHONPATH="$root/examples${PYTHONPATH:+:$PYTHONPATH}" HF_HUB_OFFLINE=1
cat >train.py <<'END'
import time

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

import koopsweep as ks
from hugging_face import Koopsweep


class Wait(TrainerCallback):  # the first attempt stands still until it is told to stop
    def on_step_end(self, args, state, control, **_):
        while ks.ATTEMPT == 0 and state.global_step == 4 and not ks.stopping():
            time.sleep(0.05)


torch.manual_seed(ks.SEED)
model = GPT2LMHeadModel(GPT2Config(vocab_size=64, n_positions=32, n_embd=16, n_layer=2, n_head=2, bos_token_id=0,
                                   eos_token_id=0, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0))
rows = torch.tensor([[(i + j) % 64 for j in range(32)] for i in range(160)])

with ks.watch(model, r".*\.h\.\d+") as seen, torch.no_grad():
    hidden = model(input_ids=rows[:4], output_hidden_states=True).hidden_states
states = seen.states()
states[-1] = model.transformer.ln_f(states[-1])  # theirs is after the final norm
assert len(states) == len(hidden)
assert all(torch.allclose(a, b.reshape(a.shape), atol=1e-6) for a, b in zip(states, hidden)), "other states"

arguments = TrainingArguments(
    output_dir=ks.CHECKPOINTS, max_steps=12, logging_steps=1, learning_rate=ks.params["lr"], use_cpu=True,
    per_device_train_batch_size=8, max_grad_norm=1e9, report_to=[], save_strategy="no", disable_tqdm=True)
data = [{"input_ids": row, "labels": row} for row in rows]
trainer = Trainer(model, arguments, train_dataset=data, callbacks=[Koopsweep(), Wait()])
trainer.train(resume_from_checkpoint=Koopsweep.checkpoint())
Koopsweep.finish(trainer)
END
printf 'name: hf\nexternal: {command: [python3, train.py], steps: 12, grace: 120}\nparams.lr: 1e-2\n' >hf.yaml
"$program" run hf.yaml -n 1 -o hf >output 2>&1 &
await sh -c "grep -q '\"step\": 2' hf/external/*/metrics.jsonl"
kill -TERM $!
wait $!
[ $? -eq 4 ] || fail 'it did not stop as one that can go on'
ls -d hf/external/*/checkpoints/checkpoint-* >/dev/null || fail 'it left no checkpoint'
expect 0 '1 completed' "$program" run hf.yaml -n 1 -o hf
expect 0 '1 of 1 trials whole' "$program" verify hf
metrics=$(ls hf/external/*/metrics.jsonl)
for step in $(seq 0 11); do # every step has been taken once, and what it says is there
    [ "$(grep -c "\"step\": $step, .*\"loss\".*\"grad_norm\".*\"lr\"" "$metrics")" -eq 1 ] || fail "step $step"
done
grep -q '"step": 11, "attempt": 1' "$metrics" || fail 'nothing went on'
h5dump -y -a summary/rho hf/trials/*/*.h5 | sed -n '/DATA {/{n;p;q}' | awk '{ exit !($1 > 0) }' ||
    fail 'no spectrum came of its states'
