/* The page without this program is complete: tables, static pictures and every operator's details. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const root = document.documentElement;
  const charts = [];
  root.classList.add("js");

  function colour(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }
  function palette() { return [0, 1, 2, 3, 4, 5, 6, 7].map((n) => colour("--c" + n)); }
  function short(value) {
    const size = Math.abs(value);
    if (size >= 1e6) { return +(value / 1e6).toPrecision(4) + " M"; }
    if (size > 0 && size < 1e-3) { return value.toExponential(1); }
    if (size >= 1e4) { return +(value / 1e3).toPrecision(4) + " k"; }
    return String(+(+value).toPrecision(4));
  }

  /* Charts: the same figures as in the static picture that each replaces. */
  function axis(label, extra) {
    return Object.assign({
      name: label, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: colour("--soft") }, axisLabel: { color: colour("--soft") },
      axisLine: { lineStyle: { color: colour("--line") } }, splitLine: { lineStyle: { color: colour("--line") } }
    }, extra);
  }
  function options(chart) {
    const named = chart.categories.length > 0;
    const value = (label, extra) => axis(label, Object.assign({ type: "value", axisLabel: { color: colour("--soft"), formatter: short, hideOverlap: true } }, extra));
    const room = Math.min(230, 18 + 7.8 * Math.max(0, ...chart.categories.map((name) => name.length)));
    const fitted = { color: colour("--soft"), width: chart.horizontal ? room - 14 : 90, overflow: "truncate" };
    const names = axis(chart.x_label, { type: "category", data: chart.categories, inverse: chart.horizontal, axisLabel: fitted });
    const logarithm = chart.y_log ? { type: "log", min: 0.5, axisLabel: { color: colour("--soft"), formatter: (v) => v < 1 ? "" : short(v) } } : {};
    const ends = chart.shape === "lines" ? { min: "dataMin", max: "dataMax" } : {};
    const across = named ? names : value(chart.x_label, Object.assign({ scale: !chart.diagonal, splitLine: { show: false } }, ends));
    const up = value(chart.y_label, Object.assign({ scale: chart.shape !== "bars" && !chart.diagonal, nameGap: 48 }, logarithm));
    if (chart.horizontal) { up.nameGap = 28; }
    const series = chart.series.map((one) => {
      const points = named ? one.points.map((p) => p[1]) : one.points.map((p) => [p[0], chart.y_log && p[1] <= 0 ? null : p[1]]);
      const kind = { bars: "bar", lines: "line", cloud: "scatter" }[chart.shape];
      const bins = chart.shape === "bars" && !named;
      return {
        type: kind, name: one.name, data: points, symbolSize: kind === "scatter" ? 6 : 5, showSymbol: one.points.length < 60,
        barMaxWidth: bins ? undefined : 26, barWidth: bins ? "90%" : undefined, large: one.points.length > 2000
      };
    });
    if (chart.diagonal && chart.series.length) {
      const all = chart.series[0].points.flat();
      const low = chart.shape === "lines" ? 0 : Math.min(...all), high = chart.shape === "lines" ? 1 : Math.max(...all);
      series.push({ type: "line", data: [[low, low], [high, high]], showSymbol: false, silent: true, lineStyle: { type: "dashed", color: colour("--soft") } });
    }
    if (chart.frontier.length) {
      series.push({ type: "line", name: "frontier", data: chart.frontier, showSymbol: false, silent: true, lineStyle: { type: "dashed", color: colour("--soft") } });
    }
    return {
      animation: false, color: palette(), backgroundColor: "transparent", textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: chart.horizontal ? room : 64, right: 26, top: 14, bottom: 44, outerBoundsMode: "none" },
      tooltip: { trigger: chart.shape === "cloud" ? "item" : "axis", renderMode: "richText", confine: true },
      xAxis: chart.horizontal ? up : across, yAxis: chart.horizontal ? across : up, series: series
    };
  }
  function part(one) {
    const found = { name: one.name, value: one.value, shown: one.text };
    if (one.parts.length) { found.children = one.parts.map(part); }
    return found;
  }
  function treeOptions(tree) {
    return {
      animation: false, color: palette(), tooltip: { renderMode: "richText", confine: true, formatter: (p) => p.name + ": " + (p.data.shown || tree.total) },
      series: [{
        type: "treemap", name: tree.title, data: tree.parts.map(part), roam: false, nodeClick: "zoomToNode", left: 0, right: 0, top: 0, bottom: 36,
        breadcrumb: { bottom: 4, itemStyle: { color: colour("--cold"), textStyle: { color: colour("--ink") } }, emphasis: { itemStyle: { color: colour("--line") } } },
        label: { color: colour("--card"), lineHeight: 16, formatter: (p) => p.name + "\n" + (p.data.shown || "") },
        upperLabel: { show: true, height: 22, color: colour("--ink"), formatter: (p) => p.name + "  " + (p.data.shown || "") },
        itemStyle: { borderColor: colour("--card"), gapWidth: 1 },
        levels: [{ upperLabel: { show: false } }, { itemStyle: { borderWidth: 2, gapWidth: 2, borderColor: colour("--line") } }, {}]
      }]
    };
  }
  function draw(element, record, make) {
    const paint = () => entry.chart.setOption(make(record), true);
    const entry = { element: element, chart: null, paint: paint, height: 0 };
    new ResizeObserver(() => {
      if (element.clientWidth === 0) { return; }
      if (entry.chart === null) {
        if (record.horizontal) { element.style.height = Math.max(120, record.categories.length * 24 + 60) + "px"; }
        element.textContent = "";
        element.classList.add("live");
        element.setAttribute("role", "img");
        element.setAttribute("aria-label", record.title);
        entry.chart = window.echarts.init(element, null, { renderer: "svg" });
        paint();
      } else { entry.chart.resize(); }
    }).observe(element);
    charts.push(entry);
  }
  function repaint() { charts.forEach((one) => { if (one.chart) { one.paint(); one.chart.resize(); } }); }
  if (window.echarts) {
    document.querySelectorAll("[data-chart]").forEach((one) => draw(one, data[one.dataset.chart], options));
    document.querySelectorAll("[data-tree]").forEach((one) => draw(one, data[one.dataset.tree], treeOptions));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    window.matchMedia("print").addEventListener("change", repaint);
  }

  /* Runs as tabs. */
  const tabs = [...document.querySelectorAll("[role=tab]")];
  function choose(tab) {
    tabs.forEach((one) => {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    });
  }
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) { return; }
      const next = tabs[(place + step + tabs.length) % tabs.length];
      next.focus();
      choose(next);
    });
  });
  function follow() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const run = target && target.closest("article.run");
    const tab = run && tabs.find((one) => one.getAttribute("aria-controls") === run.id);
    if (tab) { choose(tab); target.scrollIntoView(); }
  }
  if (tabs.length) { choose(tabs[0]); }
  window.addEventListener("hashchange", follow);

  /* The graph. */
  function layOut(graph, box, prefix) {
    if (!window.dagre) { return; }
    const plan = new window.dagre.graphlib.Graph({ multigraph: true });
    plan.setGraph({ nodesep: 26, ranksep: 38, marginx: 12, marginy: 12 });
    plan.setDefaultEdgeLabel(() => ({}));
    graph.nodes.forEach((node) => plan.setNode(node.id, { width: 190, height: 46 }));
    graph.edges.forEach((edge, place) => plan.setEdge(edge.source, edge.target, {}, String(place)));
    window.dagre.layout(plan);
    graph.nodes.forEach((node) => {
      const at = plan.node(node.id);
      document.getElementById(prefix + node.id).setAttribute("transform", "translate(" + (at.x - 95) + " " + (at.y - 23) + ")");
    });
    const paths = box.querySelectorAll(".edges path");
    graph.edges.forEach((edge, place) => {
      const points = plan.edge({ v: edge.source, w: edge.target, name: String(place) }).points;
      paths[place].setAttribute("d", "M" + points.map((p) => p.x.toFixed(1) + " " + p.y.toFixed(1)).join("L"));
    });
    graph.width = plan.graph().width;
    graph.height = plan.graph().height;
  }
  function setUp(box) {
    const graph = data[box.dataset.graph];
    const nodes = [...box.querySelectorAll(".node")];
    const prefix = nodes[0].id.slice(0, nodes[0].id.length - graph.nodes[0].id.length);
    const inspector = box.querySelector(".inspector");
    const canvas = box.querySelector(".canvas"), view = box.querySelector(".viewport");
    layOut(graph, box, prefix);
    let zoom = null;
    function fit(whole) {
      const wide = canvas.clientWidth / graph.width, tall = canvas.clientHeight / graph.height;
      const scale = Math.max(0.05, Math.min(1.2, wide, whole ? tall : 1.2));
      zoom.zoom(scale, { force: true });
      zoom.pan((canvas.clientWidth / scale - graph.width) / 2, 0, { force: true });
    }
    if (window.Panzoom && window.dagre) {
      box.querySelector("svg").removeAttribute("viewBox"); // on the screen a unit is a pixel; the scale is Panzoom's
      zoom = window.Panzoom(view, { canvas: true, maxScale: 8, minScale: 0.05, step: 0.3, touchAction: "pan-y", origin: "0 0" });
      let shown = false;
      const svg = box.querySelector("svg");
      window.matchMedia("print").addEventListener("change", (event) => { // on paper the whole graph
        if (event.matches) {
          view.style.transform = "none"; // Panzoom would draw only after the sheet is
          svg.setAttribute("viewBox", "0 0 " + graph.width + " " + graph.height);
        } else {
          svg.removeAttribute("viewBox");
          fit(false);
        }
      });
      new ResizeObserver(() => { if (!shown && canvas.clientWidth) { shown = true; setTimeout(() => fit(false), 20); } }).observe(canvas); // after Panzoom's own start
      canvas.addEventListener("wheel", (event) => { if (event.ctrlKey) { zoom.zoomWithWheel(event); } }, { passive: false });
      box.querySelector(".zoom-in").addEventListener("click", () => zoom.zoomIn());
      box.querySelector(".zoom-out").addEventListener("click", () => zoom.zoomOut());
      box.querySelector(".fit").addEventListener("click", () => fit(true));
    } else { box.querySelector(".buttons").hidden = true; }
    function pick(node) {
      nodes.forEach((one) => one.setAttribute("aria-pressed", String(one === node)));
      inspector.querySelectorAll(".node-details.open").forEach((one) => one.classList.remove("open"));
      document.getElementById(node.id + "-details").classList.add("open");
      inspector.classList.add("chosen");
      inspector.scrollTop = 0;
    }
    function go(node) {
      nodes.forEach((one) => { one.setAttribute("tabindex", one === node ? "0" : "-1"); });
      node.focus({ preventScroll: true });
      if (!zoom) { return; }
      const at = node.getBoundingClientRect(), frame = canvas.getBoundingClientRect(), scale = zoom.getScale();
      if (at.top < frame.top || at.bottom > frame.bottom || at.left < frame.left || at.right > frame.right) {
        const right = frame.left + frame.width / 2 - (at.left + at.width / 2), down = frame.top + frame.height / 2 - (at.top + at.height / 2);
        zoom.pan(right / scale, down / scale, { relative: true, force: true });
      }
    }
    let pressed = null;
    nodes.forEach((node, place) => {
      node.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; });
      node.addEventListener("click", (event) => {
        const moved = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 5;
        if (!moved) { go(node); pick(node); }
      });
      node.addEventListener("keydown", (event) => {
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
        if (step && nodes[place + step]) { go(nodes[place + step]); event.preventDefault(); }
        if (event.key === "Enter" || event.key === " ") { pick(node); event.preventDefault(); }
      });
    });
    const measure = box.querySelector(".measure");
    if (measure) {
      measure.addEventListener("change", () => {
        const chosen = measure.value === "" ? null : graph.measures[+measure.value];
        graph.nodes.forEach((node, place) => {
          nodes[place].style.setProperty("--heat", chosen && chosen.shades[node.id] || 0);
          const known = chosen && chosen.texts[node.id];
          nodes[place].querySelector(".subtitle").textContent = known ? known + " " + chosen.label.split(",").pop().trim() : node.subtitle;
        });
      });
    }
    const search = box.querySelector(".search");
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      const hits = nodes.filter((node) => {
        const words = node.getAttribute("aria-label") + " " + document.getElementById(node.id + "-details").textContent;
        const hit = wanted !== "" && words.toLowerCase().includes(wanted);
        node.classList.toggle("hit", hit);
        return hit;
      });
      box.querySelector(".found").textContent = wanted === "" ? "" : hits.length + " found";
      if (hits.length) { pick(hits[0]); }
    });
    search.addEventListener("keydown", (event) => {
      const first = box.querySelector(".node.hit");
      if (event.key === "Enter" && first) { go(first); }
    });
  }
  document.querySelectorAll("[data-graph]").forEach(setUp);
  follow();
}());
