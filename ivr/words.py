"""What may be said at any question: a person, or danger. No questionnaire can leave it out."""

from __future__ import annotations

AGENT = "agent"
DANGER = "danger"
AGENT_WORDS = ("人工", "转人工", "找人工", "人工服务")
DANGER_WORDS = (
    "着火了", "起火", "起火了", "救命", "杀人", "抢劫", "晕倒", "晕倒了", "车祸", "出车祸了", "煤气泄漏",
    "有人落水", "报警",
)  # fmt: skip
