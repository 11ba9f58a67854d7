"""How units are ranked and how long they may appeal, as the county set it (R44)."""

from __future__ import annotations

from figures.ranking import Terms, Tiers
from figures.snapshots import Policy
from figures.weights import weights_of
from hotline.settings import Settings


def policy(settings: Settings) -> Policy:
    """The terms in force for the next ranking; those that are frozen keep their own."""
    terms = Terms(
        weights_of(settings.ranking_weights), settings.ranking_least, Tiers(settings.ranking_tiers),
        settings.ranking_large, settings.ranking_middle,
    )  # fmt: skip
    return Policy(terms, settings.ranking_appeal_days)
