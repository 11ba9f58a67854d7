"""The tables of units, their people, places, matters and duties."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base
from tickets.columns import BigId, Word
from tickets.terms import Duty


class UnitRow(Base):
    """A unit of the registry form (R49): 责任单位 `name`, 工作机构 `body`, 填报单位 `reporter`."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    body: Mapped[str] = mapped_column(String(100), default="")
    reporter: Mapped[str] = mapped_column(String(100), default="")


class PersonRow(Base):
    """A person of a unit (R19): one leader (分管领导), one liaison (负责人), handlers (工作人员)."""

    __tablename__ = "unit_people"
    __table_args__ = (Index(None, "unit"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    duty: Mapped[Duty] = mapped_column(Word(Duty))
    place: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(50))
    employer: Mapped[str] = mapped_column(String(100), default="")
    post: Mapped[str] = mapped_column(String(100), default="")
    office_phone: Mapped[str] = mapped_column(String(40), default="")
    mobile: Mapped[str] = mapped_column(String(40), default="")


class TerritoryRow(Base):
    """A place of the territory tree (R20): county, towns, villages; `unit` answers for it, "" when none is named."""

    __tablename__ = "territories"
    __table_args__ = (Index(None, "parent"),)

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    parent: Mapped[str | None] = mapped_column(ForeignKey("territories.code"))
    unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))


class MatterRow(Base):
    """A matter of the matter tree."""

    __tablename__ = "matters"
    __table_args__ = (Index(None, "parent"),)

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    parent: Mapped[str | None] = mapped_column(ForeignKey("matters.code"))


class DutyRow(Base):
    """A line of the duty catalogue: who answers for a matter (and what lies under it), everywhere or in one place."""

    __tablename__ = "duties"
    __table_args__ = (Index(None, "matter", "territory", "unit", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    matter: Mapped[str] = mapped_column(ForeignKey("matters.code"))
    territory: Mapped[str | None] = mapped_column(ForeignKey("territories.code"))
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    basis: Mapped[str] = mapped_column(String(300), default="")
