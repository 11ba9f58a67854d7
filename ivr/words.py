"""What may be said at any question: a person, or danger. No questionnaire can leave it out."""

from __future__ import annotations

AGENT = "agent"
DANGER = "danger"
AGENT_WORDS = ("人工", "转人工")
DANGER_WORDS = (
    "着火了", "起火", "救命", "杀人", "抢劫", "晕倒", "车祸", "煤气泄漏", "有人落水", "报警",
)  # fmt: skip
