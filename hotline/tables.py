"""The hotline's own tables: what its settings file does not hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant


class ElderlyRow(Base):
    """A number known to be of somebody of 65 or more, who is put through without a menu."""

    __tablename__ = "elderly_numbers"

    phone: Mapped[str] = mapped_column(String(20), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
