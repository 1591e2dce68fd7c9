"""A curve as small as a word."""

from __future__ import annotations

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation.axes import XAxis
from lossmon.presentation.charts.scales import choose_y_scale
from lossmon.report.html.curves import RunCurves
from lossmon.report.html.markup import Markup, element
from lossmon.report.html.paths import curve_path, non_finite_path
from lossmon.report.html.plot import Plot

_COLUMNS, _HEIGHT = 48, 18
"""Units of the width, pixels of the height."""


def sparkline(run: RunSnapshot) -> Markup:
    """Return the curve of the loss that is judged; nothing without points."""
    curves = RunCurves.of(run, XAxis.COUNT, _COLUMNS)
    if curves is None:
        return Markup()
    curve = curves.curves[-1]
    scale = choose_y_scale([curve.points.envelope], "auto", clip_outliers=True)
    plot = Plot(curves.columns, scale, 0, _HEIGHT)
    return element(
        "svg",
        element("path", class_=f"curve {curve.role}", d=curve_path(curve.points, plot)),
        element("path", class_="non-finite", d=non_finite_path(curve.points, plot)),
        class_="spark",
        aria_hidden="true",
        viewBox=plot.view_box,
        preserveAspectRatio="none",
    )
