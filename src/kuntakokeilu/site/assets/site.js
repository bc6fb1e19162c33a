// What a reader can do with a page beyond reading it: filter, move through months, compare, explore.
// Nothing is loaded before it is asked for; data are scripts, since a page opened from a folder may
// load no other kind of file.
"use strict";
window.portal = (() => {
  const data = { place: {}, map: {} };
  const waiting = {};
  let said = null; // words and names of the language, from words-<code>.js
  let spec = null; // the chart, from chart.js
  const byId = (id) => document.getElementById(id);

  // --- Loading ------------------------------------------------------------------------------

  const load = (path) => {
    waiting[path] ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `../${path}`;
      script.onload = done;
      script.onerror = () => {
        delete waiting[path];
        failed(new Error(path));
      };
      document.head.append(script);
    });
    return waiting[path];
  };
  const numbers = async (kind, name) => {
    if (!data[kind][name]) await load(`data/${kind === "map" ? "map-" : ""}${name}.js`);
    return data[kind][name];
  };

  // --- Words and numbers --------------------------------------------------------------------

  const word = (key, values = {}) =>
    said.words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const placeName = (place) => said.places[place][1];
  const period = (month) => {
    const [year, number] = month.split("-");
    return said.code === "en" ? month : `${Number(number)}/${year}`;
  };
  const number = (value, decimals, sign = false) => {
    const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
    const english = said.code === "en";
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, english ? "," : "\u00a0");
    const text = part ? grouped + (english ? "." : ",") + part : grouped;
    const zero = !/[1-9]/.test(text);
    return (value < 0 && !zero ? "\u2212" : sign && !zero ? "+" : "") + text;
  };
  const shown = (cell, decimals) => {
    if (cell === null || cell === undefined) return "–";
    if (cell === "s") return "..";
    const ends = Array.isArray(cell) ? cell : [cell];
    return ends.map((end) => number(end, decimals)).join("–");
  };
  const middle = (cell) => (Array.isArray(cell) ? (cell[0] + cell[1]) / 2 : cell);
  const ends = (cell) => (Array.isArray(cell) ? cell : [cell, cell]);
  // Of two ranges the difference is a range, too.
  const difference = (a, b, decimals) => {
    if (!isNumber(a) || !isNumber(b)) return "–";
    const [low, high] = [ends(a)[0] - ends(b)[1], ends(a)[1] - ends(b)[0]]
      .map((end) => number(end, decimals, true));
    return low === high ? low : word("compare.range", { low, high });
  };
  const isNumber = (cell) => typeof cell === "number" || Array.isArray(cell);

  // --- Charts -------------------------------------------------------------------------------

  // As `rows` of site/charts.py; `from` and `to` are places in the list of months.
  const rows = (cells, line, label, decimals, from, to) => {
    const there = cells.map((cell, k) => (cell === null ? -1 : k)).filter((k) => k >= from && k <= to);
    const found = [];
    for (let k = there[0]; k <= there[there.length - 1]; k++) {
      const cell = cells[k];
      const row = { m: `${said.months[k]}-01`, line, v: null };
      if (isNumber(cell)) {
        row.v = middle(cell);
        row.label = label;
        row.text = shown(cell, decimals);
        row.month = period(said.months[k]);
        if (Array.isArray(cell)) [row.low, row.high] = cell;
        if (!isNumber(cells[k - 1]) && !isNumber(cells[k + 1])) row.alone = true;
      } else if (cell === "s") row.hidden = true;
      found.push(row);
    }
    return found;
  };
  const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const coloured = (chart) => {
    if (!dark()) return chart;
    let text = JSON.stringify(chart);
    for (const [light, other] of Object.entries(spec.dark)) text = text.replaceAll(light, other);
    return JSON.parse(text);
  };
  // `told` is the sentence that says what is drawn; the chart library would say it in English.
  const draw = async (target, places, indicator, told, from = 0) => {
    await Promise.all([load("assets/vega.js"), load("assets/chart.js")]);
    const { decimals } = said.indicators[indicator];
    const last = said.months.length - 1;
    const found = await Promise.all(places.map((place) => numbers("place", place)));
    const values = found.flatMap((one, k) =>
      rows(one[indicator], "abc"[k], placeName(places[k]), decimals, from, last));
    const chart = structuredClone(spec.chart);
    const start = `${said.months[from]}-01`;
    chart.data.values = values;
    chart.width = "container";
    chart.height = 320;
    chart.layer = chart.layer.filter((one) => !one.name || values.some((row) => one.name in row));
    for (const layer of chart.layer) {
      if (layer.data) { // what lies before the first month is not shown
        layer.data.values = layer.data.values.filter((one) => (one.to ?? one.m) >= start);
        for (const one of layer.data.values) if (one.m < start) one.m = start;
      }
      if (layer.name === "hidden") layer.encoding.y.value = chart.height - 4;
      if (layer.mark.type === "line") {
        layer.encoding.x.scale.domain[0] = Date.parse(start);
        layer.mark.point = { size: 60, opacity: 0, filled: true };
        layer.encoding.tooltip = ["label", "month", "text"].map((field) => ({ field, title: " " }));
      }
    }
    const view = await vegaEmbed(target, coloured(chart), {
      actions: false,
      renderer: "svg",
      tooltip: { theme: "custom" },
    });
    portal.view = view.view; // tests read the drawn numbers back from it
    target.removeAttribute("aria-roledescription");
    target.setAttribute("role", "img");
    target.setAttribute("aria-label", told);
    target.chart = { chart, places, indicator };
    const svg = target.querySelector("svg");
    if (svg) {
      svg.setAttribute("aria-hidden", "true"); // what it shows stands in the table
      svg.querySelectorAll("[role], [aria-label], [aria-roledescription], [tabindex]").forEach((one) =>
        ["role", "aria-label", "aria-roledescription", "tabindex"].forEach((name) => one.removeAttribute(name)));
      svg.removeAttribute("role");
    }
    return found;
  };
  // A picture for others has what stands beside the chart on the page: title, lines, source. Marks
  // of events stay out: what their numbers mean is on the page alone.
  const save = async ({ chart, places, indicator }) => {
    const copy = structuredClone(chart);
    copy.layer = copy.layer.filter((one) => !one.data);
    const shown = new Set(copy.data.values.map((row) => row.line));
    const names = Object.fromEntries(places.map((place, k) => ["abc"[k], placeName(place)]));
    const months = copy.data.values.filter((row) => row.v !== null).map((row) => row.m).sort();
    const month = months.length ? period(months[months.length - 1].slice(0, 7)) : "–";
    copy.title = {
      text: said.indicators[indicator].name,
      subtitle: word("chart.source", { source: said.source, month }),
      anchor: "start",
    };
    copy.width = 800;
    copy.height = 400;
    copy.background = "#ffffff";
    const legend = { title: null, orient: "bottom", values: [...shown].sort(), labelLimit: 400,
      symbolType: "stroke", symbolSize: 500, symbolStrokeWidth: 3, symbolOpacity: 1,
      labelExpr: `(${JSON.stringify(names)})[datum.label]` };
    for (const { name, encoding } of copy.layer) {
      if (name === "hidden") encoding.y.value = copy.height - 4;
      for (const channel of ["color", "strokeDash"]) if (encoding[channel]) encoding[channel].legend = legend;
    }
    const made = await vegaEmbed(document.createElement("div"), copy, { actions: false });
    const link = document.createElement("a");
    link.href = await made.view.toImageURL("png", 2);
    link.download = `${places.join("_")}_${indicator}.png`;
    link.click();
    made.finalize();
  };
  const explore = () => {
    for (const button of document.querySelectorAll("button[data-chart]")) {
      button.hidden = false;
      button.setAttribute("aria-expanded", "false");
      const still = button.closest("section").querySelector("img");
      const opening = button.textContent;
      button.addEventListener("click", async () => {
        const section = button.closest("section");
        const live = section.querySelector(".live");
        if (live) {
          live.remove();
          section.querySelector(".save").remove();
          still.hidden = false;
          section.classList.remove("wide");
          button.textContent = opening;
          button.setAttribute("aria-expanded", "false");
          return;
        }
        const target = document.createElement("div");
        target.className = "live";
        section.classList.add("wide");
        still.after(target);
        await draw(target, button.dataset.places.split(" "), button.dataset.chart, still.alt);
        still.hidden = true;
        const picture = document.createElement("button");
        picture.type = "button";
        picture.className = "save";
        picture.textContent = button.dataset.save;
        picture.addEventListener("click", () => save(target.chart));
        button.after(" ", picture);
        button.textContent = word("chart.close", { indicator: said.indicators[button.dataset.chart].name });
        button.setAttribute("aria-expanded", "true");
      });
    }
  };

  // --- Filters ------------------------------------------------------------------------------

  const filter = (form) => {
    form.hidden = false;
    const input = form.querySelector("input");
    const output = form.querySelector("output");
    const all = [...document.querySelectorAll("[data-find]")];
    const apply = () => {
      const wanted = input.value.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
      for (const one of all) one.hidden = !one.dataset.find.includes(wanted);
      const n = all.filter((one) => !one.hidden).length;
      output.textContent = wanted ? word("filter.count", { n, total: all.length }) : "";
      history.replaceState(null, "", wanted ? `#f=${encodeURIComponent(wanted)}` : location.pathname);
    };
    const given = () => {
      const wanted = asked().get("f");
      if (wanted === null) return;
      input.value = wanted;
      apply();
    };
    input.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", given);
    given();
  };
  const asked = () => new URLSearchParams(location.hash.slice(1));

  // --- The map ------------------------------------------------------------------------------

  const map = (form) => {
    form.hidden = false;
    const [indicator, month, find] = ["indicator", "month", "find"].map(byId);
    const [svg, hot, told, legend] = ["map", "hot", "told", "legend"].map(byId);
    const output = form.querySelector("output");
    const cells = [...document.querySelectorAll("#map-table td")];
    const names = Object.fromEntries(cells.map((cell) => [cell.dataset.unit, cell.previousElementSibling.textContent]));
    let drawn = indicator.value;

    const classOf = (cell, bounds, decimals) => {
      if (cell === null || cell === undefined) return "n";
      if (cell === "s") return "h";
      const value = Number(middle(cell).toFixed(decimals));
      return `k${bounds.filter((bound) => bound <= value).length}`;
    };
    const mark = () => {
      hot.replaceChildren();
      const option = find.selectedOptions[0];
      const units = (option.dataset.units ?? "").split(" ").filter(Boolean);
      for (const unit of units) {
        const path = byId(`m${unit}`);
        if (!path) continue;
        const copy = path.cloneNode();
        copy.removeAttribute("id");
        copy.removeAttribute("class");
        hot.append(copy);
      }
      told.textContent = units.length === 1 ? tell(units[0]) : units.length ? option.textContent : "";
    };
    const tell = (unit) => {
      const cell = cells.find((one) => one.dataset.unit === unit);
      return `${names[unit]}: ${cell.textContent} (${output.textContent})`;
    };
    const show = async (remember = true) => {
      const { decimals, bounds, name } = said.indicators[indicator.value];
      const found = await numbers("map", indicator.value);
      if (indicator.value !== drawn) {
        drawn = indicator.value;
        month.max = Math.max(found.months.length - 1, 0);
        month.value = month.max;
        relabel(bounds, decimals);
      }
      const k = Number(month.value);
      const when = found.months.length ? period(found.months[k]) : "–";
      output.textContent = when;
      month.setAttribute("aria-valuetext", when);
      month.disabled = found.months.length < 2;
      for (const cell of cells) {
        const value = found.values[cell.dataset.unit]?.[k];
        cell.textContent = shown(value, decimals);
        const path = byId(`m${cell.dataset.unit}`);
        if (!path) continue;
        path.setAttribute("class", classOf(value, bounds, decimals));
        path.firstElementChild.textContent = `${names[cell.dataset.unit]}: ${cell.textContent}`;
      }
      byId("table-title").textContent = word("map.table", { indicator: name, month: when });
      svg.setAttribute("aria-label", word("map.alt", { indicator: name, month: when }));
      mark();
      if (!remember) return;
      const state = new URLSearchParams({ i: indicator.value, m: found.months[k] ?? "" });
      if (find.value) state.set("p", find.value);
      history.replaceState(null, "", `#${state}`);
    };
    const relabel = (bounds, decimals) => {
      const ends = bounds.map((bound) => number(bound, decimals));
      const texts = [
        word("map.under", { b: ends[0] }),
        ...bounds.slice(1).map((bound, k) =>
          word("map.between", { a: ends[k], b: number(bound - 10 ** -decimals, decimals) })),
        word("map.over", { a: ends[ends.length - 1] }),
      ];
      const looks = [...legend.children];
      texts.forEach((text, k) => (looks[k].lastChild.textContent = ` ${text}`));
    };
    const given = async () => {
      const state = asked();
      if (!state.size) return;
      const i = state.get("i");
      if (i && [...indicator.options].some((one) => one.value === i)) indicator.value = i;
      if (state.get("p")) find.value = state.get("p");
      await show(false);
      const found = await numbers("map", indicator.value);
      const k = found.months.indexOf(state.get("m"));
      if (k >= 0) month.value = k;
      await show(false);
    };
    month.addEventListener("input", () => show());
    indicator.addEventListener("change", () => show());
    find.addEventListener("change", () => show());
    svg.addEventListener("pointerover", (event) => {
      const unit = event.target.id?.startsWith("m") ? event.target.id.slice(1) : "";
      if (names[unit] && !find.value) told.textContent = tell(unit);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", given);
    given();
  };

  // --- Two places ---------------------------------------------------------------------------

  const compare = (form) => {
    form.hidden = false;
    const [first, second, what, from] = ["first", "second", "what", "from"].map(byId);
    const told = byId("told");
    let turn = 0; // what was asked for last is shown, whatever is drawn first
    const show = async () => {
      const mine = ++turn;
      const { decimals, name } = said.indicators[what.value];
      const start = said.months.findIndex((month) => month >= `${from.value}-01`);
      const places = [first.value, second.value];
      const found = await Promise.all(places.map((place) => numbers("place", place)));
      if (mine !== turn) return;
      const any = found.some((one) => one[what.value].some((cell, k) => k >= start && cell !== null));
      byId("compared").hidden = !any;
      told.textContent = any ? "" : word("compare.nodata");
      if (!any) return;
      const [a, b] = places.map(placeName);
      byId("compared-title").textContent = word("compare.shown", { indicator: name, a, b });
      document.title = `${byId("compared-title").textContent} – ${document.title.split(" – ").pop()}`;
      ["a", "b"].forEach((line, k) => {
        byId(`name-${line}`).textContent = byId(`col-${line}`).textContent = [a, b][k];
        const file = byId(`file-${line}`);
        file.href = `../data/${places[k]}.csv`;
        file.textContent = `CSV: ${[a, b][k]}`;
      });
      const cells = found.map((one) => one[what.value]);
      table(cells, decimals, start);
      const last = Math.max(...cells.map((one) => one.findLastIndex((cell) => (cell ?? null) !== null)));
      byId("compared-source").textContent = word("chart.source", { source: said.source, month: period(said.months[last]) });
      byId("save").textContent = word("chart.save", { indicator: name });
      await draw(byId("chart"), places, what.value, byId("compared-title").textContent, start);
    };
    const table = ([a, b], decimals, start) => {
      const lines = [];
      let later = null;
      for (let k = said.months.length - 1; k >= start; k--) {
        if ((a[k] ?? null) === null && (b[k] ?? null) === null) continue;
        if (later !== null && later - k > 1) {
          const ends = { first: period(said.months[k + 1]), last: period(said.months[later - 1]) };
          lines.push(`<tr class="gap"><td colspan="4">${word("table.gap", ends)}</td></tr>`);
        }
        const gap = difference(a[k], b[k], decimals);
        const texts = [shown(a[k], decimals), shown(b[k], decimals), gap];
        lines.push(`<tr><th scope="row">${period(said.months[k])}</th>${texts.map((t) => `<td>${t}</td>`).join("")}</tr>`);
        later = k;
      }
      document.querySelector("#compared-table tbody").innerHTML = lines.join("");
    };
    const remember = () => {
      const state = new URLSearchParams({ a: first.value, b: second.value, i: what.value });
      if (from.selectedIndex > 0) state.set("from", from.value);
      history.pushState(null, "", `#${state}`);
    };
    const given = async () => {
      const state = asked();
      if (!state.get("a")) return show(); // the places that the form has
      const wanted = [[first, "a"], [second, "b"], [what, "i"], [from, "from"]];
      for (const [select, key] of wanted) {
        const value = state.get(key);
        if (value === null) continue;
        if (![...select.options].some((one) => one.value === value)) {
          byId("compared").hidden = true;
          told.textContent = word("compare.unknown", { what: value });
          return;
        }
        select.value = value;
      }
      await show();
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      remember();
      await show();
      if (!byId("compared").hidden) byId("compared-title").focus();
    });
    byId("save").addEventListener("click", () => save(byId("chart").chart));
    addEventListener("popstate", given);
    given();
  };

  document.addEventListener("DOMContentLoaded", () => {
    explore();
    for (const form of document.querySelectorAll("form[data-filter]")) filter(form);
    for (const form of document.querySelectorAll("form[data-map]")) map(form);
    for (const form of document.querySelectorAll("form[data-compare]")) compare(form);
  });

  return {
    put: (kind, name, content) => (data[kind][name] = content),
    say: (content) => (said = content),
    chart: (content) => (spec = content),
    view: null,
  };
})();
