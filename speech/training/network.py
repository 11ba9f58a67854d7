"""The network and its training: a small time-delay network over initials and finals, by CTC (PyTorch)."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from torch import nn

from speech.training.cepstra import COUNT, cepstra
from speech.training.distort import distorted
from speech.training.shape import CONTEXT, LAYERS, Trained, sounds
from speech.training.sounds import Sound

WIDTH, BATCH = 160, 32


class Network(nn.Module):
    """The network in training: each layer affine, rectified, and brought to mean 0 and variance 1."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        width = COUNT
        for number, layer in enumerate(LAYERS):
            steps += [nn.Conv1d(width, WIDTH, len(layer), 1 if number else 3), nn.ReLU(),
                      nn.BatchNorm1d(WIDTH, affine=False)]
            width = WIDTH
        self.body = nn.Sequential(*steps, nn.Dropout(0.1))
        self.out = nn.Conv1d(width, outputs, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Log probabilities, (third frames, utterances, symbols)."""
        return self.out(self.body(inputs)).log_softmax(1).permute(2, 0, 1)


def _prepared(job: tuple[Sound, list[int], int]) -> tuple[Sound, list[int]]:
    voice, symbols, seed = job
    chance = np.random.default_rng(seed)
    found = cepstra(distorted(voice, chance))
    for _ in range(2):  # SpecAugment in time; in frequency the band, the room and the throat do it
        if chance.random() < 0.3:
            at, size = chance.integers(0, len(found)), chance.integers(1, 8)
            found[at : at + size] = found.mean(0)
    return found, symbols


Spoken = Callable[[], Sequence[tuple[Sound, str]]]
"""Utterances and their texts; asked for again each time round, since more may have been spoken."""


def _batches(spoken: Spoken, index: Mapping[str, int], pool: Any, chance: random.Random) -> Iterator[Any]:
    """Without end: all utterances, distorted anew each time round, in batches of like length; short ones come first."""
    recent: deque[Any] = deque(maxlen=100)
    for first in chain([True], repeat(False)):
        jobs = [(voice, [index[sound] for sound in parts]) for voice, text in spoken()
                if index.keys() >= set(parts := sounds(text))]
        order = sorted(jobs, key=lambda job: len(job[0]) * chance.uniform(0.8, 1.25))
        groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        if not first:
            chance.shuffle(groups)
        seeded = ((voice, symbols, chance.getrandbits(32)) for group in groups for voice, symbols in group)
        made = pool.imap(_prepared, seeded, 8)
        for group in groups:
            recent.append([next(made) for _ in group])
            yield recent[-1]
            yield chance.choice(recent)  # distorting takes as long as learning: each result serves twice


Keep = Callable[[Trained], None]


def train(spoken: Spoken, words: Sequence[str], minutes: float, processes: int, keep: Keep, say: Any) -> Trained:
    """What a network has learnt in so many minutes, to spell `words` with; `keep` gets it on the way."""
    symbols = ("<blank>", *sorted({sound for word in words for sound in sounds(word)}))
    index = {symbol: number for number, symbol in enumerate(symbols)}
    torch.set_num_threads(1)
    torch.manual_seed(1)
    chance = random.Random(1)
    with get_context("fork").Pool(processes) as pool:
        batches = _batches(spoken, index, pool, chance)
        first = np.concatenate([found for _ in range(12) for found, _ in next(batches)])
        mean, spread = first.mean(0), first.std(0) + 1e-3
        network = Network(len(symbols))
        for done in _learn(network, batches, (mean, spread), minutes * 60):
            say(done)
            keep(Trained(symbols, folded(network, mean, spread)))
            network.train()
        pool.terminate()
    return Trained(symbols, folded(network, mean, spread))


def _learn(network: Network, batches: Iterator[Any], scale: tuple[Sound, Sound], seconds: float) -> Iterator[str]:
    """Learns; says how far it is, twenty times."""
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-4)
    lost, begin, step = nn.CTCLoss(zero_infinity=True), time.monotonic(), 0
    recent: list[float] = []
    told = 0
    while (done := (time.monotonic() - begin) / seconds) < 1:
        for group in optimiser.param_groups:  # up in the first tenth, then down along a cosine
            group["lr"] = 3e-3 * (done / 0.1 if done < 0.1 else 0.5 + 0.5 * np.cos(np.pi * (done - 0.1) / 0.9)) + 1e-6
        inputs, lengths, targets = _tensors(next(batches), scale)
        loss = lost(network(inputs), torch.cat(targets), lengths, torch.tensor([len(target) for target in targets]))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        recent, step = [*recent[-99:], loss.item()], step + 1
        if done * 20 >= told + 1:
            told = int(done * 20)
            yield f"{done:.0%}: {step} batches of {BATCH}, loss {sum(recent) / len(recent):.3f}"


def _tensors(batch: Any, scale: tuple[Sound, Sound]) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    longest = max(len(found) for found, _ in batch)
    inputs = np.zeros((len(batch), longest + 2 * CONTEXT, COUNT), np.float32)
    for row, (found, _) in enumerate(batch):
        inputs[row] = np.pad((found - scale[0]) / scale[1], ((CONTEXT, CONTEXT + longest - len(found)), (0, 0)), "edge")
    lengths = torch.tensor([-(-len(found) // 3) for found, _ in batch])
    return torch.from_numpy(inputs.transpose(0, 2, 1).copy()), lengths, [torch.tensor(target) for _, target in batch]


def folded(network: Network, mean: Sound, spread: Sound) -> tuple[tuple[Sound, Sound], ...]:
    """Each layer's matrix over its inputs side by side, with the scaling before it folded in."""
    network.eval()
    layers = []
    steps = [step for step in network.body if not isinstance(step, (nn.ReLU, nn.Dropout))]
    for step in [*steps, network.out]:
        if isinstance(step, nn.BatchNorm1d):
            mean = step.running_mean.numpy()
            spread = np.sqrt(step.running_var.numpy() + step.eps)
            continue
        weight, offset = step.weight.detach().numpy(), step.bias.detach().numpy()
        scaled = weight / spread[None, :, None]
        offset = offset - (scaled * mean[None, :, None]).sum((1, 2))
        layers.append((scaled.transpose(0, 2, 1).reshape(len(weight), -1), offset))
    return tuple(layers)
