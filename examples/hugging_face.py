"""A callback for Hugging Face's Trainer: what it logs goes to koopsweep, and it stops when told to.

    trainer = Trainer(model, TrainingArguments(..., logging_steps=1), callbacks=[Koopsweep()])
    trainer.train(resume_from_checkpoint=Koopsweep.checkpoint())
    Koopsweep.finish(trainer)

Let output_dir be koopsweep.CHECKPOINTS. Names of Trainer's become ours: loss, grad_norm (set
max_grad_norm large, so that nothing is clipped before it is measured), learning_rate.
"""
import os

from transformers import TrainerCallback
from transformers.trainer_utils import get_last_checkpoint

import koopsweep as ks

NAMES = {"learning_rate": "lr", "eval_loss": "valid_loss", "eval_accuracy": "valid_accuracy"}


class Koopsweep(TrainerCallback):
    def __init__(self, layers=r".*\.(h|layers)\.\d+"):
        self.layers = layers  # of GPT-2 and of LLaMA

    def on_train_begin(self, args, state, control, model=None, train_dataloader=None, **_):
        """Residual states before the first step."""
        import torch
        if state.global_step or not ks.wants_snapshot(0) or train_dataloader is None:
            return
        with ks.watch(model, self.layers) as seen, torch.no_grad():
            for batch in train_dataloader:
                model(input_ids=batch["input_ids"].to(model.device))
                if sum(len(part) for part in seen.seen[0]) >= 2048:
                    break
        ks.snapshot(0, seen.states())
        control.should_training_stop = not ks.decision()["go"]

    def on_log(self, args, state, control, logs=None, **_):
        """Trainer's step counts the update just made: ours the updates before."""
        numbers = {NAMES.get(name, name): value for name, value in (logs or {}).items()
                   if isinstance(value, (int, float)) and name != "epoch"}
        if "train_runtime" not in numbers and ks.log(max(0, state.global_step - 1), **numbers):
            control.should_save = control.should_training_stop = True

    @staticmethod
    def checkpoint():
        return get_last_checkpoint(ks.CHECKPOINTS) if os.path.isdir(ks.CHECKPOINTS) else None

    @staticmethod
    def finish(trainer):
        """Stopped before its end: to be started again."""
        if ks.stopping() and trainer.state.global_step < trainer.state.max_steps:
            ks.again()
