"""What the scripts that train share: their options, and the descent."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch


def parser(doc: str | None, *, epochs: int, rank: int, rate: float) -> argparse.ArgumentParser:
    """The options that all have, with these defaults."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("data", type=Path)
    made.add_argument("out", type=Path)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--steps", type=int, default=0, help="batches; 0: all")
    made.add_argument("--epochs", type=int, default=epochs)
    made.add_argument("--rank", type=int, default=rank)
    made.add_argument("--rate", type=float, default=rate)
    return made


def descend(
    work: Sequence[Any],
    loss_of: Callable[[Any], torch.Tensor],
    weights: list[torch.nn.Parameter],
    rate: float,
    *,
    warm: int,
    least: float,
    decay: float = 0.01,
    every: int = 20,
) -> None:
    """AdamW over the batches: the rate rises over `warm` steps and falls in a line to `least` of itself, gradients are
    clipped at 1, a step whose loss or gradient is not finite is left out. Every so many steps the loss is printed."""
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / warm) * max(least, 1 - step / len(work))
    )
    for step, batch in enumerate(work):
        loss = loss_of(batch)
        if torch.isfinite(loss):
            loss.backward()  # type: ignore[no-untyped-call]
            if torch.isfinite(torch.nn.utils.clip_grad_norm_(weights, 1.0)):
                optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        if step % every == 0:
            print(f"{step}/{len(work)} loss {loss.item():.3f}", flush=True)
