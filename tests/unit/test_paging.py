"""Pages of a list that is read whole: every row once, whatever the size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.paging import page_of


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(1, 12))
def test_every_row_is_on_one_page(found: list[int], size: int) -> None:
    rows: list[int] = []
    after: str | None = ""
    while after is not None:
        page, after = page_of(found, lambda one: one, after, size)
        assert len(page) <= size and (page or not found)
        rows += page
    assert rows == found


def test_a_row_that_is_gone_leads_to_the_first_page() -> None:
    assert page_of("abc", str, "x", 2) == ("ab", "b")
