from __future__ import annotations

import base64
import hashlib
import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.evaluated import evaluated_run
from tests.support.html_pages import Parsed, parse

from lossmon.core.assessment import Advice
from lossmon.core.snapshot import Curve, EvaluatedSet, EvaluationHistory, RunSnapshot, SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.presentation.axes import XAxis
from lossmon.report.html import PageOptions, write_page

ADVICE = Advice("Stop here", "validation rises", "a lower loss")


def page(*runs: RunSnapshot, title: str = "runs", x_axis: XAxis = XAxis.COUNT) -> str:
    return "".join(write_page(Snapshot(runs, taken_at=1.7e9), PageOptions(title, x_axis)))


def named(text: str) -> RunSnapshot:
    """A run in which everything that a log can name is called *text*."""
    run = evaluated_run(text)
    assert run.train
    assert run.val
    name = Name.of(text)
    train, val = replace(run.train, tag=name), replace(run.val, tag=name)
    other = EvaluatedSet(val, run.history, run.assessment)
    advice = (Advice(text, text, text),)
    return replace(
        run,
        train=train,
        val=val,
        format=text,
        evidence=(text,),
        warnings=(text,),
        advice=advice,
        other_sets=(other,),
        earlier_attempts=(train,),
    )


def with_losses(train: list[float], val: list[float]) -> RunSnapshot:
    x = np.arange(1.0, len(train) + 1)
    curves = [
        Curve(Name.of(tag), "epoch", x, x * np.nan, np.array(losses), len(x))
        for tag, losses in (("loss", train), ("val_loss", val))
    ]
    history = EvaluationHistory("epoch", x, x * np.nan, curves[0].value, curves[1].value)
    return replace(evaluated_run(), train=curves[0], val=curves[1], history=history, probabilities=None)


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=40))
@example("<script>alert(1)</script>")
@example("\"' onload='x'><img src=x onerror=alert(1)>")
@example("--><!--]]></style></title></svg>&lt;b&gt;&#60;")
@example("|;|;\\u003cscript\x1b[2J\ud800")
def test_whatever_a_log_names_is_shown_as_text_and_never_as_markup(text: str) -> None:
    harmless, hostile = parse(page(named("x"), title="x")), parse(page(named(text), title=text))
    assert hostile.shape == harmless.shape
    assert hostile.odd == harmless.odd == []
    assert "".join(hostile.texts["name"]) == Name.of(text).text


@given(st.lists(st.floats(width=64), min_size=1, max_size=40), st.data())
def test_every_loss_can_be_drawn(train: list[float], data: st.DataObject) -> None:
    val = data.draw(st.lists(st.floats(width=64), min_size=len(train), max_size=len(train)))
    parsed = parse(page(with_losses(train, val)))
    paths = [value for name, value in parsed.attributes if name == "d"]
    assert paths
    assert all(re.fullmatch(r"([MlhvVHz][-\d,]*)*", path) for path in paths), paths
    numbers = [value for name, value in parsed.attributes if name in ("y", "y1", "y2", "cy", "x1", "cx", "width")]
    assert all(math.isfinite(float(value.rstrip("%"))) for value in numbers)


def test_the_page_loads_nothing_and_links_only_to_itself() -> None:
    text = page(named("http://example.org/x.png"), evaluated_run("b"))
    assert {link[0] for link in parse(text).links()} == {"#"}
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src &#x27;none&#x27;" in text


def test_the_policy_allows_the_page_its_own_style_and_script() -> None:

    text = page(evaluated_run())
    for tag in ("style", "script"):
        own = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in text


def test_the_worst_run_comes_first_and_every_run_has_its_place() -> None:
    healthy = evaluated_run("a-healthy", [1.0 * 0.9**i + 0.1 for i in range(30)])
    parsed = parse(page(healthy, evaluated_run("b-overfits")))
    assert parsed.texts["name"] == ["b-overfits", "a-healthy"]
    anchors = {value for name, value in parsed.attributes if name == "id"}
    assert {link[1:] for link in parsed.links()} == anchors == {"run-1", "run-2"}


def test_a_run_is_told_with_verdict_onset_evidence_advice_and_numbers() -> None:
    run = replace(evaluated_run(), advice=(ADVICE,))
    text = page(run)
    texts = parse(text).texts
    assert texts["headline"][0].startswith("overfitting since epoch 10, ")
    assert "since epoch 10" in texts["marker-label"]
    assert {"train 0.00898", "val 0.9"} == set(texts["end-label train"] + texts["end-label val"])
    assert set(run.evidence) < set(texts["li"])
    assert ", because validation rises; expect a lower loss" in texts["li"]
    assert 'class="tint"' in text


def test_a_maybe_looks_weak() -> None:
    run = evaluated_run()
    weak = replace(run, assessment=replace(run.assessment, is_weak=True))
    classes = [value for name, value in parse(page(weak)).attributes if name == "class"]
    assert "badge overfitting weak" in classes
    assert "tint weak" in classes
    assert not any(value.endswith("weak") for name, value in parse(page(run)).attributes)


def test_nan_interrupts_a_curve_and_is_marked() -> None:
    val = [1.0, 0.8, math.nan, math.nan, 0.7, math.inf]
    parsed = parse(page(with_losses([0.5] * 6, val)))
    curve = path_of(parsed, "curve val")
    assert curve.count("M") == 2
    assert path_of(parsed, "non-finite").count("M") == 3
    assert {"2 values logged as NaN, marked at the edge", "1 value logged as infinite, marked at the edge"} == set(
        parsed.texts["note"]
    )


def path_of(parsed: Parsed, role: str) -> str:
    """Return the first path of a chart with a class, or the last if it is that of a sparkline."""
    attributes = parsed.attributes
    return next(value for (name, class_), (_, value) in itertools.pairwise(attributes) if class_ == role)


def test_a_curve_of_many_points_takes_no_more_room_than_one_as_wide_as_the_page() -> None:
    rng = np.random.default_rng(0)
    short, long = (page(with_losses(*rng.normal(1, 0.1, (2, count)).tolist())) for count in (1_500, 30_000))
    assert len(long) < 1.3 * len(short)


def test_the_extremes_of_a_long_curve_are_drawn() -> None:
    losses = [1.0] * 30_000
    losses[12_345] = 2.0
    parsed = parse(page(with_losses([1.0] * 30_000, losses)))
    assert re.search(r"v-\d+v\d+|l\d+-\d+|l\d+,\d+", path_of(parsed, "curve val"))


def test_many_runs_are_folded_with_small_charts() -> None:
    run = evaluated_run()
    parsed = parse(page(*(replace(run, name=Name.of(f"run {number}")) for number in range(40))))
    tags = [tag for tag, *_ in parsed.shape]
    assert (tags.count("section"), tags.count("details")) == (30, 10)


def test_a_thousand_long_runs_stay_below_ten_megabytes() -> None:
    rng = np.random.default_rng(0)
    noisy = with_losses(*rng.normal(1, 0.1, (2, 2000)).tolist())
    run = replace(noisy, advice=(ADVICE,) * 3, probabilities=rng.random(2000))
    fewer, more = (len(page(*[run] * count)) for count in (251, 261))
    assert (more - fewer) / 10 < 10_000


def test_earlier_attempts_other_sets_and_warnings_are_shown() -> None:
    texts = parse(page(named("x"))).texts
    assert "Other validation sets" in texts["caption"]
    assert "Problems while reading" in texts["h4"]
    assert "grey: before a restart" in texts["note"]
    assert 'class="curve earlier"' in page(named("x"))


def test_what_differs_between_runs_is_a_table() -> None:
    other = replace(evaluated_run("b"), format="tensorboard")
    assert "format" in parse(page(evaluated_run("a"), other)).texts["th"]
    assert "format" not in parse(page(evaluated_run("a"), evaluated_run("b"))).texts["th"]


def test_settings_that_differ_are_columns_but_paths_stay_on_the_machine() -> None:
    settings = (("lr", "0.125"), ("seed", "1"), ("<b>", "<i>"), ("out", "/home/someone/a"))
    other = (("lr", "0.25"), ("seed", "1"), ("<b>", "<u>"), ("out", "/home/someone/b"))
    text = page(
        replace(evaluated_run("a"), hyperparameters=settings), replace(evaluated_run("b"), hyperparameters=other)
    )
    heads = parse(text).texts["th"]
    assert {"lr", "<b>"} < set(heads)
    assert not {"seed", "out"} & set(heads)
    assert "0.125" in parse(text).texts["td"]
    assert "/home/someone" not in text


def test_a_run_without_a_loss_says_so() -> None:
    run = replace(evaluated_run(), train=None, val=None, history=None, metrics=())
    assert parse(page(run)).texts["nothing"] == ["Nothing was logged yet."]


def test_what_could_not_be_read_is_told_without_its_path() -> None:
    unread = [SkippedFile(Name.of("/home/someone/secret.csv"), "cannot be read: Permission denied")]
    text = "".join(write_page(Snapshot((evaluated_run(),)), PageOptions("runs", unread=unread)))
    assert "1 file could not be read" in text
    assert "Permission denied" in text
    assert "secret" not in text


@pytest.mark.parametrize("x_axis", list(XAxis))
def test_every_x_axis_can_be_drawn(x_axis: XAxis) -> None:
    run = evaluated_run()
    assert run.history
    times = 1.7e9 + 60 * run.history.x
    timed = replace(run, history=replace(run.history, wall_time=times))
    assert run.train
    assert run.val
    timed = replace(timed, train=replace(run.train, wall_time=times), val=replace(run.val, wall_time=times))
    name = parse(page(timed, x_axis=x_axis)).texts["tick name"][0]
    names = {XAxis.ELAPSED: "time", XAxis.CLOCK: "time", XAxis.SHARE: "% of the run"}
    assert name == names.get(x_axis, "epoch")


def test_a_run_of_boosted_trees_has_rounds_in_the_table_and_in_the_chart() -> None:
    run = evaluated_run()
    assert run.history
    text = page(replace(run, history=replace(run.history, axis="step", unit="round")))
    assert "since round 10" in text
    assert ">round 10<" in text
    assert "step 10" not in text
