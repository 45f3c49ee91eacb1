"use strict";
// All numbers are whole thousandths; null is unknown. Texts go in as textContent, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const codes = Object.keys(data.units);
const state = { at: data.latest, sort: "risk", down: true, open: "", from: null, asked: false };
const $ = (id) => document.getElementById(id);

// ---------------------------------------------------------------- small tools

function make(tag, set = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) {
    if (name === "text") node.textContent = value;
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...inside);
  return node;
}

function draw(tag, set = {}, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(set)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const two = (x) => (x === null ? "?" : (Math.floor((x + 5) / 10) / 100).toFixed(2));
const three = (x) => (x / 1000).toFixed(3);
const share = (x) => (x === null ? "?" : Math.floor((x + 5) / 10) + "%");
// just below the limit of a band, a whole percent would seem to reach it
const rated = (x) => (x < data.least && share(x) === share(data.least) ? (x / 10).toFixed(1) + "%" : share(x));
const span = (low, high) => (low === null ? "?" : `${two(low)} to ${two(high)}`);
const plus = (x, size) => (Number(size) === 0 ? size : (x > 0 ? "+" : "-") + size);
const signed = (x) => (x === null ? "?" : plus(x, two(Math.abs(x))));
const signed3 = (x) => plus(x, three(Math.abs(x)));
const sureness = (p) => (p > 990 ? "over 99%" : p < 10 ? "under 1%" : share(p));
const nameOf = (code) => {
  const unit = data.units[code];
  return unit.name + (unit.kind === "ended" ? " (ended)" : "");
};

// One unit in one period; null where it has no row.
function rowOf(code, at = state.at) {
  const unit = data.units[code];
  const t = at - unit.from;
  if (t < 0 || t >= unit.b.length || unit.b[t] === null) return null;
  const known = unit.b[t] >= 0;
  const firm = unit.s[t] !== null && unit.sc[t] >= data.least;
  return {
    code, t, known, firm, unit, name: nameOf(code), part: unit.part, region: unit.region,
    b: unit.b[t], band: known ? data.bands[unit.b[t]] : "unknown",
    risk: unit.r[t], low: unit.rl[t], high: unit.rh[t],
    residual: unit.q[t], resilience: unit.s[t], coverage: unit.c[t], rank: unit.k[t], of: unit.of[t],
    heading: unit.w[t] === null ? "unknown" : data.words[unit.w[t]],
    sure: unit.p[t], change: unit.m[t],
  };
}

function swatch(row) {
  const box = make("span", { class: `swatch ${row && row.known ? "b" + row.b : "none"}` });
  if (!row || !row.known) box.textContent = "?";
  return box;
}

function said(code, row) {
  const name = row ? row.name : data.units[code] ? nameOf(code) : data.members[code];
  const when = data.periods[state.at];
  if (!row) return `${name}, ${when}: no row in these scores, unknown`;
  const rest = `could be ${span(row.low, row.high)}, ${rated(row.coverage)} rated`;
  if (!row.known) return `${name}, ${when}: band unknown, too little rated; risk ${rest}`;
  const firm = row.firm ? two(row.resilience) : "unknown";
  return `${name}, ${when}: band ${row.band}, risk ${two(row.risk)}, ${rest}, ` +
    `residual ${two(row.residual)}, resilience ${firm}`;
}

// ---------------------------------------------------------------- map

const tiles = [];

function buildMap() {
  const above = Math.min(...data.blocks.flatMap((block) => block.tiles.map((tile) => tile[2]))) - 2;
  for (const block of data.blocks) {
    const columns = block.tiles.map((tile) => tile[1]);
    const rows = block.tiles.map((tile) => tile[2]);
    const [left, top] = [Math.min(...columns), Math.min(...rows)];
    const title = make("h3", { text: block.name });
    title.style.setProperty("--c", left);
    title.style.setProperty("--r", top - 1 - above);
    const grid = make("div", { class: "grid" });
    grid.style.setProperty("--n", Math.max(...columns) - left + 1);
    for (const [code, column, row] of block.tiles) {
      const scored = code in data.units;
      const tile = make(scored ? "a" : "span", scored ? { href: "#" + code } : { role: "img" },
        make("span", { text: code }));
      const place = { "--c": column, "--r": row - above, "--lc": column - left + 1, "--lr": row - top + 1 };
      for (const [name, value] of Object.entries(place)) tile.style.setProperty(name, value);
      tiles.push({ code, tile });
      grid.append(tile);
    }
    $("tiles").append(make("section", { "aria-label": block.name }, title, grid));
  }
  // one stop of the tab key for the whole map; arrow keys move to the nearest tile that way
  $("tiles").addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const next = ways[event.key] && nearestTile(document.activeElement, ways[event.key]);
    if (!next) return;
    event.preventDefault();
    stopAt(next);
    next.focus();
  });
}

const shownLinks = () => tiles.map(({ tile }) => tile).filter((tile) => tile.tagName === "A" && !tile.hidden);

function stopAt(stop) {
  for (const tile of shownLinks()) tile.setAttribute("tabindex", tile === stop ? "0" : "-1");
}

function nearestTile(here, [across, down]) {
  const middle = (node) => {
    const box = node.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(here);
  let best = null;
  let least = Infinity;
  for (const tile of shownLinks()) {
    const [a, b] = middle(tile);
    const ahead = (a - x) * across + (b - y) * down;
    const aside = Math.abs((a - x) * down) + Math.abs((b - y) * across);
    if (ahead > 5 && ahead + 3 * aside < least) [best, least] = [tile, ahead + 3 * aside];
  }
  return best;
}

function paintMap() {
  for (const { code, tile } of tiles) {
    const row = code in data.units ? rowOf(code) : null;
    const words = said(code, row);
    tile.className = `tile ${row && row.known ? "b" + row.b : "none"}`;
    tile.firstChild.textContent = row && row.known ? code : code + "?";
    tile.hidden = !row && data.units[code]?.kind === "ended";
    tile.setAttribute("aria-label", words);
    tile.setAttribute("title", words);
  }
  // who has ended is hidden, and may have been the stop of the tab key
  const links = shownLinks();
  stopAt(links.find((tile) => tile.getAttribute("tabindex") === "0") || links[0]);
}

// ---------------------------------------------------------------- table

// What a column sorts by; null is unknown and stays at the end whichever way.
const keys = {
  // ranks are of unrounded risk
  name: (row) => row.name, part: (row) => row.part || null, risk: (row) => (row.known ? -row.rank : null),
  could: (row) => row.high, band: (row) => (row.known ? row.b : null),
  residual: (row) => (row.known ? row.residual : null),
  resilience: (row) => (row.firm ? row.resilience : null), coverage: (row) => row.coverage,
  rank: (row) => (row.known ? row.rank : null),
  heading: (row) => (row.heading === "unknown" ? null : row.heading), change: (row) => row.change,
};
const words = ["name", "part", "heading", "rank"];

function buildTable() {
  for (const head of document.querySelectorAll("#countries thead th")) {
    const button = make("button", { type: "button", text: head.textContent });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const key = head.dataset.key;
      state.down = state.sort === key ? !state.down : !words.includes(key);
      state.sort = key;
      paintTable();
    });
  }
  for (const region of data.regions) $("region").append(make("option", { value: region, text: region }));
  data.bands.forEach((band, n) => $("band").append(make("option", { value: String(n), text: band })));
  $("band").append(make("option", { value: "-1", text: "unknown" }));
  for (const id of ["find", "region", "band"]) $(id).addEventListener("input", paintTable);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(paintTable));
  $("filters").hidden = false;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function paintTable() {
  const all = codes.map((code) => rowOf(code)).filter(Boolean);
  const [find, region, band] = [plain($("find").value.trim()), $("region").value, $("band").value];
  const shown = all.filter((row) =>
    (!find || plain(row.name).includes(find) || row.code.toLowerCase() === find) &&
    (!region || row.region === region) && (!band || String(row.b) === band));
  const key = keys[state.sort];
  const way = state.down ? -1 : 1;
  const byName = (a, b) => a.name.localeCompare(b.name, "en");
  shown.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return (x === null) - (y === null) || byName(a, b);
    return (typeof x === "string" ? x.localeCompare(y, "en") : x - y) * way || byName(a, b);
  });
  $("countries").tBodies[0].replaceChildren(...shown.map(tableRow));
  for (const head of document.querySelectorAll("#countries thead th")) {
    if (head.dataset.key !== state.sort) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
  }
  const filters = [find && `name has "${$("find").value.trim()}"`, region,
    band && `band ${band === "-1" ? "unknown" : data.bands[band]}`].filter(Boolean);
  $("status").textContent = `${shown.length} of ${all.length} countries shown for ` +
    data.periods[state.at] + (filters.length ? ` (${filters.join(", ")}).` : ".");
  const absent = codes.filter((code) => !rowOf(code)).map(nameOf);
  $("absent").textContent = absent.length
    ? `Without a row in ${data.periods[state.at]}: ${absent.join(", ")}.` : "";
}

function tableRow(row) {
  const known = (text) => (row.known ? text : "?");
  const cell = (text, kind = "number") => make("td", { class: kind, text });
  const band = make("td", {}, swatch(row), row.band);
  return make("tr", {},
    make("th", { scope: "row" }, make("a", { href: "#" + row.code, text: row.name })),
    cell(row.part, "wide"), cell(known(two(row.risk))), cell(span(row.low, row.high)), band,
    cell(known(two(row.residual))), cell(row.firm ? two(row.resilience) : "?"),
    cell(rated(row.coverage)), cell(row.known ? String(row.rank) : "-"),
    cell(row.heading, row.heading === "unknown" ? "dim" : ""),
    cell(row.change === null ? "-" : signed(row.change)));
}

// ---------------------------------------------------------------- drawings of a country

// A score with what it could be, on a line from 0 to 1: hatched where nothing is known, and an
// open dot where so little was rated that there would be no band.
function bar(value, low, high, colour, thin) {
  const svg = draw("svg", { viewBox: "0 0 200 18", "aria-hidden": "true" });
  const x = (v) => 6 + v * 0.188;
  const none = value === null;
  svg.append(draw("line", { x1: 6, x2: 194, y1: 9, y2: 9, stroke: "#d9d9d9" }));
  for (const v of [0, 500, 1000]) {
    svg.append(draw("line", { x1: x(v), x2: x(v), y1: 4, y2: 14, stroke: "#d9d9d9" }));
  }
  const [from, to] = none ? [0, 1000] : [low, high];
  const size = { x: x(from), y: 4.5, width: Math.max(x(to) - x(from), 1), height: 9 };
  if (none || thin) svg.append(draw("rect", { ...size, fill: "url(#hatch)", stroke: "#8c8c8c" }));
  else svg.append(draw("rect", { ...size, fill: colour, "fill-opacity": 0.28 }));
  if (none) return svg;
  const dot = thin ? { fill: "#fff", stroke: "#595959", "stroke-width": 1.5 } : { fill: colour, stroke: "#fff" };
  svg.append(draw("circle", { cx: x(value), cy: 9, r: 5, ...dot }));
  return svg;
}

const colours = data.colours;
const titles = { r: "Risk", q: "Residual risk", s: "Resilience" };
const box = { left: 34, right: 12, top: 22, tall: 128, gap: 50 };
let wide = 900;

// Three panels below each other: scores as dots, level as a line with its interval, and behind
// them, lighter, what each score could be once the unknown is known.
function courseChart(code) {
  wide = Math.min(Math.max($("content").clientWidth - 30, 340), 900);
  const unit = data.units[code];
  const times = unit.b.map((_, t) => data.ordinals[unit.from + t]);
  const [first, last] = [times[0], times[times.length - 1]];
  const inner = wide - box.left - box.right;
  const x = (time) => box.left + (last === first ? inner / 2 : ((time - first) / (last - first)) * inner);
  const lines = Object.keys(titles);
  const tall = lines.length * (box.tall + box.gap) + 6;
  const svg = draw("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img" });
  svg.setAttribute("aria-label", `${unit.name}: risk, residual risk and resilience, ` +
    `${data.periods[unit.from]} to ${data.periods[unit.from + times.length - 1]}; the numbers are in the tables.`);
  lines.forEach((line, n) => svg.append(panel(unit, line, times, x, n * (box.tall + box.gap))));
  return svg;
}

function panel(unit, line, times, x, above) {
  const group = draw("g", { transform: `translate(0 ${above})` });
  const y = (v) => box.top + (1 - v / 1000) * box.tall;
  const [left, right] = [box.left, wide - box.right];
  group.append(draw("text", { x: left, y: 13, class: "title" }, `${titles[line]}, 0 to 1`));
  for (const v of [0, 250, 500, 750, 1000]) {
    group.append(draw("line", { x1: left, x2: right, y1: y(v), y2: y(v), stroke: "#e6e6e6" }));
    if (v % 500 === 0) group.append(draw("text", { x: left - 5, y: y(v) + 4, "text-anchor": "end" }, String(v / 1000)));
  }
  unknownStrips(group, unit, line, times, x, y);
  for (const t of ticksOf(times, unit, x)) {
    group.append(draw("text", { x: x(times[t]), y: y(0) + 15, "text-anchor": "middle" }, data.periods[unit.from + t]));
  }
  const all = times.map((_, t) => t);
  for (const part of runs(all, (t) => unit[line][t] !== null)) {
    const edge = (side) => part.map((t) => [x(times[t]), y(unit[line + side][t])]);
    group.append(area(edge("h"), edge("l"), colours[line], 0.1));
  }
  for (const part of runs(all, (t) => unit[line + "v"][t] !== null)) {
    const levels = part.map((t) => [x(times[t]), unit[line + "v"][t], unit[line + "e"][t]]);
    const edge = (sign) => levels.map(([a, v, e]) => [a, y(Math.min(Math.max(v + sign * e, 0), 1000))]);
    group.append(area(edge(1), edge(-1), colours[line], 0.35));
    group.append(draw("path", { d: path(levels.map(([a, v]) => [a, y(v)])), fill: "none", stroke: colours[line], "stroke-width": 2 }));
  }
  const size = times.length > 120 ? 1.6 : 2.8;
  times.forEach((time, t) => {
    const value = unit[line][t];
    if (value === null) return;
    const enough = unit[line === "s" ? "sc" : "c"][t] >= data.least;
    group.append(draw("circle", { cx: x(time), cy: y(value), r: size, fill: enough ? colours[line] : "#fff",
      stroke: enough ? "#fff" : "#8c8c8c", "stroke-width": enough ? 0.6 : 1.2 }));
  });
  turnMarks(group, unit, line, times, x, y);
  const now = times[state.at - unit.from];
  if (now !== undefined) {
    group.append(draw("line", { x1: x(now), x2: x(now), y1: box.top, y2: y(0), stroke: "#222", "stroke-dasharray": "3 3" }));
  }
  return group;
}

// What lies between two edges; one period alone is given some width, so that it is seen.
function area(upper, lower, colour, opacity) {
  const [[a, high], [, low]] = [upper[0], lower[0]];
  const points = upper.length > 1 ? [...upper, ...lower.reverse()]
    : [[a - 5, high], [a + 5, high], [a + 5, low], [a - 5, low]];
  return draw("path", { d: path(points) + "Z", fill: colour, "fill-opacity": opacity });
}

// Periods without a score that could be used: hatched, so that a gap is no low score.
function unknownStrips(group, unit, line, times, x, y) {
  const cover = unit[line === "s" ? "sc" : "c"];
  const unknown = (t) => unit[line][t] === null || cover[t] < data.least;
  const half = times.length > 1 ? (x(times[1]) - x(times[0])) / 2 : 40;
  for (const part of runs(times.map((_, t) => t), unknown)) {
    const a = Math.max(x(times[part[0]]) - half, box.left);
    const b = Math.min(x(times[part[part.length - 1]]) + half, wide - box.right);
    group.append(draw("rect", { x: a, y: y(1000), width: Math.max(b - a, 3), height: box.tall, fill: "url(#hatch)", opacity: 0.55 }));
    if (b - a > 30) {
      const middle = (a + b) / 2;
      const label = b - a > 150 ? "unknown: too little rated" : "?";
      const room = label.length * 6 + 8;
      group.append(draw("rect", { x: middle - room / 2, y: y(500) - 9, width: room, height: 18, fill: "#fff" }));
      group.append(draw("text", { x: middle, y: y(500) + 4, "text-anchor": "middle" }, label));
    }
  }
}

// A triangle where a score turned, up or down, beside its level.
function turnMarks(group, unit, line, times, x, y) {
  for (const [of, turn, , up] of unit.turns) {
    const t = turn - unit.from;
    if (of !== line || times[t] === undefined || unit[line + "v"][t] === null) continue;
    const [a, b] = [x(times[t]), y(unit[line + "v"][t])];
    const tip = up ? b - 22 : b + 22;
    const foot = up ? b - 12 : b + 12;
    group.append(draw("path", { d: path([[a, tip], [a - 6, foot], [a + 6, foot]]) + "Z", fill: "#222", stroke: "#fff" }));
  }
}

function ticksOf(times, unit, x) {
  const all = times.map((_, t) => t);
  const whole = data.periods[0].length === 4 ? /[05]$/ : /^\d{4}(Q1|-01)(-01)?$/;
  const round = all.filter((t) => whole.test(data.periods[unit.from + t]));
  const some = round.length > 1 ? round : all;
  const found = [];
  for (const t of some) {
    const far = found.length === 0 || x(times[t]) - x(times[found[found.length - 1]]) > 56;
    if (far && x(times[t]) > box.left + 12 && x(times[t]) < wide - box.right - 12) found.push(t);
  }
  return found.length ? found : all.slice(0, 1);
}

function runs(items, holds) {
  const found = [];
  let open = null;
  for (const item of items) {
    if (!holds(item)) open = null;
    else if (open) open.push(item);
    else found.push((open = [item]));
  }
  return found;
}

const path = (points) => points.map(([a, b], n) => `${n ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("");

// ---------------------------------------------------------------- page of a country

function section(title, ...inside) {
  return make("section", {}, make("h2", { text: title }), ...inside);
}

function tableOf(caption, heads, rows) {
  const head = make("tr", {}, ...heads.map(([text, kind = ""]) => make("th", { scope: "col", class: kind, text })));
  return make("div", { class: "scroll", role: "region", "aria-label": caption },
    make("table", {}, make("caption", { text: caption }), make("thead", {}, head), make("tbody", {}, ...rows)));
}

function scoreRow(label, cell, colour, share_of = null, small = "") {
  const [value, low, high] = cell || [null, 0, 1000];
  const thin = share_of !== null && share_of < data.least;
  const name = make("th", { scope: "row", text: label });
  if (small) name.prepend(make("span", { class: "dim key", text: small + " " }));
  return make("tr", {}, name, make("td", { class: "number" + (thin ? " dim" : ""), text: thin && cell ? `(${two(value)})` : two(value) }),
    make("td", { class: "number", text: span(low, high) }),
    make("td", { class: "bar" }, bar(value, low, high, colour, thin)),
    make("td", { class: "number", text: share_of === null ? "" : rated(share_of) }));
}

function drawCountry(code) {
  const unit = data.units[code];
  const row = rowOf(code);
  const when = data.periods[state.at];
  const page = $("country");
  const place = [unit.part, unit.region].filter((part, n, all) => part && all.indexOf(part) === n).join(", ");
  const inside = [acts(), make("h1", { tabindex: "-1", id: "name", text: `${nameOf(code)}, ${when}` }),
    make("p", { class: "lead", text: [code, place].filter(Boolean).join(" \u00b7 ") })];
  if (unit.kind === "invented") {
    inside.push(make("p", { class: "note", text: "This country is invented: an example, no place on earth." }));
  }
  inside.push(make("p", { class: "caution", text: document.querySelector(".caution p").textContent }));
  const detail = unit.d.find(([at]) => at === state.at);
  inside.push(...(row ? nowOf(row, detail) : noRow(unit, when)));
  inside.push(coursesOf(code));
  if (row && detail) inside.push(factorsOf(detail), driversOf(row, detail), unknownOf(row, detail));
  else if (row) {
    const text = `Factors, drivers and what is unknown are in this file from ${data.periods[data.detail]} on; ` +
      "of earlier periods it holds scores and trajectories only.";
    inside.push(make("p", { class: "note", text }));
  }
  inside.push(sourcesOf());
  page.replaceChildren(...inside);
}

// A period of which a country has no row, and the way to the last one of which it has.
function noRow(unit, when) {
  const last = unit.from + unit.b.length - 1;
  const text = `No row in ${when}: nothing is known here of that period. That is not a low risk. ` +
    `The rows are of ${data.periods[unit.from]} to ${data.periods[last]}.`;
  const button = make("button", { type: "button", text: `Show ${data.periods[last]}` });
  button.addEventListener("click", () => {
    go(last);
    $("name").focus();
  });
  return [make("p", {}, swatch(null), text), make("p", { class: "acts" }, button)];
}

function acts() {
  const back = make("a", { href: "#all", text: "\u2190 All countries" });
  const print = make("button", { type: "button", class: "print", text: "Print this page" });
  print.addEventListener("click", () => window.print());
  return make("p", { class: "acts" }, back, print);
}

function nowOf(row, detail) {
  const { unit, t } = row;
  const lines = [
    scoreRow("Risk", row.risk === null ? null : [row.risk, row.low, row.high], colours.r, row.coverage),
    scoreRow("Residual risk", row.residual === null ? null : [row.residual, unit.ql[t], unit.qh[t]], colours.q, row.coverage),
    scoreRow("Resilience", row.resilience === null ? null : [row.resilience, unit.sl[t], unit.sh[t]], colours.s, unit.sc[t]),
  ];
  for (const [n, view] of detail ? data.views.entries() : []) {
    const cell = detail[2][n] || null;
    lines.push(scoreRow(view, cell, colours.r, cell ? cell[3] : 0));
  }
  const where = row.known
    ? `Band ${row.band}; rank ${row.rank} of ${row.of} countries with a band.`
    : `Band unknown: ${rated(row.coverage)} of the risk framework's weight was rated, less than the ` +
      `${share(data.least)} that a band needs. The numbers below rest on that little. This is not a low risk.`;
  const heading = row.heading === "unknown" ? "Direction unknown."
    : `Direction of risk over ${data.window} years, as it could be known then: ${row.heading} (${sureness(row.sure)}), ${signed(row.change)} a year.`;
  return [make("p", {}, swatch(row), make("strong", { text: where }), " " + heading),
    section("Scores", tableOf("Scores from 0 to 1. Could be: the lowest and the highest once the unknown is known. " +
      `Rated: share of the weight that was rated; of less than ${share(data.least)} the score is in brackets ` +
      "and its dot is open.", measures("Score"), lines))];
}

const measures = (name) => [[name], ["Is", "number"], ["Could be", "number"], ["0 to 1", "bar"], ["Rated", "number"]];

function coursesOf(code) {
  const unit = data.units[code];
  const story = make("ul", {}, ...unit.story.map((text) => make("li", { text })));
  const last = data.periods[unit.from + unit.b.findLastIndex((band) => band >= 0)];
  const asOf = last === undefined ? []
    : [make("p", { class: "how", text: `As of ${last}, its last score that rests on enough, whichever period is chosen:` })];
  const parts = [make("div", { class: "chart" }, courseChart(code)),
    make("p", { class: "how", text: "Dots: the scores. Line: their level as known now, with an interval of 95 %, " +
      "which says nothing of what was not rated. Lightest: what the score could be once all is known. " +
      "Triangles: turning points. Hatched: unknown. Open dots: too little rated. Dashed: the period of this page." })];
  if (unit.turns.length) {
    const rows = unit.turns.map(([of, turn, known, up, sure, before, after]) => make("tr", {},
      make("th", { scope: "row", text: titles[of] }), make("td", { text: up ? "up" : "down" }),
      make("td", { text: data.periods[turn] || "?" }), make("td", { text: data.periods[known] || "?" }),
      make("td", { text: sure === null ? "?" : sureness(sure) }), make("td", { class: "number", text: two(before) }),
      make("td", { class: "number", text: two(after) })));
    parts.push(tableOf("Turning points", [["Score"], ["Turned"], ["From"], ["Could be known in"], ["How sure"],
      ["Level before", "number"], ["Level then", "number"]], rows));
  } else parts.push(make("p", { text: "Turning points: none that ordinary drift would not also show." }));
  return section("Over time", ...asOf, story, ...parts);
}

function factorsOf(detail) {
  const side = (wanted, colour) => data.factors.map(([id, title, of], n) => [id, title, of, n])
    .filter(([, , of]) => of === wanted)
    .map(([id, title, , n]) => scoreRow(title, detail[1][n] || null, colour, detail[1][n] ? detail[1][n][3] : 0, id));
  return section("Factors",
    tableOf("Presence of the risk factors, 0 to 1. Hatched: nothing was rated", measures("Risk factor"), side("risk", colours.r)),
    tableOf("Strength of the resilience factors, 0 to 1", measures("Resilience factor"), side("resilience", colours.s)));
}

function driversOf(row, detail) {
  const title = data.compared ? "What drives the residual risk, against the median of all countries" : "What drives the residual risk";
  if (!detail[3]) return section(title, make("p", { text: "Unknown: there is no residual risk to explain in this period." }));
  const [score, reference, named, [count, others], otherRated, assumed] = detail[3];
  const rest = [
    [`${count} other ${count === 1 ? "indicator" : "indicators"}`, others],
    ["Difference in what is rated", otherRated],
    ["What the profile assumes of the unknown", assumed],
  ].filter(([, adds]) => adds);
  const most = Math.max(1, ...named.map((one) => Math.abs(one[1])));
  const line = (label, adds, is, median) => make("tr", {}, make("th", { scope: "row", text: label }),
    make("td", { class: "number", text: is }), make("td", { class: "number", text: median }),
    make("td", { class: "bar" }, ...(is ? [push(adds, most)] : [])), make("td", { class: "number", text: signed3(adds) }));
  const rows = named.map(([n, adds, is, median]) => line(`${data.indicators[n][1]} (${data.indicators[n][0]})`, adds, two(is), two(median)));
  rows.push(...rest.map(([label, adds]) => line(label, adds, "", "")));
  rows.push(make("tr", {}, make("th", { scope: "row" }, make("strong", { text: "All together" })), make("td"), make("td"), make("td"),
    make("td", { class: "number" }, make("strong", { text: signed3(score - reference) }))));
  const against = data.compared
    ? `with the median of every indicator over the countries of the same period it would be ${three(reference)}`
    : "from nothing present";
  const thin = row.known ? "" : " So little was rated that this says next to nothing.";
  const heads = [["Indicator"], ["Rating", "number"], [data.compared ? "Median" : "From", "number"],
    ["Takes off, adds", "bar"], ["Contribution", "number"]];
  return section(title,
    make("p", { text: `Residual risk ${three(score)}; ${against}. The parts add up to the difference.${thin}` }),
    tableOf("Contributions: what each indicator adds to or takes off the residual risk", heads, rows));
}

function push(adds, most) {
  const svg = draw("svg", { viewBox: "0 0 200 18", "aria-hidden": "true" });
  const size = (Math.abs(adds) / most) * 92;
  const fill = adds < 0 ? colours.s : colours.r;
  svg.append(draw("rect", { x: adds < 0 ? 100 - size : 100, y: 4, width: Math.max(size, 0.5), height: 10, fill }));
  svg.append(draw("line", { x1: 100, x2: 100, y1: 1, y2: 17, stroke: "#595959" }));
  return svg;
}

function unknownOf(row, detail) {
  const marks = data.patterns[detail[4]];
  const open = data.indicators.filter((_, n) => marks[n] === "0" || marks[n] === "f");
  const apply = data.indicators.filter((_, n) => marks[n] !== "n").length;
  const blind = data.factors.filter((_, n) => !detail[1][n]).map(([id, title]) => `${id} ${title}`);
  const failed = [...marks].filter((mark) => mark === "f").length;
  const why = failed ? `, ${failed} of them because a source that should have them failed` : "";
  const texts = [
    `${open.length} of ${apply} indicators are not rated here${why}. ` +
      `Once they are known, risk could be ${span(row.low, row.high)}.`,
    blind.length ? `Factors of which nothing is rated: ${blind.join("; ")}.` : "Something is rated of every factor.",
  ];
  const lists = data.factors.map(([id, title], n) => [id, title, open.filter((one) => one[2] === n)])
    .filter(([, , own]) => own.length)
    .map(([id, title, own]) => make("li", {}, make("strong", { text: `${id} ${title}: ` }),
      own.map(([name, label]) => `${name} ${label}`).join("; ")));
  return section("What is unknown", ...texts.map((text) => make("p", { text })),
    make("details", {}, make("summary", { text: "List the indicators that are not rated" }),
      make("ul", { class: "columns small" }, ...lists)));
}

function sourcesOf() {
  const terms = [...document.querySelectorAll("#method dt")];
  const lines = ["Profile", "Ratings", "Made with", "Sources"].map((name) => {
    const term = terms.find((node) => node.textContent === name);
    if (!term) return null;
    const items = [...term.nextElementSibling.querySelectorAll("li")]
      .map((node) => make("li", { text: node.textContent }));
    const told = items.length ? make("ul", {}, ...items) : term.nextElementSibling.textContent;
    return make("li", {}, make("strong", { text: name + ": " }), told);
  });
  return section("Sources and method", make("ul", { class: "small" }, ...lines.filter(Boolean)));
}

// ---------------------------------------------------------------- what is shown

function paint() {
  const when = data.periods[state.at];
  for (const node of document.querySelectorAll("#map .period, #table .period")) node.textContent = when;
  $("shown").textContent = when;
  $("period").setAttribute("aria-valuetext", when);
  $("period").value = state.at;
  $("earlier").disabled = state.at === 0;
  $("later").disabled = state.at === data.periods.length - 1;
  paintMap();
  paintTable();
  if (state.open) drawCountry(state.open);
  fitScrolls();
}

function go(at) {
  state.at = Math.min(Math.max(at, 0), data.periods.length - 1);
  paint();
  const rows = codes.map((code) => rowOf(code)).filter(Boolean);
  const counts = data.bands.map((band, n) => `${rows.filter((row) => row.b === n).length} ${band}`);
  const missing = tiles.filter(({ code, tile }) => !tile.hidden && !rows.some((row) => row.code === code)).length;
  $("said").textContent = state.open ? said(state.open, rowOf(state.open))
    : `${data.periods[state.at]}: ${counts.join(", ")}, ${rows.filter((row) => !row.known).length} unknown` +
      (missing ? `, ${missing} without a row` : "");
}

// The address says what is open, so that the back button works: #GHA is a country.
function route() {
  const wanted = location.hash.slice(1);
  const code = Object.hasOwn(data.units, wanted) ? wanted : "";
  const was = state.open;
  if (code && !was) state.from = [scrollY, document.activeElement];
  state.open = code;
  $("world").hidden = Boolean(code);
  $("country").hidden = !code;
  document.title = code ? `${nameOf(code)}: ${base}` : base;
  if (code) {
    drawCountry(code);
    scrollTo(0, 0);
    $("name").focus({ preventScroll: true });
  } else if (was) {
    $("country").replaceChildren();
    if (state.asked && $(wanted)) $(wanted).scrollIntoView();
    else comeBack(was);
  }
  state.asked = false;
  fitScrolls();
}

// Back to where the reader was: the place, and the link that opened the country.
function comeBack(was) {
  const [top, node] = state.from || [0, null];
  const kept = node && node.isConnected && node !== document.body;
  const link = kept ? node : document.querySelector(`#countries a[href="#${was}"]`);
  scrollTo(0, top);
  if (link) link.focus({ preventScroll: kept });
}

// A table that is wider than the page can be scrolled with the keyboard; others are no stop.
function fitScrolls() {
  for (const node of document.querySelectorAll(".scroll")) {
    if (node.scrollWidth > node.clientWidth) node.setAttribute("tabindex", "0");
    else node.removeAttribute("tabindex");
  }
}

const base = document.title;
buildMap();
buildTable();
$("period").max = data.periods.length - 1;
$("when").hidden = data.periods.length < 2;
$("period").addEventListener("input", () => go(Number($("period").value)));
$("earlier").addEventListener("click", () => go(state.at - 1));
$("later").addEventListener("click", () => go(state.at + 1));
for (const button of document.querySelectorAll("#filters .print")) button.addEventListener("click", () => window.print());
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  (state.open ? $("name") : $("content")).focus();
});
for (const link of document.querySelectorAll("nav a, a.jump")) link.addEventListener("click", () => (state.asked = true));
addEventListener("hashchange", route);
// the chart alone: what is open or has the focus on the page stays so
addEventListener("resize", () => {
  if (state.open) document.querySelector("#country .chart").replaceChildren(courseChart(state.open));
  fitScrolls();
});
paint();
route();
