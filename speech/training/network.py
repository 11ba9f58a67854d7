"""The network and its training: a small time-delay network over initials and finals, by CTC (PyTorch)."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from speech.training.cepstra import COUNT, bands, cosines
from speech.training.choosing import Spelling, choosing
from speech.training.distort import distorted
from speech.training.shape import CONTEXT, LAYERS, Trained, sounds
from speech.training.sounds import Sound
from speech.training.vary import varied

WIDTH, BATCH = 256, 32
_AGAIN, _MEMORY = 5, 1200
"""How often what was distorted is learnt from, each time varied; how many batches are remembered for that."""
_ROUND = 4000
"""Utterances drawn before it is looked what else has been spoken meanwhile."""
_FASTEST, _FASTEST_ON = 2e-3, 1e-3
"""The rate of learning at its height, from nothing and from what was learnt before."""
SPELLING = 0.6
"""The share of the time in which only spelling is learnt."""
_AMONG = 0.4
"""The share of a question's other phrases that are weighed each time."""
_SMOOTH = 0.998
"""The share of the weights' running mean that a step leaves: that mean is what is kept."""


class Layer(nn.Module):
    """Affine over some frames, rectified, and brought to mean 0 and variance 1."""

    def __init__(self, inputs: int, offsets: Sequence[int], stride: int) -> None:
        super().__init__()
        self.at, self.stride = [offset - offsets[0] for offset in offsets], stride
        self.affine = nn.Linear(inputs * len(offsets), WIDTH)
        self.norm = nn.BatchNorm1d(WIDTH, affine=False, momentum=0.03)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(utterances, fewer frames, WIDTH)."""
        count = (inputs.shape[1] - self.at[-1] - 1) // self.stride + 1
        last = (count - 1) * self.stride + 1
        beside = torch.cat([inputs[:, at : at + last : self.stride] for at in self.at], 2)
        rectified = self.affine(beside.reshape(-1, beside.shape[2])).relu()
        normal: torch.Tensor = self.norm(rectified.float())
        return normal.reshape(len(inputs), count, WIDTH)


class Network(nn.Module):
    """The network in training; every third frame is computed, from the first layer on."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        thirds = ([offset // 3 for offset in layer] for layer in LAYERS[1:])
        self.body = nn.Sequential(Layer(COUNT, LAYERS[0], 3), *(Layer(WIDTH, layer, 1) for layer in thirds))
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(WIDTH, outputs)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Log probabilities, (third frames, utterances, symbols)."""
        with torch.autocast("cpu", torch.bfloat16):
            found = self.out(self.drop(self.body(inputs)))
        return found.float().log_softmax(2).transpose(0, 1)


def _prepared(job: tuple[Sound, list[int], int]) -> tuple[Sound, list[int]]:
    voice, symbols, seed = job
    return bands(distorted(voice, np.random.default_rng(seed))), symbols


Spoken = Callable[[], Sequence[tuple[Sound, str]]]
"""Utterances and their texts; asked for again each time round, since more may have been spoken."""


def _batches(spoken: Spoken, index: Mapping[str, int], pool: Any, chance: random.Random, easy: bool) -> Iterator[Any]:
    """Without end: utterances, distorted anew each time, in batches of like length; `easy`: short ones come first."""
    recent: deque[Any] = deque(maxlen=_MEMORY)
    vary = np.random.default_rng(chance.getrandbits(32))
    for first in chain([easy], repeat(False)):
        jobs = [(voice, [index[sound] for sound in parts]) for voice, text in spoken()
                if index.keys() >= set(parts := sounds(text))]
        drawn = chance.sample(jobs, min(len(jobs), _ROUND))
        order = sorted(drawn, key=lambda job: len(job[0]) * chance.uniform(0.8, 1.25))
        groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        if not first:
            chance.shuffle(groups)
        seeded = ((voice, symbols, chance.getrandbits(32)) for group in groups for voice, symbols in group)
        made = pool.imap(_prepared, seeded, 8)
        for group in groups:
            recent.append([next(made) for _ in group])
            for batch in [recent[-1], *(chance.choice(recent) for _ in range(_AGAIN - 1))]:
                yield [(varied(found, vary) @ cosines(), symbols) for found, symbols in batch]


Keep = Callable[[Trained], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to learn, in what share of it only to spell, with how many helpers, and from what on."""

    minutes: float
    processes: int = 1
    spelling: float = SPELLING
    start: Trained | None = None


def train(spoken: Spoken, words: Sequence[str], questions: Sequence[Sequence[str]], plan: Plan, keep: Keep, say: Any
          ) -> Trained:
    """What a network has learnt, to spell `words` with and to choose among each question's phrases.

    `keep` gets it on the way.
    """
    symbols = ("<blank>", *sorted({sound for word in words for sound in sounds(word)}))
    index = {symbol: number for number, symbol in enumerate(symbols)}
    torch.set_num_threads(1)
    torch.manual_seed(1)
    chance = random.Random(1)
    with get_context("fork").Pool(plan.processes) as pool:
        batches = _batches(spoken, index, pool, chance, easy=not plan.start)
        first = [one for _ in range(12) for one in next(batches)]
        every = np.concatenate([found for found, _ in first])
        mean, spread = every.mean(0), every.std(0) + 1e-3
        phrases = [[[index[sound] for sound in sounds(phrase)] for phrase in question] for question in questions]
        network = Network(len(symbols))
        if plan.start:
            _unfold(network, plan.start, (mean, spread), _tensors(first, (mean, spread))[0])
        kept = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_SMOOTH), use_buffers=True)
        for done in _learn(network, kept, batches, (mean, spread), phrases, plan):
            say(done)
            keep(Trained(symbols, folded(kept.module, mean, spread)))
        pool.terminate()
    return Trained(symbols, folded(kept.module, mean, spread))


def _learn(network: Network, kept: AveragedModel, batches: Iterator[Any], scale: tuple[Sound, Sound],
           questions: Sequence[Sequence[Spelling]], plan: Plan) -> Iterator[str]:
    """Learns, first to spell and then also to choose; says how far it is, twenty times."""
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-3)
    lost, begin, step = nn.CTCLoss(zero_infinity=True), time.monotonic(), 0
    recent: deque[float] = deque(maxlen=200)
    chance = random.Random(2)
    told = 0
    fastest = _FASTEST_ON if plan.start else _FASTEST
    while (done := (time.monotonic() - begin) / (60 * plan.minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = fastest * _rate(done)
        batch = next(batches)
        inputs, lengths, targets = _tensors(batch, scale)
        found = network(inputs)
        loss = lost(found, torch.cat(targets), lengths, torch.tensor([len(target) for target in targets]))
        if done > plan.spelling:
            said = [symbols for _, symbols in batch]
            among = [phrase for phrase in chance.choice(questions) if phrase in said or chance.random() < _AMONG]
            loss = loss + choosing(found, lengths, said, among)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        kept.update_parameters(network)
        recent.append(loss.item())
        step += 1
        if done * 20 >= told + 1:
            told = int(done * 20)
            yield f"{done:.0%}: {step} batches of {BATCH}, loss {sum(recent) / len(recent):.3f}"


def _rate(done: float) -> float:
    """How fast to learn, 0 to 1: up, level for half the time, then down along a cosine."""
    return float(min(done / 0.03, 1, 0.5 + 0.5 * np.cos(np.pi * max(0, (done - 0.5) / 0.5))) + 1e-3)


def _tensors(batch: Any, scale: tuple[Sound, Sound]) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    longest = max(len(found) for found, _ in batch)
    inputs = np.zeros((len(batch), longest + 2 * CONTEXT, COUNT), np.float32)
    for row, (found, _) in enumerate(batch):
        inputs[row] = np.pad((found - scale[0]) / scale[1], ((CONTEXT, CONTEXT + longest - len(found)), (0, 0)), "edge")
    lengths = torch.tensor([-(-len(found) // 3) for found, _ in batch])
    return torch.from_numpy(inputs), lengths, [torch.tensor(target) for _, target in batch]


def folded(network: Network, mean: Sound, spread: Sound) -> tuple[tuple[Sound, Sound], ...]:
    """Each layer's matrix over its inputs side by side, with the scaling before it folded in."""
    layers = []
    for layer in [*network.body, None]:
        affine = layer.affine if layer else network.out
        weight, offset = affine.weight.detach().numpy(), affine.bias.detach().numpy()
        times = weight.shape[1] // len(mean)
        scaled = weight / np.tile(spread, times)
        layers.append((scaled, offset - scaled @ np.tile(mean, times)))
        if layer:
            mean = layer.norm.running_mean.numpy()
            spread = np.sqrt(layer.norm.running_var.numpy() + layer.norm.eps)
    return tuple(layers)


def _unfold(network: Network, trained: Trained, scale: tuple[Sound, Sound], inputs: torch.Tensor) -> None:
    """Makes the network what `trained` was before folding; the scalings between its layers are those of `inputs`."""
    mean, spread = scale
    with torch.no_grad():
        for layer, (weight, offset) in zip([*network.body, None], trained.layers, strict=True):
            affine = layer.affine if layer else network.out
            times = weight.shape[1] // len(mean)
            affine.weight.copy_(torch.as_tensor(weight * np.tile(spread, times)))
            affine.bias.copy_(torch.as_tensor(offset + weight @ np.tile(mean, times)))
            if layer:
                usual, layer.norm.momentum = layer.norm.momentum, 1.0
                inputs = layer(inputs)
                layer.norm.momentum = usual
                mean = layer.norm.running_mean.numpy()
                spread = np.sqrt(layer.norm.running_var.numpy() + layer.norm.eps)
