"""Swing: how far a score moves between the ends of a disagreement."""

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, read_panel, score
from r2prisk.scoring.swing import swing

PANEL = read_panel(
    pd.DataFrame(
        {
            "unit": ["KEN", "KEN", "GHA"],
            "year": [2007, 2008, 2008],
            "1.1": [0.2, 1.0, 0.4],
            "9.1": [0.5, 0.5, np.nan],
            "SGS1.1": [0.5, 0.5, 0.5],
        }
    )
)


def cells(*rows):
    return pd.DataFrame(rows, columns=["unit", "indicator", "low", "high"])


def test_by_hand():
    found = swing(PANEL, cells(("KEN", "1.1", 0.5, 1.0), ("KEN", "SGS1.1", 0.0, 1.0)))
    # resilience has one strength, so it moves by the whole step; risk by half, one factor of two
    assert found["indicator"].tolist() == ["SGS1.1", "1.1"]
    assert found["resilience"].tolist() == pytest.approx([1.0, 0.0])
    assert found["risk"].tolist() == pytest.approx([0.0, 0.25])
    assert found["residual_risk"].iloc[0] < 0  # more resilience, less residual risk
    assert found["moves"].tolist() == pytest.approx([1.0, 0.25])


def test_the_latest_row_of_a_unit_counts_and_falls_count_as_rises():
    rows = {"unit": "KEN", "year": [2008, 2007], "1.1": [0.5, 0.5], "1.2": [np.nan, 0.5]}
    panel = read_panel(pd.DataFrame(rows))
    found = swing(panel, cells(("KEN", "1.1", 0.0, 1.0)))
    assert found["moves"].tolist() == [1.0]  # 1.2 is unknown in 2008, the later row
    down = swing(panel, cells(("KEN", "1.1", 1.0, 0.0)))
    assert down["risk"].tolist() == [-1.0]
    assert down["moves"].tolist() == [1.0]


def test_equals_stay_in_their_order():
    many = cells(*[("KEN", "1.1", 0.5, 0.5)] * 30).assign(n=range(30))
    assert swing(PANEL, many)["n"].tolist() == list(range(30))


def test_it_is_the_score_that_moves():
    found = swing(PANEL, cells(("GHA", "9.1", 0.0, 1.0)))
    frame = pd.DataFrame({"unit": "GHA", "year": 2008, "1.1": 0.4, "9.1": [0.0, 1.0]})
    low, high = (score(read_panel(frame[n : n + 1])).to_frame()["risk"].iloc[0] for n in (0, 1))
    assert found["risk"].tolist() == pytest.approx([high - low])


def test_other_columns_stay_and_nothing_is_nothing():
    given = cells(("KEN", "1.1", 0.5, 1.0)).assign(effect=7)
    assert swing(PANEL, given)["effect"].tolist() == [7]
    assert not len(swing(PANEL, cells()))


def test_faults():
    with pytest.raises(InputError, match="needs a column high"):
        swing(PANEL, cells().drop(columns="high"))
    with pytest.raises(InputError) as caught:
        swing(PANEL, cells(("KEM", "1.1", 0.0, 1.0), ("KEN", "1.2", 0.0, 1.5)))
    assert list(caught.value.problems) == [
        "no unit 'KEM'; did you mean 'KEN'?",
        "no indicator '1.2'; did you mean '1.1'?",
        "column 'high' holds 1.5, outside 0 to 1",
    ]
