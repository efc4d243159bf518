"""Messages with markup, for the pictures and the tests."""

from ui_samples import ANNEKE, ME, TODAY, TOMAS, YUKI, at, attachment, make_row

from chinwag_desktop.core.entities import TimelineRow

CODE = '''The watch wants this in `tide.py`:

```python
def high_water(day: date) -> time:
    """Of the harbour, not of the lock."""
    # the table is in UTC
    return table[day] + timedelta(minutes=52)
```'''


def meaning_rows() -> list[TimelineRow]:
    """Messages that mean somebody: oneself, others, nobody."""
    d = TODAY
    return [
        make_row(1, TOMAS, at(d, "11:20"), "@robin, @yuki: who has the **crane** on Thursday?", mentions=(ME, YUKI)),
        make_row(2, ME, at(d, "11:21"), "I have. @yuki brings the slings, @tomas the tags.", mentions=(YUKI, TOMAS)),
        make_row(3, YUKI, at(d, "11:22"), "`@robin` in code means nobody, nor does mail@robin.example", mentions=(ME,)),
    ]


def forwarded_rows() -> list[TimelineRow]:
    """Copies of other people's messages, and of one's own."""
    d = TODAY
    quay = attachment("quay.jpg", "image/jpeg", 640_000, width=680, height=420)
    return [
        make_row(1, TOMAS, at(d, "11:30"), "High water is **18:40**.", forwarded=ANNEKE),
        make_row(2, ME, at(d, "11:31"), "ok", forwarded=YUKI),
        make_row(3, YUKI, at(d, "11:33"), kind="image", attachments=[quay], forwarded=ME),
    ]


def marked_rows() -> list[TimelineRow]:
    """Every kind of markup, in own and in others' bubbles."""
    d = TODAY
    return [
        make_row(
            1, TOMAS, at(d, "11:02"), "We leave at **six sharp**, *not* at ~~seven~~. Who steers: `robin` or `anneke`?"
        ),
        make_row(2, YUKI, at(d, "11:04"), CODE),
        make_row(3, ME, at(d, "11:05"), CODE),
        make_row(
            4,
            ANNEKE,
            at(d, "11:06"),
            "> We leave at six sharp\n> > Says who?\n\nFine with me. To bring:\n- the long lines\n- **two** anchors\n  - and their chain\n- soup",
        ),
        make_row(
            5,
            ME,
            at(d, "11:07"),
            "1. Engine on at 05:40\n2. Lines off, *stern first*\n3. See https://tides.example.org/harbour and `--no-wake`",
        ),
        make_row(
            6,
            TOMAS,
            at(d, "11:08"),
            "```\nplain code, and a line that is much too long for the bubble, so that it has to be broken somewhere\n```",
        ),
    ]
