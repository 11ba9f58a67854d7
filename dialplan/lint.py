"""The faults a reader of the dialplan can miss: targets that do not exist, sounds without a file, unfiltered values.

`python -m dialplan.lint` prints them, one a line, and exits 1 when there are any.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from asterisk_conf import modules
from speech.catalogue import load
from telephony.call import Next
from telephony.variables import VARIABLES

FOLDER = Path(__file__).parent
# What a stranger chooses: the caller's number and name, and whatever was sent as a header.
UNTRUSTED = re.compile(r"\$\{(CALLERID\(|PJSIP_HEADER\(|CONNECTEDLINE\()")
# Where such a value may stand: inside these it is cut down to something harmless or only measured.
HARMLESS = re.compile(r"\$\{(FILTER\([^,]+,|LEN\(|URIENCODE\()\$\{CALLERID\(num\)\}\)\}")
# One module for each application used; a new application must be added here and to asterisk_conf/modules.py.
BUILT_IN = {"Answer", "Bridge", "Hangup", "Goto", "GotoIf", "MSet", "Set", "NoOp", "Wait", "Gosub", "Return", "ExecIf",
            "SayDigits"}
MODULES = {
    "AGI": "res_agi", "AMD": "app_amd", "AddQueueMember": "app_queue", "CELGenUserEvent": "app_celgenuserevent",
    "ChanSpy": "app_chanspy", "ChannelRedirect": "app_channelredirect", "ConfBridge": "app_confbridge",
    "Dial": "app_dial", "MixMonitor": "app_mixmonitor", "Originate": "app_originate",
    "PauseQueueMember": "app_queue", "Playback": "app_playback", "Queue": "app_queue", "Read": "app_read",
    "ReceiveFAX": "res_fax",
    "RemoveQueueMember": "app_queue", "SoftHangup": "app_softhangup", "StopMixMonitor": "app_mixmonitor",
    "UnpauseQueueMember": "app_queue",
}  # fmt: skip


@dataclass(slots=True)
class Context:
    """One context: its patterns, the labels of each, and the contexts it includes."""

    extensions: dict[str, set[str]] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """One line: where it stands and the application with its arguments."""

    place: str
    context: str
    extension: str
    application: str
    arguments: str


def parse(folder: Path = FOLDER) -> tuple[dict[str, Context], list[Step]]:
    """The contexts by name and every step of the *.conf files of `folder`."""
    contexts: dict[str, Context] = {}
    steps: list[Step] = []
    for file in sorted(folder.glob("*.conf")):
        context = extension = ""
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            text = line.strip()
            if match := re.fullmatch(r"\[([\w-]+)\]", text):
                context = match[1]
                contexts.setdefault(context, Context())
            elif match := re.fullmatch(r"include\s*=>\s*([\w-]+)", text):
                contexts[context].includes.append(match[1])
            elif match := re.fullmatch(
                r"(?:exten\s*=>\s*([^,]+)|same\s*=>\s*n)(?:,1)?(?:\((\w+)\))?,(\w+)\((.*)\)", text
            ):
                extension = match[1] or extension
                labels = contexts[context].extensions.setdefault(extension, {"1"})
                if match[2]:
                    labels.add(match[2])
                steps.append(Step(f"{file.name}:{number}", context, extension, match[3], match[4]))
            elif text and not text.startswith(";"):
                steps.append(Step(f"{file.name}:{number}", context, extension, "?", text))
    return contexts, steps


def matches(pattern: str, extension: str) -> bool:
    """Whether an Asterisk pattern (or plain extension) takes `extension`."""
    if not pattern.startswith("_"):
        return pattern == extension
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*", "*": r"\*"}
    pieces = re.findall(r"\[[^\]]+\]|.", pattern[1:])
    return re.fullmatch("".join(classes.get(piece, piece) for piece in pieces), extension) is not None


def exists(contexts: dict[str, Context], context: str, extension: str, label: str) -> bool:
    """Whether the target can be reached in the context or one it includes."""
    if context not in contexts:
        return False
    for pattern, labels in contexts[context].extensions.items():
        if (pattern == extension or matches(pattern, extension)) and label in labels:
            return True
    return any(exists(contexts, include, extension, label) for include in contexts[context].includes)


def _targets(step: Step) -> list[str]:
    if step.application in ("Goto", "Gosub"):
        return [re.sub(r"\(.*", "", step.arguments)]
    if step.application == "GotoIf":
        branches = step.arguments[_question(step.arguments) + 1 :]
        return [part for part in _split(branches, ":") if part]
    if step.application == "Originate" and ",exten," in step.arguments:
        channel, _, context, extension, priority = _split(step.arguments, ",")[:5]
        return [f"{context},{extension},{priority}", *_local(channel)]
    if step.application == "Originate":
        return _local(_split(step.arguments, ",")[0])
    return []


def _local(channel: str) -> list[str]:
    match = re.fullmatch(r"Local/(.+)@([\w-]+)(?:/n)?", channel)
    return [f"{match[2]},{match[1]},1"] if match else []


def _question(text: str) -> int:
    depth = 0
    for index, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "?" and depth == 0:
            return index
    return len(text)


def _split(text: str, mark: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _expand(target: str, flows: set[str]) -> list[str]:
    """The targets a variable in the name may stand for."""
    if "${HOTLINE_NEXT}" in target:
        return [target.replace("${HOTLINE_NEXT}", value) for value in Next]
    if "${HOTLINE_FLOW}" in target:
        return [target.replace("${HOTLINE_FLOW}", flow) for flow in sorted(flows)]
    for variable in ("${EXTEN}", "${HOTLINE_SERVICE}", "${ARG1}"):
        if variable in target:
            return [target.replace(variable, service) for service in ("110", "119", "120", "122")]
    if "${CHANNEL(endpoint)}" in target:
        return [target.replace("${CHANNEL(endpoint)}", "8001")]
    if "${HOTLINE_CALLER}" in target:
        return [target.replace("${HOTLINE_CALLER}", "13800000001")]
    return [target]


def _faults_of(step: Step, contexts: dict[str, Context], flows: set[str], sounds: set[str]) -> list[str]:
    if step.application == "?":
        return [f"not understood: {step.arguments}"]
    faults = []
    if step.application not in BUILT_IN | MODULES.keys():
        faults.append(f"application {step.application} is not in the list of known ones")
    elif MODULES.get(step.application, "pbx_config") not in modules.names():
        faults.append(f"application {step.application}: its module is not loaded (asterisk_conf/modules.py)")
    for target in [full for part in _targets(step) for full in _expand(part, flows)]:
        pieces = target.split(",")
        label = pieces[-1]
        context = pieces[0] if len(pieces) == 3 else step.context
        extension = pieces[-2] if len(pieces) > 1 else step.extension
        if not exists(contexts, context, extension, label):
            faults.append(f"no such target: {target}")
    if step.application in ("Playback", "Read") and "${IF" not in step.arguments:
        index = 1 if step.application == "Read" else 0
        for name in _split(step.arguments, ",")[index].split("&"):
            wanted = [name.replace("${EXTEN}", service) for service in ("110", "119", "120", "122")]
            faults += [f"no sound {one}" for one in dict.fromkeys(wanted) if one and one not in sounds]
    if UNTRUSTED.search(HARMLESS.sub("", step.arguments)) and not step.arguments.startswith("CALLERID("):
        faults.append("a value chosen by the caller reaches an application unfiltered")
    for name in re.findall(r"HOTLINE_[A-Z_]+", step.arguments):
        if name not in VARIABLES:
            faults.append(f"variable {name} is not in telephony/variables.py")
    return faults


def faults(folder: Path = FOLDER) -> list[str]:
    """Every fault found, as `file:line: what`; empty when the dialplan is sound."""
    contexts, steps = parse(folder)
    flows = {match[1] for step in steps if (match := re.fullmatch(r"flow,(\w+),1", step.arguments))}
    sounds = set(load())
    found = [f"{step.place}: {fault}" for step in steps for fault in _faults_of(step, contexts, flows, sounds)]
    for name, context in contexts.items():
        runs_agi = any(step.context == name and step.application == "AGI" for step in steps)
        if runs_agi and "T" not in context.extensions:
            found.append(f"{name}: runs AGI without an extension T for its timeout")
    return found


if __name__ == "__main__":
    problems = faults()
    print("\n".join(problems) or "dialplan: no fault found")
    sys.exit(1 if problems else 0)
