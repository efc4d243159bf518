"""State to rectangles, and the window of rows around an anchor: no widget anywhere."""

import pytest
import ui_samples as sample
from PySide6.QtCore import QPointF, QRectF
from ui_samples import MAYA, ME, NOW, make_row

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.row_words import failure_words
from chinwag_desktop.models.timeline_context import RowContext
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.timeline.bubble import picture_size
from chinwag_desktop.ui.timeline.hit import Target, hit
from chinwag_desktop.ui.timeline.layout import column_of, lay_out
from chinwag_desktop.ui.timeline.parts import RowLayout, Words
from chinwag_desktop.ui.timeline.row_window import BOTTOM, TOP, RowWindow

pytestmark = pytest.mark.usefixtures("qapp")


def laid(row: TimelineRow, width: int = 700, *, context: RowContext | None = None, names: bool = False) -> RowLayout:
    words = Words(
        sender="Maya Lindqvist",
        clock="10:00",
        system="Maya joined",
        failure=failure_words(row.error) if row.error else "",
    )
    own = row.message.sender_id == ME
    return lay_out(row, context or RowContext(names=names), width, words, own=own)


def own(text: str = "Hello", **more: object) -> RowLayout:
    return laid(make_row(1, ME, NOW, text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [404, 639, 640, 900, 1600])
def test_own_bubbles_end_and_others_start_at_the_column(width: int) -> None:
    left, column = column_of(width)
    assert column <= Size.COLUMN
    assert abs(left - (width - left - column)) <= 1
    mine = laid(make_row(1, ME, NOW, "Hello"), width).bubble
    theirs = laid(make_row(1, MAYA, NOW, "Hello"), width).bubble
    assert mine is not None
    assert theirs is not None
    assert mine.right() == left + column
    assert theirs.left() == left


@pytest.mark.parametrize("width", [404, 700, 1600])
@pytest.mark.parametrize("text", ["ok", "word " * 300, "x" * 900, "a\n" * 40, "مرحبا " * 80])
def test_no_bubble_is_wider_than_it_may_be(width: int, text: str) -> None:
    layout = laid(make_row(1, MAYA, NOW, text), width, names=True)
    left, column = column_of(width)
    assert layout.bubble is not None
    assert layout.bubble.width() <= Size.BUBBLE
    assert layout.bubble.right() <= left + column
    assert layout.height == int(layout.height)


def test_the_time_shares_the_last_line_only_where_it_fits() -> None:
    short, full = own("Hello"), own("word " * 16)
    assert short.bubble is not None
    assert short.bubble.height() == 36
    assert full.meta is not None
    assert full.texts[0] is not None
    assert full.bubble is not None
    last = full.texts[0].layout.lineAt(full.texts[0].layout.lineCount() - 1)
    clash = full.texts[0].at.x() + last.naturalTextWidth() > full.meta.at.x()
    assert not clash or full.meta.at.y() > full.texts[0].at.y() + last.y() + last.ascent()
    arabic = laid(make_row(1, MAYA, NOW, "شكراً"))
    assert arabic.bubble is not None
    assert arabic.bubble.height() == 52


def test_only_the_last_of_a_group_carries_the_time_but_a_waiting_one_always() -> None:
    inner = RowContext(last=False)
    assert laid(make_row(1, ME, NOW, "x"), context=inner).meta is None
    assert laid(make_row(0, ME, NOW, "x", state=DeliveryState.SENDING), context=inner).meta is not None


def test_names_and_avatars_only_in_groups_and_only_of_others() -> None:
    theirs = laid(make_row(1, MAYA, NOW, "x"), names=True)
    assert theirs.name is not None
    assert theirs.avatar is not None
    assert laid(make_row(1, MAYA, NOW, "x")).name is None
    assert laid(make_row(1, ME, NOW, "x"), names=True).avatar is None
    later = RowContext(names=True, run_first=False, run_last=False)
    assert laid(make_row(1, MAYA, NOW, "x"), context=later).name is None


def test_a_date_and_an_unread_bar_push_the_row_down() -> None:
    plain = own()
    layout = laid(make_row(1, ME, NOW, "Hello"), context=RowContext(date="Monday", unread=3))
    assert layout.height == plain.height + 72
    assert layout.unread is not None
    assert layout.unread.label == "3 new messages"


def test_few_emoji_stand_without_a_bubble() -> None:
    layout = own("🎉🎉")
    assert layout.bare
    assert own("🎉 party").bare is False


def test_a_deleted_message_has_no_links_no_files_and_no_tick() -> None:
    row = make_row(
        1, ME, NOW, "see https://example.org", deleted=True, attachments=[sample.attachment("a", "text/plain", 3)]
    )
    layout = laid(row)
    assert layout.texts
    assert layout.texts[0].links == ()
    assert layout.files == []
    assert layout.inside is not None


def test_a_picture_has_its_place_before_it_is_loaded() -> None:
    wide = sample.attachment("a.png", "image/png", 3, width=6800, height=4200)
    assert picture_size(wide, 500) == (340, 210)
    assert picture_size(sample.attachment("a.png", "image/png", 3, width=20, height=10), 500) == (64, 64)
    layout = laid(make_row(1, MAYA, NOW, attachments=[wide]))
    assert layout.bare
    assert layout.pictures[0].rect == layout.bubble
    assert layout.meta is not None
    assert layout.meta.pill is not None
    with_words = laid(make_row(1, MAYA, NOW, "Look", attachments=[wide]))
    assert not with_words.bare
    assert with_words.bubble is not None
    assert with_words.pictures[0].rect.width() == with_words.bubble.width() - 8


def test_an_image_of_unknown_measures_is_a_file() -> None:
    layout = laid(make_row(1, MAYA, NOW, attachments=[sample.attachment("a.heic", "image/heic", 3)]))
    assert layout.pictures == []
    assert layout.files[0].icon == "image"


def test_joined_corners_are_small() -> None:
    first = laid(make_row(1, ME, NOW, "x"), context=RowContext(last=False))
    assert first.outline is not None
    assert first.bubble is not None
    corner = first.bubble.bottomRight() - QPointF(Radius.JOINT - 3, Radius.JOINT - 3)
    assert first.outline.contains(corner)
    assert not first.outline.contains(first.bubble.topRight() + QPointF(-2, 2))


def failed(width: int = 700, code: str = "too_large") -> RowLayout:
    return laid(make_row(0, ME, NOW, "x", state=DeliveryState.FAILED, error=code), width)


def test_a_failed_message_says_why_and_offers_two_ways_out() -> None:
    layout = failed()
    assert layout.failure is not None
    assert layout.failure.words == "Not sent. It is too large for this server."
    assert hit(layout, layout.failure.retry.center()).target is Target.RETRY
    assert hit(layout, layout.failure.discard.center()).target is Target.DISCARD
    assert not layout.failure.retry.intersects(layout.failure.discard)


def test_a_long_reason_gets_a_line_of_its_own_in_a_narrow_window() -> None:
    wide, narrow = failed(700, "disk"), failed(404, "disk")
    assert narrow.height > wide.height
    assert narrow.failure is not None
    left, column = column_of(404)
    assert QRectF(left, 0, column + 8, narrow.height + 1).contains(narrow.failure.discard)
    assert narrow.failure.words_at.x() >= left


@pytest.mark.parametrize(
    "code",
    ["too_large", "invalid", "forbidden", "not_found", "conflict", "disk", "file_missing", "poison", None, "news"],
)
def test_every_failure_has_words(code: str | None) -> None:
    assert failure_words(code).endswith(".")


def test_links_are_found_where_they_are_painted() -> None:
    layout = own("🎉 See https://example.org/x and more")
    assert layout.texts
    rule = layout.texts[0].underlines[0].translated(layout.texts[0].at)
    found = hit(layout, rule.center() - QPointF(0, 6))
    assert (found.target, found.url) == (Target.LINK, "https://example.org/x")
    assert hit(layout, layout.texts[0].at + QPointF(2, 8)).target is Target.BUBBLE
    assert hit(layout, QPointF(1, 1)).target is Target.NOTHING


def test_the_words_beside_a_file_belong_to_it() -> None:
    layout = laid(make_row(1, MAYA, NOW, attachments=[sample.attachment("plan.pdf", "application/pdf", 2_400_000)]))
    assert hit(layout, layout.files[0].rect.topRight() + QPointF(40, 10)).attachment is not None
    assert layout.files[0].detail == "2.4 MB · PDF"


# the window of rows


def window(heights: list[float], height: int = 300) -> RowWindow:
    made = RowWindow(lambda row: RowLayout(width=100, height=heights[row]))
    made.count, made.height = len(heights), height
    made.anchor_end()
    made.fill()
    return made


def test_only_what_the_viewport_shows_is_laid_out() -> None:
    asked: list[int] = []

    def layout_of(row: int) -> RowLayout:
        asked.append(row)
        return RowLayout(width=100, height=50)

    made = RowWindow(layout_of)
    made.count, made.height = 100_000, 300
    made.anchor_end()
    made.fill()
    assert len(set(asked)) <= 8
    assert made.placed[-1].row == 99_999
    assert made.placed[-1].bottom == 300 - BOTTOM
    assert made.at_end


def test_rows_above_keep_the_anchor_on_its_place() -> None:
    heights = [40.0, 60.0] * 50
    made = window(heights)
    made.move(-700)
    made.fill()
    top = made.placed[0].top
    heights[:0] = [33.0] * 20
    made.count += 20
    first = made.placed[0].row
    made.rows_inserted(0, 20)
    made.fill()
    assert made.placed[0].row == first + 20
    assert made.placed[0].top == top


def test_both_ends_are_exact() -> None:
    made = window([40.0] * 100)
    made.move(-100_000)
    made.fill()
    assert (made.placed[0].row, made.placed[0].top) == (0, TOP)
    made.move(100_000)
    made.fill()
    assert made.at_end
    assert made.fraction() == 1.0


def test_few_rows_stand_at_the_foot() -> None:
    made = window([40.0] * 3)
    assert made.fits
    assert made.placed[-1].bottom == 300 - BOTTOM
    assert made.placed[0].row == 0


def test_the_thumb_stays_where_it_is_dragged() -> None:
    made = window([30.0 + 17 * (row % 5) for row in range(5000)])
    for fraction in (0.1, 0.37, 0.5, 0.73, 0.99):
        made.anchor_fraction(fraction)
        made.fill()
        assert made.fraction() == pytest.approx(fraction, abs=0.0005)
        assert all(p.top == int(p.top) for p in made.placed)


def test_removed_rows_do_not_leave_the_anchor_behind() -> None:
    heights = [40.0] * 30
    made = window(heights)
    made.move(-300)
    made.fill()
    del heights[25:]
    made.count = 25
    made.rows_removed(25, 5)
    made.fill()
    assert made.placed[-1].row <= 24
    made.count = 0
    made.fill()
    assert made.placed == []
    assert made.at_end
