"""Units, trees, duties and notices as tables: read, written, refused whole when a row is bad (R19, R20, R49)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook

from store.engine import Store
from tickets.calendar_check import check_calendar
from tickets.calendar_store import announced_in, days_of, load_calendar, seed, store_notice
from tickets.duties import import_duties, start_catalogue, suggest
from tickets.errors import ImportRefused, Invalid, NotFound
from tickets.notices import read_notice
from tickets.terms import Duty
from tickets.trees import MATTERS, TERRITORIES, downwards, import_nodes, nodes, upwards
from tickets.units import Person, Unit, all_units, put_units, unit_named
from tickets.units_form import HEADER, TITLE, read_form, write_form
from tickets.workdays import NATIONAL, PREFECTURE, DayKind, Status

PEOPLE = (
    Person(Duty.LEADER, "张一", "县水务局", "副局长", "0878-8710001", "13800000001"),
    Person(Duty.LIAISON, "李二", "县水务局", "办公室主任", "0878-8710002", "13800000002"),
    Person(Duty.HANDLER, "王三", "县水务局", "科员", "0878-8710003", "13800000003"),
    Person(Duty.HANDLER, "赵四", "县水务局", "科员", "", "13800000004"),
)
WATER = Unit("县水务局", body="办公室", reporter="县水务局", people=PEOPLE)


def sheet(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def form_rows(units: int) -> list[list[object]]:
    rows: list[list[object]] = [[TITLE], list(HEADER)]
    for number in range(units):
        rows += [
            [
                "县政府办",
                "综合科",
                f"单位{number}",
                person.duty.label,
                person.name,
                "县",
                "职务",
                "8710001",
                13800000001,
            ]
            for person in PEOPLE
        ]
    return rows


class TestRegistry:
    """R19, R49: the form, with its leader, liaison and handlers."""

    def test_the_form_comes_back_as_it_was_written(self, tmp_path: Path) -> None:
        others = [replace(WATER, name=f"单位{n}", reporter="县政府办") for n in range(3)]
        write_form([WATER, *others], tmp_path / "form.xlsx")
        assert read_form(tmp_path / "form.xlsx") == [WATER, *others]

    def test_it_has_the_form_s_own_layout(self, tmp_path: Path) -> None:
        write_form([WATER], tmp_path / "form.xlsx")
        made = openpyxl.load_workbook(tmp_path / "form.xlsx").worksheets[0]
        assert made["A1"].value == TITLE and [cell.value for cell in made[2]] == list(HEADER)
        assert [made.cell(row, 4).value for row in range(3, 7)] == ["分管领导", "负责人", "工作人员", "工作人员"]
        assert {area.coord for area in made.merged_cells.ranges} == {"A1:I1", "A3:A6", "B3:B6", "C3:C6"}

    def test_the_reporting_unit_may_stand_above_the_table(self, tmp_path: Path) -> None:
        rows = form_rows(1)
        without = [[*rows[1][1:]], *[row[1:] for row in rows[2:]]]
        path = sheet(tmp_path / "form.xlsx", [[TITLE], ["填报单位：县水务局"], *without])
        assert read_form(path)[0].reporter == "县水务局"

    def test_import_replaces_by_name(self, store: Store) -> None:
        with store.begin() as session:
            assert put_units(session, [WATER]) == (1, 0)
            assert put_units(session, [replace(WATER, people=PEOPLE[:3])]) == (0, 1)
            assert unit_named(session, "县水务局") == replace(WATER, code="U0001", people=PEOPLE[:3])
            assert unit_named(session, "U0001").missing() == []
            with pytest.raises(NotFound, match="nobody"):
                unit_named(session, "nobody")

    def test_a_thousand_rows_with_one_bad_row(self, store: Store, tmp_path: Path) -> None:
        """Reported by row, nothing half done."""
        rows = form_rows(250)
        good = sheet(tmp_path / "good.xlsx", rows)
        assert len(read_form(good)) == 250
        rows[701][8] = "not a number"
        bad = sheet(tmp_path / "bad.xlsx", rows)
        with pytest.raises(ImportRefused) as refused, store.begin() as session:
            put_units(session, read_form(bad))
        assert [(error.row, "手机号码" in error.message) for error in refused.value.rows] == [(702, True)]
        with store.begin() as session:
            assert all_units(session) == []

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"人员类别": "局长"}, "人员类别"),
            ({"姓名": None}, "姓名"),
            ({"责任单位": None}, "责任单位"),
            ({"人员类别": "负责人"}, "分管领导应为一名"),
            ({"职务": "长" * 101}, "职务"),
        ],
    )
    def test_every_bad_row_is_told(self, tmp_path: Path, change: dict[str, str | None], told: str) -> None:
        rows = form_rows(2)
        for name, value in change.items():
            rows[2][HEADER.index(name)] = value
        with pytest.raises(ImportRefused) as refused:
            read_form(sheet(tmp_path / "form.xlsx", rows))
        assert refused.value.rows[0].row == 3 and told in refused.value.rows[0].message

    def test_text_that_looks_like_a_formula_stays_text(self, tmp_path: Path) -> None:
        hostile = '=HYPERLINK("http://x")'
        write_form([replace(WATER, name=hostile)], tmp_path / "form.xlsx")
        made = openpyxl.load_workbook(tmp_path / "form.xlsx").worksheets[0]
        assert made["C3"].data_type == "s" and read_form(tmp_path / "form.xlsx")[0].name == hostile


class TestHostileFiles:
    """A clear error for whatever is sent instead of a table."""

    @pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0" + bytes(100)])
    def test_not_a_workbook(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "form.xlsx"
        path.write_bytes(data)
        with pytest.raises(Invalid):
            read_form(path)

    @pytest.mark.parametrize("name", ["form.xls", "form.exe", "form"])
    def test_not_a_table_by_name(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(Invalid, match="csv"):
            read_form(tmp_path / name)

    def test_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="无法读取"):
            read_form(tmp_path / "nowhere.xlsx")

    @pytest.mark.parametrize(
        "part",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>',
            '<worksheet><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>',
        ],
    )
    def test_what_would_make_the_reader_swell(self, tmp_path: Path, part: str) -> None:
        whole = sheet(tmp_path / "form.xlsx", form_rows(1)).read_bytes()
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                new.writestr(name, part if name == "xl/worksheets/sheet1.xml" else old.read(name))
        (tmp_path / "form.xlsx").write_bytes(made.getvalue())
        with pytest.raises(Invalid):
            read_form(tmp_path / "form.xlsx")

    def test_an_encoding_nobody_knows(self, tmp_path: Path) -> None:
        (tmp_path / "form.csv").write_bytes(b"\xff\xff\xff")
        with pytest.raises(Invalid, match="编码"):
            read_form(tmp_path / "form.csv")


class TestTreesAndDuties:
    """R20: territory and matter find the unit."""

    def test_the_start_catalogue(self, store: Store) -> None:
        with store.begin() as session:
            counts = start_catalogue(session)
            assert counts["units"] == len(all_units(session)) > 30
            assert [node.name for node in nodes(session, TERRITORIES)][:2] == ["武定县", "狮山镇"]
            assert start_catalogue(session) == dict.fromkeys(counts, 0)

    def test_up_and_down(self, store: Store) -> None:
        with store.begin() as session:
            start_catalogue(session)
            assert upwards(session, MATTERS, "0301") == ["0301", "03"]
            assert downwards(session, MATTERS, "03") == ["03", "0301", "0302", "0303", "0304"]
            assert len(downwards(session, TERRITORIES, "532329")) == 12

    def test_the_nearest_duty_is_suggested_first(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "duties.csv").write_text(
            "matter,territory,unit,basis\n03,,zfj,总则\n0301,532329-02,town02,镇水厂\n", "utf-8"
        )
        with store.begin() as session:
            start_catalogue(session)
            assert import_duties(session, tmp_path / "duties.csv") == 2
            assert import_duties(session, tmp_path / "duties.csv") == 0
            found = [suggestion.unit for suggestion in suggest(session, "0301", "532329-02")]
            assert found == ["town02", "swj", "zfj"]
            assert [s.unit for s in suggest(session, "0301", "532329-03")] == ["swj", "zfj", "town03"]
            assert [s.unit for s in suggest(session, "", "532329-03")] == ["town03"]
            with pytest.raises(NotFound):
                suggest(session, "9999", "")

    def test_a_bad_tree_is_refused_as_a_whole(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "tree.csv").write_text(
            "代码,名称,上级\na,甲,\nb,乙,nowhere\nc,丙,d\nd,丁,c\na,又甲,\n,无,\n", "gb18030"
        )
        with pytest.raises(ImportRefused) as refused, store.begin() as session:
            import_nodes(session, MATTERS, tmp_path / "tree.csv")
        assert [error.row for error in refused.value.rows] == [3, 4, 5, 6, 7]
        with store.begin() as session:
            assert nodes(session, MATTERS) == []

    def test_children_may_stand_before_their_parents(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "tree.csv").write_text("code,name,parent\nb,乙,a\na,甲,\n", "utf-8")
        with store.begin() as session:
            assert import_nodes(session, TERRITORIES, tmp_path / "tree.csv") == 2
            assert upwards(session, TERRITORIES, "b") == ["b", "a"]

    def test_a_duty_of_nobody_is_refused(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "duties.csv").write_text("matter,unit\n0301,swj\n0301,nobody\n", "utf-8")
        with pytest.raises(ImportRefused) as refused, store.begin() as session:
            start_catalogue(session)
            import_duties(session, tmp_path / "duties.csv")
        assert [error.row for error in refused.value.rows] == [3]


class TestNoticeFiles:
    """A notice as CSV or xlsx: every bad row told, nothing loaded when one is bad."""

    def test_csv_and_xlsx_say_the_same(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("日期,类型,名称\n2027年1月1日,休,元旦\n2027-1-3,班,元旦\n", "gb18030")
        rows = [("date", "kind", "name"), (datetime(2027, 1, 1), "off", "元旦"), (date(2027, 1, 3), "work", "元旦")]
        sheet(tmp_path / "n.xlsx", rows)
        from_csv = read_notice(tmp_path / "n.csv", NATIONAL, "国办通知")
        assert from_csv == read_notice(tmp_path / "n.xlsx", NATIONAL, "国办通知")
        assert [(day.day, day.kind) for day in from_csv] == [
            (date(2027, 1, 1), DayKind.OFF),
            (date(2027, 1, 3), DayKind.WORK),
        ]

    def test_every_bad_row_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text(
            "date,kind,region\n2027-01-01,off,\n2027-02-30,off,\n2027-01-01,off,\n2027-01-02,maybe,\n"
            "2027-01-05,off,火星\n2027-01-06,off,local\n",
            "utf-8",
        )
        with pytest.raises(ImportRefused) as refused:
            read_notice(tmp_path / "n.csv", NATIONAL, "国办通知")
        assert [error.row for error in refused.value.rows] == [3, 4, 5, 6]

    @pytest.mark.parametrize("text", ["", "day,what\n2027-01-01,off\n", "date,kind\n"])
    def test_not_a_notice(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "n.csv").write_text(text, "utf-8")
        with pytest.raises(Invalid):
            read_notice(tmp_path / "n.csv", NATIONAL, "国办通知")

    def test_a_notice_has_a_name(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("date,kind\n2027-01-01,off\n", "utf-8")
        with pytest.raises(ImportRefused, match="依据"):
            read_notice(tmp_path / "n.csv", NATIONAL, " ")


class TestCalendarTable:
    """The table of calendar days: seeded, corrected by notices, the prefecture's days over the nation's."""

    def test_seeded_by_itself_and_once(self, store: Store) -> None:
        with store.begin() as session:
            calendar = load_calendar(session)
            assert calendar.after(date(2026, 2, 13), 2).day == date(2026, 2, 24)
            assert not load_calendar(session).working(date(2025, 4, 14))
            assert load_calendar(session, NATIONAL).working(date(2025, 4, 14))
            assert seed(session) == frozenset()
            assert announced_in(session) == frozenset(range(2004, 2027))
            assert {day.status for day in days_of(session, 2027)} == {Status.PROVISIONAL}

    def test_a_window_answers_as_the_whole(self, store: Store) -> None:
        with store.begin() as session:
            whole = load_calendar(session)
            for start in (date(2018, 12, 20), date(2026, 12, 20), date(2027, 9, 20)):
                window = load_calendar(session, around=start)
                assert window.after(start, 20) == whole.after(start, 20)

    def test_years_beyond_the_table_are_computed(self, store: Store) -> None:
        with store.begin() as session:
            far = load_calendar(session, around=date(2035, 9, 28)).after(date(2035, 9, 28), 3)
        assert far.provisional and far.day > date(2035, 10, 3)

    def test_a_notice_announces_its_year(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("date,kind,name\n2027-01-01,off,元旦\n2027-10-01,off,国庆节\n", "utf-8")
        days = read_notice(tmp_path / "n.csv", NATIONAL, "国办通知")
        with store.begin() as session:
            loaded = store_notice(session, days)
            assert (loaded.added, loaded.changed, loaded.years) == (2, 0, (2027,))
            assert [day.day for day in days_of(session, 2027)] == [date(2027, 1, 1), date(2027, 10, 1)]
            assert not load_calendar(session).provisional(date(2026, 12, 31))
            assert seed(session) == frozenset()

    def test_check_tells_what_is_missing(self, store: Store, tmp_path: Path) -> None:
        with store.begin() as session:
            told = [problem.message for problem in check_calendar(session, date(2026, 6, 1))]
            assert any("2027年放假安排尚未公布" in message for message in told)
            assert any("2026年没有楚雄州" in message for message in told)
            (tmp_path / "n.csv").write_text("date,kind\n2026-02-14,off\n2027-01-01,off\n", "utf-8")
            store_notice(session, read_notice(tmp_path / "n.csv", PREFECTURE, "州通知"))
            store_notice(session, read_notice(tmp_path / "n.csv", NATIONAL, "国办通知")[1:])
            told = [problem.message for problem in check_calendar(session, date(2026, 6, 1))]
        assert told == ["2026-02-14国家调休上班，州安排放假，按州安排计", "2027年的国家通知没有国庆节，可能没有导完"]
