"""Bars and lines."""

from __future__ import annotations

from xml.etree import ElementTree

from agent.metrics.plots import bars, lines_svg


def test_bars_are_in_proportion() -> None:
    lines = bars([("a", 1.0), ("bb", 0.5), ("c", None)], width=8)
    assert lines == ["a   ████████  100.0%", "bb  ████      50.0%", "c             -"]


def test_a_drawing_is_well_formed_whatever_the_labels_say() -> None:
    svg = lines_svg('<script>"&', ["</svg>", "b<"], [("NRR</text>", [1.0, None]), ("GRR", [0.9, 0.8])])
    assert ElementTree.fromstring(svg).tag == "svg"
    assert "<script>" not in svg


def test_one_point_or_none_is_no_line() -> None:
    assert lines_svg("t", ["a"], [("x", [1.0])]) == lines_svg("t", ["a", "b"], [("x", [None, None])]) == ""
