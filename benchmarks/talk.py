"""Made-up talk, the same at every run: texts as people write them, mostly short."""

from __future__ import annotations

import random

_TALK = (
    "the crane is booked for eight and the electrician comes at nine so we should have the cabin open by then please "
    "bring the drawings of the stern tube because mine are from last spring and nobody trusts them any more I will look "
    "after soup and coffee thanks that sounds right to me see you at the quay"
)
_WORDS = _TALK.split()


def text(number: int) -> str:
    """Message `number`: one to sixty words, eight in the middle, an emoji now and then."""
    draw = random.Random(number)
    count = min(60, max(1, round(draw.lognormvariate(2.1, 0.8))))
    words = " ".join(draw.choices(_WORDS, k=count))
    return words.capitalize() + draw.choice(("", "", ".", "!", " ⚓", "?"))
