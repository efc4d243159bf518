"""The size of everything, which Qt reads from the environment."""

import pytest

from chinwag_desktop.platform.restart import SCALE, set_scale


@pytest.mark.parametrize(("percent", "factor"), [(90, "0.9"), (125, "1.25"), (150, "1.5")])
def test_the_size_is_set_and_taken_back(percent: int, factor: str) -> None:
    environment: dict[str, str] = {}
    unset = set_scale(percent, environment)
    assert environment == {SCALE: factor}
    unset()
    assert environment == {}


def test_what_the_person_set_stays() -> None:
    environment = {SCALE: "2"}
    set_scale(125, environment)()
    assert environment == {SCALE: "2"}
    set_scale(100, environment)()
    assert environment == {SCALE: "2"}
