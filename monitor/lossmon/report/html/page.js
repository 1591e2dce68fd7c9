"use strict";
// Shows the values under the pointer, or those chosen with the arrow keys. The page is complete without it.
for (const plot of document.querySelectorAll(".plot[data-readings]")) {
  let readings = null, chosen = -1, cursor = null, label = null;
  const prepare = () => {
    const [names, ...rows] = plot.dataset.readings.split(";").map((line) => line.split("|"));
    readings = { names: names.slice(2), rows };
    cursor = document.createElement("div");
    label = document.createElement("div");
    cursor.className = "cursor";
    label.className = "reading";
    plot.append(cursor, label);
    plot.setAttribute("aria-valuemax", String(readings.rows.length - 1));
  };
  const area = () => {
    const outer = plot.getBoundingClientRect(), inner = plot.querySelector(".chart").getBoundingClientRect();
    return { left: inner.left - outer.left, width: inner.width, total: outer.width, clientLeft: inner.left };
  };
  const text = (row) =>
    [row[1], ...readings.names.map((name, index) => [name, row[index + 2]]).filter(([, value]) => value !== "")
      .map(([name, value]) => `${name} ${value}`)].join("   ");
  const show = (index) => {
    if (!readings) prepare();
    if (!readings.rows.length) return;
    chosen = Math.max(0, Math.min(readings.rows.length - 1, index));
    const row = readings.rows[chosen], { left, width, total } = area(), x = left + (row[0] / 1000) * width;
    label.textContent = text(row);
    cursor.style.left = `${x}px`;
    cursor.hidden = label.hidden = false;
    label.style.left = `${Math.max(0, Math.min(total - label.offsetWidth, x - label.offsetWidth / 2))}px`;
    plot.setAttribute("aria-valuenow", String(chosen));
    plot.setAttribute("aria-valuetext", text(row));
  };
  const hide = () => {
    if (cursor) cursor.hidden = label.hidden = true;
  };
  const nearest = (event) => {
    if (!readings) prepare();
    const { clientLeft, width } = area(), place = ((event.clientX - clientLeft) / width) * 1000;
    let best = 0;
    readings.rows.forEach((row, index) => {
      if (Math.abs(row[0] - place) < Math.abs(readings.rows[best][0] - place)) best = index;
    });
    return best;
  };
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  // A slider hides what is in it from screen readers, so it says what the chart says.
  const chart = plot.querySelector(".chart");
  const said = [chart.getAttribute("aria-label"), chart.querySelector("desc").textContent];
  plot.setAttribute("aria-label", `${said.join(". ")}. Left and right arrow keys read its values`);
  plot.setAttribute("aria-valuemin", "0");
  plot.setAttribute("aria-valuenow", "0");
  plot.addEventListener("pointermove", (event) => show(nearest(event)));
  plot.addEventListener("pointerdown", (event) => show(nearest(event)));
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    if (!readings) prepare();
    const last = readings.rows.length - 1;
    const moves = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: last };
    if (event.key === "Escape") hide();
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key]);
  });
}
// A link to a folded run opens it; so does printing it.
const open = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", open);
open();
