"""Runs of ``seq`` that are held without a hole: merging, and finding what is missing."""

from collections.abc import Iterable

from chinwag_desktop.core.entities import Held


def runs(numbers: Iterable[int]) -> list[Held]:
    """The runs that ``numbers`` make, in order: 3 1 2 7 gives 1–3 and 7–7."""
    found: list[Held] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1].last + 1:
            found[-1] = Held(found[-1].first, number)
        else:
            found.append(Held(number, number))
    return found


def merged(held: Iterable[Held], added: Held) -> tuple[Held, list[Held]]:
    """What ``added`` grows to with the neighbours it touches, and those neighbours, which it replaces."""
    swallowed = [run for run in held if run.first <= added.last + 1 and run.last >= added.first - 1]
    first = min([added.first, *(run.first for run in swallowed)])
    last = max([added.last, *(run.last for run in swallowed)])
    return Held(first, last), swallowed


def missing(held: Iterable[Held], wanted: Held) -> list[Held]:
    """The parts of ``wanted`` that no run of ``held`` covers, in order."""
    holes: list[Held] = []
    next_seq = wanted.first
    for run in sorted(held, key=lambda run: run.first):
        if run.last < next_seq or run.first > wanted.last:
            continue
        if run.first > next_seq:
            holes.append(Held(next_seq, run.first - 1))
        next_seq = run.last + 1
    if next_seq <= wanted.last:
        holes.append(Held(next_seq, wanted.last))
    return holes
