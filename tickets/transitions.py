"""The one table of a ticket's life (R12): each move, from where to where, what it needs, what it stamps.

Who may make a move stands in `access.ALLOWED`; what else changes, in `moves.EFFECTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tickets import needs
from tickets.access import Action, Role, may
from tickets.errors import Impossible
from tickets.needs import Need
from tickets.terms import Part, State, Supervision
from tickets.ticket import Ticket

S = State
HANDLING = (S.DISPATCHED, S.SIGNED, S.CONTACTED, S.REOPENED)
OPEN = (S.DRAFT, S.ACCEPTED, *HANDLING, S.RETURNED, S.RESOLVED, S.REVIEWED, S.CALLBACK)


@dataclass(frozen=True, slots=True)
class Transition:
    """A move: `targets` empty means that the state stays; `rules` are the rows of the notice behind it.

    `when` tells whether there is anything to move: no ruling where nothing was asked for. Whoever tries it all
    the same is told why by its effect.
    """

    action: Action
    meaning: str
    sources: tuple[State, ...]
    targets: tuple[State, ...] = ()
    needs: tuple[Need, ...] = (needs.NOTE,)
    stamps: tuple[str, ...] = ()
    rules: str = ""
    when: Callable[[Ticket], bool] = lambda ticket: True

    @property
    def who(self) -> tuple[Role, ...]:
        """The roles that may make this move."""
        return tuple(role for role in Role if may(role, self.action))


_ROWS = (
    Transition(
        Action.EDIT,
        "补充登记",
        (S.DRAFT, S.ACCEPTED, *HANDLING, S.RETURNED),
        (),
        (*needs.EDITS, needs.NOTE),
        rules="R11",
    ),
    Transition(Action.ACCEPT, "受理", (S.DRAFT,), (S.ACCEPTED,), (*needs.EDITS, needs.NOTE), ("accepted_at",), "R5"),
    Transition(
        Action.REFUSE,
        "不予受理并告知去向",
        (S.DRAFT, S.ACCEPTED),
        (S.REFUSED,),
        (needs.SCOPE, needs.ORGAN, needs.NOTE),
        ("closed_at",),
        "R6-R9",
    ),
    Transition(
        Action.ANSWER,
        "话务员直接答复",
        (S.DRAFT, S.ACCEPTED),
        (S.CLOSED,),
        (needs.RESULT, needs.ARTICLES, *needs.EDITS, needs.NOTE),
        ("resolved_at", "closed_at"),
        "R5, R16",
    ),
    Transition(
        Action.FAST_TRACK,
        "群众救助即办",
        (S.DRAFT, S.ACCEPTED),
        (S.DISPATCHED,),
        (needs.UNIT, *needs.EDITS, needs.NOTE),
        ("dispatched_at",),
        "R21",
    ),
    Transition(
        Action.DISPATCH,
        "派单",
        (S.ACCEPTED, S.REOPENED),
        (S.DISPATCHED,),
        (needs.UNIT, needs.CO_UNITS, needs.PLAN, needs.LEADER, needs.NOTE),
        ("dispatched_at",),
        "R17, R20, R22, R30",
    ),
    Transition(Action.SIGN, "签收", (S.DISPATCHED, S.REOPENED), (S.SIGNED,), stamps=("signed_at",), rules="R18"),
    Transition(
        Action.CONTACT,
        "联系群众",
        (S.SIGNED, S.CONTACTED),
        (S.CONTACTED,),
        stamps=("contacted_at",),
        rules="R23, R31",
    ),
    Transition(
        Action.RETURN,
        "申请退回",
        (S.DISPATCHED, S.SIGNED, S.CONTACTED),
        (S.RETURNED,),
        (needs.REASON, needs.SITE),
        rules="R26, R27",
        when=lambda ticket: not ticket.final,
    ),
    Transition(
        Action.RULE,
        "裁定退回",
        (S.RETURNED,),
        (S.ACCEPTED, S.DISPATCHED, S.SIGNED, S.CONTACTED),
        (needs.UPHELD, needs.REASON, needs.optional(needs.UNIT)),
        rules="R26",
    ),
    Transition(
        Action.EXTEND,
        "申请延期",
        HANDLING,
        (),
        (needs.DAYS, needs.REASON),
        rules="R29",
        when=lambda ticket: not (ticket.extension_asked or ticket.legal_due),
    ),
    Transition(
        Action.DECIDE,
        "裁定延期",
        HANDLING,
        (),
        (needs.GRANTED, needs.REASON, needs.optional(needs.DAYS)),
        rules="R29",
        when=lambda ticket: bool(ticket.extension_asked),
    ),
    Transition(Action.TERM, "确定法定时限", HANDLING, (), (needs.UNTIL, needs.BASIS, needs.NOTE), rules="R28"),
    Transition(
        Action.REPORT,
        "协办单位反馈",
        HANDLING,
        (),
        (needs.RESULT, needs.ARTICLES, needs.NOTE),
        rules="R30",
        when=lambda ticket: any(part.part == Part.CO for part in ticket.units),
    ),
    Transition(
        Action.RESOLVE,
        "办结",
        (S.CONTACTED,),
        (S.RESOLVED,),
        (needs.RESULT, needs.ARTICLES, needs.BEYOND_LAW, needs.NOTE),
        ("resolved_at",),
        "R16, R24, R25, R32, R33",
    ),
    Transition(
        Action.REVIEW,
        "复核",
        (S.RESOLVED,),
        (S.REVIEWED, S.REOPENED),
        (needs.PASSED, needs.FALSE_REPLY, needs.NOTE),
        ("reviewed_at",),
        "R34, R35",
    ),
    Transition(
        Action.CALLBACK,
        "回访",
        (S.REVIEWED, S.CALLBACK),
        (S.CALLBACK,),
        (needs.CALLED_BY, *needs.ANSWERS, needs.FALSE_REPLY, needs.NOTE),
        ("called_back_at",),
        "R34, R36-R39",
    ),
    Transition(Action.CLOSE, "归档", (S.CALLBACK,), (S.CLOSED,), stamps=("closed_at",), rules="R12, R37"),
    Transition(
        Action.REOPEN,
        "重新办理",
        (S.REVIEWED, S.CALLBACK, S.CLOSED, S.REFUSED),
        (S.REOPENED, S.ACCEPTED),
        (needs.REASON,),
        rules="R37",
    ),
    Transition(
        Action.MERGE,
        "并单",
        (S.DRAFT, S.ACCEPTED, *HANDLING),
        (S.MERGED,),
        (needs.INTO, needs.NOTE),
        ("closed_at",),
        "R41",
    ),
    Transition(Action.SUPERVISE, "督办", OPEN[1:], (), (needs.REASON, needs.LEVEL), rules="R40-R42"),
    Transition(
        Action.LIFT,
        "解除督办",
        OPEN[1:],
        (),
        (needs.REASON,),
        rules="R40",
        when=lambda ticket: ticket.supervision != Supervision.NONE,
    ),
    Transition(Action.URGE, "群众催办", OPEN, rules="R11"),
    Transition(Action.ADD, "补充情况", (*OPEN, S.CLOSED), (), (needs.REASON,), rules="R11"),
)

TABLE: Mapping[Action, Transition] = MappingProxyType({row.action: row for row in _ROWS})


def transition(ticket: Ticket, action: Action) -> Transition:
    """The row of a move of a ticket. Raises Impossible, telling what can be done instead."""
    row = TABLE.get(action)
    if row is None:
        raise Impossible(f"没有“{action}”这种办理")
    if ticket.state not in row.sources:
        can = "、".join(found.meaning for found in possible(ticket)) or "无"
        raise Impossible(f"工单{ticket.state.label}，不能{row.meaning}；现在可以：{can}")
    return row


def possible(ticket: Ticket) -> list[Transition]:
    """The moves there are for a ticket as it is."""
    return [row for row in TABLE.values() if ticket.state in row.sources and row.when(ticket)]
