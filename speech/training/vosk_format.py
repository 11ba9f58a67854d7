"""Writes a trained network as the folder that vosk opens: Kaldi's nnet3 as text, the words as an HCLr graph.

Every unit of sound has one state that stays or goes on; between two units a blank state may stand. A word's label is
on its first arc, so that a grammar chooses words without look-ahead. `[unk]` is any run of units, at a price a unit.

kaldifst and vosk must not be loaded into one process: the second to come hangs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import kaldifst
import numpy as np

from speech.training.cepstra import COUNT, HIGHEST, LOWEST
from speech.training.shape import CONTEXT, LAYERS, Trained, sounds

UNKNOWN = "[unk]"
UNKNOWN_WORD, UNKNOWN_UNIT = 3.0, 1.5
"""What any other word costs, and each of its units, in natural logarithms: less accepts less, and hears less.

Together with the decoder's scale and beam they were chosen on some of the test's trials (docs/speech.md).
"""

SCALE = 0.7
"""What the network's logarithms count beside those prices."""

_SILENCE, _BLANK = 1, 2
_PLACES = ("begin", "internal", "end", "singleton")
_MFCC = f"""--use-energy=false
--sample-frequency=8000
--num-mel-bins={COUNT}
--num-ceps={COUNT}
--low-freq={LOWEST}
--high-freq={HIGHEST}
--dither=0
--allow-upsample=true
--allow-downsample=true
"""
_DECODER = f"""--min-active=200
--max-active=3000
--beam=12.0
--lattice-beam=4.0
--acoustic-scale={SCALE}
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""


def write(networks: Sequence[Trained], words: Sequence[str], folder: Path) -> None:
    """Writes the model's folder, of one network or of several whose mean it hears by; `words` are all that a grammar
    may name."""
    for name in ("am", "conf", "graph/phones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    symbols = networks[0].symbols
    phones = [("SIL", "nonword", 0), ("BLANK", "internal", 0)]
    phones += [
        (f"{symbol}_{place[0].upper()}", place, number)
        for number, symbol in enumerate(symbols[1:], 1) for place in _PLACES
    ]
    usable = [word for word in words if (units := sounds(word)) and set(units) <= set(symbols)]
    vocabulary = ["<eps>", *usable, UNKNOWN]
    (folder / "am/final.mdl").write_text(_transitions(phones) + _mean(networks), encoding="utf-8")
    (folder / "conf/mfcc.conf").write_text(_MFCC, encoding="utf-8")
    (folder / "conf/model.conf").write_text(_DECODER, encoding="utf-8")
    graph = folder / "graph"
    _lines(graph / "phones/word_boundary.int", (f"{number} {place}" for number, (_, place, _) in enumerate(phones, 1)))
    _lines(graph / "phones.txt", ["<eps> 0", *(f"{phone[0]} {number}" for number, phone in enumerate(phones, 1))])
    _lines(graph / "words.txt", (f"{word} {number}" for number, word in enumerate(vocabulary)))
    _lines(graph / "disambig_tid.int", ["1000000"])
    _words_graph(symbols, vocabulary).write(str(graph / "HCLr.fst"))
    _any_word(len(vocabulary)).write(str(graph / "Gr.fst"))


def read(folder: Path) -> list[Trained]:
    """The networks that were written into the folder, with the digits that were written."""
    text = (folder / "am/final.mdl").read_text(encoding="utf-8")
    found = re.findall(r"<LinearParams>\s+\[([^\]]*)\]\s+<BiasParams>\s+\[([^\]]*)\]", text)
    *layers, (weight, offset) = [
        (np.array([row.split() for row in weight.strip().splitlines()], np.float32),
         np.array(offset.split(), np.float32)) for weight, offset in found
    ]
    phones = (folder / "graph/phones.txt").read_text(encoding="utf-8").split()[::2]
    symbols = ("<blank>", *dict.fromkeys(phone[:-2] for phone in phones[3:]))
    count, each = len(layers) // len(LAYERS), len(LAYERS)
    return [
        Trained(symbols, (*layers[each * number : each * (number + 1)], (count * last, offset)))
        for number, last in enumerate(np.split(weight, count, 1))
    ]


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _vector(values: Iterable[float]) -> str:
    return f" [ {' '.join(f'{value:.4g}' for value in values)} ]\n"


def _matrix(rows: Any) -> str:
    return " [\n  " + "\n  ".join(" ".join(f"{value:.3g}" for value in row) for row in rows) + " ]\n"


def _transitions(phones: Sequence[tuple[str, str, int]]) -> str:
    """Kaldi's transition model: each phone one state; transition 2n-1 stays in phone n, 2n leaves it."""
    numbers = " ".join(str(number) for number in range(1, len(phones) + 1))
    triples = "".join(f"{number} 0 {phone[2]} \n" for number, phone in enumerate(phones, 1))
    return (
        f"<TransitionModel> \n<Topology> \n<TopologyEntry> \n<ForPhones> \n{numbers}\n</ForPhones> \n"
        "<State> 0 <PdfClass> 0 <Transition> 0 0.5 <Transition> 1 0.5 </State> \n<State> 1 </State> \n"
        f"</TopologyEntry> \n</Topology> \n<Triples> {len(phones)} \n{triples}</Triples> \n"
        f"<LogProbs> \n{_vector([0, *[math.log(0.5)] * (2 * len(phones))])}</LogProbs> \n</TransitionModel> \n"
    )


def _mean(networks: Sequence[Trained]) -> str:
    """Kaldi's nnet3: the networks side by side on the same input, the mean of what they find as its output."""
    nodes, components = [f"input-node name=input dim={COUNT}"], []
    for number, trained in enumerate(networks):
        before = "input"
        for at, (layer, spread) in enumerate(zip(trained.layers, LAYERS, strict=False)):
            inputs = ", ".join(before if not offset else f"Offset({before}, {offset})" for offset in spread)
            name = f"m{number}l{at}"
            nodes += _nodes(name, inputs)
            components += _components(name, "RectifiedLinearComponent", *layer)
            before = f"{name}.shape"
    nodes += _nodes("out", ", ".join(f"m{number}l{len(LAYERS) - 1}.shape" for number in range(len(networks))))
    weights, offsets = zip(*(trained.layers[-1] for trained in networks), strict=True)
    weight = np.concatenate(weights, 1) / len(networks)
    components += _components("out", "LogSoftmaxComponent", weight, sum(offsets) / len(networks))
    nodes.append("output-node name=output input=out.shape objective=linear")
    return (
        "<Nnet3> \n" + "\n".join(nodes) + f"\n\n<NumComponents> {len(components)} \n" + "".join(components)
        + f"</Nnet3> \n<LeftContext> {CONTEXT} <RightContext> {CONTEXT} <Priors>  [ ]\n"
    )


def _nodes(name: str, inputs: str) -> tuple[str, str]:
    return (f"component-node name={name}.affine component={name}.affine input=Append({inputs})",
            f"component-node name={name}.shape component={name}.shape input={name}.affine")


def _components(name: str, kind: str, weight: Any, offset: Any) -> tuple[str, str]:
    return (
        f"<ComponentName> {name}.affine <FixedAffineComponent> <LinearParams> {_matrix(weight)}"
        f"<BiasParams> {_vector(offset)}</FixedAffineComponent> \n",
        f"<ComponentName> {name}.shape <{kind}> <Dim> {len(offset)} <ValueAvg>  [ ]\n<DerivAvg>  [ ]\n"
        f"<Count> 0 <NumDimsSelfRepaired> 0 <NumDimsProcessed> 0 </{kind}> \n",
    )


class _Graph:
    """The graph of words under construction; state 0 stands between words, as does 1, after silence."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.fst = kaldifst.StdVectorFst()
        self.phone = {(symbol, place): 3 + 4 * number + at for number, symbol in enumerate(symbols[1:])
                      for at, place in enumerate(_PLACES)}
        self.between = (self.state(), self.state())
        self.fst.start = self.between[0]
        for state in self.between:
            self.fst.set_final(state, 0.0)
        silence = self.staying(_SILENCE)
        self.arc(self.between[0], 2 * _SILENCE, 0, 0.0, silence)
        self.arc(silence, 0, 0, 0.0, self.between[1])

    def state(self) -> int:
        return int(self.fst.add_state())

    def arc(self, start: int, reads: int, writes: int, cost: float, end: int) -> None:
        self.fst.add_arc(start, kaldifst.StdArc(reads, writes, cost, end))

    def staying(self, phone: int) -> int:
        """A state that a phone may stay in."""
        state = self.state()
        self.arc(state, 2 * phone - 1, 0, 0.0, state)
        return state

    def blank_after(self, state: int) -> int:
        blank = self.staying(_BLANK)
        self.arc(state, 2 * _BLANK, 0, 0.0, blank)
        return blank

    def word(self, units: Sequence[str], label: int) -> None:
        before: Sequence[int] = self.between
        for at, unit in enumerate(units):
            first, last = at == 0, at == len(units) - 1
            phone = self.phone[unit, "singleton" if first and last else "begin" if first else "end" if last else
                               "internal"]
            state = self.staying(phone)
            for start in before:
                self.arc(start, 2 * phone, label if first else 0, 0.0, state)
            if last:
                self.arc(state, 0, 0, 0.0, self.between[0])
            else:  # the same unit twice needs the blank between
                before = [self.blank_after(state), *([state] if units[at + 1] != unit else [])]

    def unknown(self, symbols: Sequence[str], label: int) -> None:
        inside = self.state()
        for symbol in symbols[1:]:
            starts = [(start, "begin", label, UNKNOWN_WORD + UNKNOWN_UNIT) for start in self.between]
            for start, place, writes, cost in [*starts, (inside, "internal", 0, UNKNOWN_UNIT)]:
                phone = self.phone[symbol, place]
                state = self.staying(phone)
                self.arc(start, 2 * phone, writes, cost, state)
                for end in (state, self.blank_after(state)):
                    self.arc(end, 0, 0, 0.0, inside)
            phone = self.phone[symbol, "end"]
            state = self.staying(phone)
            self.arc(inside, 2 * phone, 0, UNKNOWN_UNIT, state)
            self.arc(state, 0, 0, 0.0, self.between[0])


def _words_graph(symbols: Sequence[str], vocabulary: Sequence[str]) -> Any:
    graph = _Graph(symbols)
    for label, word in enumerate(vocabulary[1:-1], 1):
        graph.word(sounds(word), label)
    graph.unknown(symbols, len(vocabulary) - 1)
    kaldifst.arcsort(graph.fst, "olabel")
    return graph.fst


def _any_word(count: int) -> Any:
    loop = kaldifst.StdVectorFst()
    state = loop.add_state()
    loop.start = state
    loop.set_final(state, 0.0)
    for label in range(1, count):
        loop.add_arc(state, kaldifst.StdArc(label, label, float(np.log(count - 1)), state))
    kaldifst.arcsort(loop, "ilabel")
    return loop
