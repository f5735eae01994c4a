// PageScript+Hands: the part of the page's script that obeys: mouse, touch and keyboard on the lanes, the window in the
// overview, the filters, the tooltip, and printing.

extension PageScript {
  static let hands = #"""
    function setWindow(from, to) {
      const all = end - begin, length = Math.min(Math.max(to - from, Math.min(20, all)), all);
      view.from = Math.min(Math.max(from, begin), end - length);
      view.to = view.from + length;
      draw();
    }
    function zoom(factor, around) {
      const centre = around === undefined ? (view.from + view.to) / 2 : around;
      setWindow(centre - (centre - view.from) * factor, centre + (view.to - centre) * factor);
    }
    function pan(share) {
      const by = (view.to - view.from) * share;
      setWindow(view.from + by, view.to + by);
    }
    function relayout() {
      layout();
      draw();
      publish();
    }

    // What is chosen.

    const laneRows = () => rows.filter((row) => row.connection);
    function reveal(connection) {
      const index = rows.findIndex((row) => row.connection === connection);
      if (index < 0) return;
      const top = tops[index] - AXIS - 30, bottom = tops[index] + view.row + 10 - scroller.clientHeight;
      if (scroller.scrollTop > top) scroller.scrollTop = Math.max(0, top);
      else if (scroller.scrollTop < bottom) scroller.scrollTop = bottom;
    }
    function choose(connection, command, opens) {
      view.selected = connection;
      view.command = command;
      if (connection) {
        reveal(connection);
        byId("selection").textContent = describe(connection, command);
      }
      if (opens) showDetails(connection, command);
      draw();
    }
    function describe(connection, index) {
      const command = connection.commands[index];
      return `${label(connection)}, ${connection.identity.label}, ${counted(connection.count, "command")}, `
        + `open ${duration(connection.end - connection.openedAt)}, ${stateAt(connection, end)}`
        + (command ? `. Command ${command.ordinal}: ${command.words}, at ${duration(command.time)}` : "");
    }
    function step(direction) {
      const lanes = laneRows().map((row) => row.connection);
      if (!lanes.length) return;
      const index = lanes.indexOf(view.selected);
      const next = index < 0 ? (direction > 0 ? 0 : lanes.length - 1) : Math.min(Math.max(index + direction, 0), lanes.length - 1);
      choose(lanes[next], -1, !byId("details").hidden);
    }
    function stepCommand(direction) {
      const connection = view.selected || laneRows()[0]?.connection;
      if (!connection || !connection.commands.length) return;
      const index = view.command < 0 || view.selected !== connection ? commandAt(connection, view.from) : view.command;
      const next = Math.min(Math.max(index + direction, 0), connection.commands.length - 1);
      const time = connection.commands[next].time, length = view.to - view.from;
      if (time < view.from || time > view.to) setWindow(time - length / 2, time + length / 2);
      choose(connection, next, true);
    }
    /** Shows a moment of a connection, so near that its commands can be told apart. */
    function look(connection, time) {
      for (const [name, value] of [["endpoint", ""], ["identity", -1], ["noted", false], ["words", ""]]) filters[name] = value;
      showFilters();
      applyFilters();
      view.row = Math.max(view.row, 18);
      byId("lane-height").value = view.row;
      layout();
      const index = commandAt(connection, time), nearby = connection.commands.slice(Math.max(0, index - 4), index + 3);
      const first = nearby[0] ? nearby[0].time : connection.openedAt, last = nearby.length ? nearby[nearby.length - 1].time : time;
      const room = Math.max((Math.max(last, time) - Math.min(first, time)) * .7, 200);
      setWindow(Math.min(first, time) - room, Math.max(last, time) + room);
      choose(connection, index, true);
      publish();
      byId("timeline").scrollIntoView({ block: "start" });
    }

    // The mouse.

    let drag = null;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top + scroller.scrollTop, inAxis: event.clientY - box.top < AXIS };
    };
    function connectionAt(event) {
      const { y, inAxis } = place(event), index = inAxis ? -1 : rowAt(y);
      return index < 0 ? null : rows[index].connection || null;
    }
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      drag = { x: event.clientX, from: view.from, to: view.to, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (drag) {
        const by = event.clientX - drag.x;
        if (Math.abs(by) > 3) drag.moved = true;
        if (drag.moved) {
          canvas.classList.add("dragging");
          const time = by / (width - gutter - 14) * (drag.to - drag.from);
          setWindow(drag.from - time, drag.to - time);
          return hideTip();
        }
      }
      view.hover = place(event);
      showTip(event);
      draw();
    });
    canvas.addEventListener("pointerup", (event) => {
      const moved = drag?.moved;
      drag = null;
      canvas.classList.remove("dragging");
      if (moved) return;
      const connection = connectionAt(event);
      if (connection) choose(connection, nearest(connection, timeAt(place(event).x)), true);
    });
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("pointerleave", () => {
      view.hover = null;
      hideTip();
      draw();
    });
    canvas.addEventListener("dblclick", (event) => zoom(.3, timeAt(place(event).x)));
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(Math.exp(event.deltaY * .004), timeAt(Math.max(place(event).x, gutter)));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        pan((event.deltaX || event.deltaY) / (width - gutter));
      }
    }, { passive: false });
    scroller.addEventListener("scroll", draw, { passive: true });

    let brush = null;
    const overviewTime = (event) => (event.clientX - overview.getBoundingClientRect().left - gutter) / (width - gutter - 14)
      * (end - begin) + begin;
    overview.addEventListener("pointerdown", (event) => {
      const time = overviewTime(event), isInside = time > view.from && time < view.to && view.to - view.from < (end - begin) * .98;
      brush = isInside ? { offset: time - view.from, length: view.to - view.from } : { start: time };
      overview.setPointerCapture(event.pointerId);
    });
    overview.addEventListener("pointermove", (event) => {
      if (!brush) return;
      const time = overviewTime(event);
      if (brush.length) setWindow(time - brush.offset, time - brush.offset + brush.length);
      else setWindow(Math.min(brush.start, time), Math.max(brush.start, time));
    });
    for (const name of ["pointerup", "pointercancel"]) overview.addEventListener(name, () => { brush = null; });
    overview.addEventListener("dblclick", () => setWindow(begin, end));

    // The tooltip.

    const tip = byId("tip");
    function hideTip() { tip.hidden = true; }
    /** The command nearest to a time, or -1. */
    function nearest(connection, time) {
      const index = commandAt(connection, time), next = connection.commands[index + 1];
      if (index < 0) return connection.commands.length ? 0 : -1;
      const command = connection.commands[index];
      return next && next.time - time < time - command.time - Math.max(command.took, 0) ? index + 1 : index;
    }
    function showTip(event) {
      const connection = connectionAt(event), { x } = place(event);
      if (!connection || x < gutter - 8) return hideTip();
      const time = timeAt(x), here = nearest(connection, time);
      const around = connection.commands.slice(Math.max(0, here - 3), here + 4);
      const near = (one) => Math.abs(across(Math.min(one.time, connection.end)) - x) < 9;
      tip.replaceChildren(
        make("div", {}, make("b", {}, label(connection)),
          ` ${connection.identity.label} · client ${connection.id} · at ${duration(time)}`),
        make("div", { class: "muted" }, stateAt(connection, time)),
        make("table", {}, make("tbody", {}, around.map((command) => commandLine(command, command === connection.commands[here])))),
        ...connection.findings.filter(near).map((one) => make("div", { class: "note" }, `◆ ${one.rule}: ${one.message}`)),
        ...connection.faults.filter(near).map((one) => make("div", { class: "note" }, `⚡ ${one.rule}: ${one.action}`)),
        ...connection.marks.filter(near).map((one) => make("div", {}, `mark: ${one.words}`)));
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      const left = Math.min(event.clientX + 14, window.innerWidth - box.width - 8);
      const top = event.clientY + 18 + box.height > window.innerHeight ? event.clientY - box.height - 12 : event.clientY + 18;
      tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
    }
    function commandLine(command, isHere) {
      const outcome = command.error ? command.error : command.took < 0 ? "no reply" : command.reply;
      return make("tr", { class: isHere ? "here" : "" },
        make("td", { class: "n muted" }, `#${command.ordinal}`), make("td", { class: "mono" }, command.words.slice(0, 60)),
        make("td", { class: "n" }, command.took < 0 ? "" : duration(command.took)),
        make("td", { class: command.error || command.took < 0 ? "bad" : "muted" }, outcome.slice(0, 50)));
    }

    // The keyboard.

    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = {
        ArrowLeft: () => pan(-.2), ArrowRight: () => pan(.2), ArrowUp: () => step(-1), ArrowDown: () => step(1),
        "+": () => zoom(.6), "=": () => zoom(.6), "-": () => zoom(1 / .6), "0": () => setWindow(begin, end),
        "[": () => stepCommand(-1), "]": () => stepCommand(1),
        Home: () => setWindow(begin, begin + view.to - view.from), End: () => setWindow(end - (view.to - view.from), end),
        Enter: () => {
          if (!view.selected) return;
          showDetails(view.selected, view.command);
          byId("details").focus();
        },
        Escape: () => {
          choose(null, -1, true);
          hideTip();
        },
      }[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    byId("zoom-in").addEventListener("click", () => zoom(.5));
    byId("zoom-out").addEventListener("click", () => zoom(2));
    byId("zoom-fit").addEventListener("click", () => {
      fitHeight();
      layout();
      setWindow(begin, end);
    });

    // Filters.

    function showFilters() {
      byId("filter-endpoint").value = filters.endpoint;
      byId("filter-identity").value = filters.identity;
      byId("filter-text").value = filters.words;
      byId("filter-noted").checked = filters.noted;
    }
    function refilter() {
      filters.endpoint = byId("filter-endpoint").value;
      filters.identity = Number(byId("filter-identity").value);
      filters.words = byId("filter-text").value;
      filters.noted = byId("filter-noted").checked;
      applyFilters();
      fitHeight();
      relayout();
    }
    function fillFilters() {
      const option = (value, words) => make("option", { value }, words);
      byId("filter-endpoint").append(option("", "all"), ...run.endpoints.map((endpoint) => option(endpoint.name, endpoint.name)));
      byId("filter-identity").append(
        option("-1", "all"), ...identities.map((identity, index) => option(String(index), identity.label.slice(0, 60))));
      byId("filters").addEventListener("submit", (event) => event.preventDefault());
      for (const name of ["filter-endpoint", "filter-identity", "filter-noted"]) byId(name).addEventListener("change", refilter);
      byId("filter-text").addEventListener("input", refilter);
      byId("lane-height").addEventListener("input", (event) => {
        view.row = Number(event.target.value);
        relayout();
      });
    }

    // Where it is shown.

    window.addEventListener("resize", () => relayout());
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      readColours();
      drawLegend();
      draw();
    });
    // On paper everything is light, and all lanes are there.
    function putOnPaper(isPrinting) {
      document.documentElement.classList.toggle("paper", isPrinting);
      if (isPrinting) view.rowOnScreen = view.row;
      view.row = isPrinting ? Math.max(2, Math.min(view.row, Math.floor(700 / Math.max(rows.length, 1)))) : view.rowOnScreen || view.row;
      readColours();
      layout();
      drawNow();
      drawLegend();
    }
    window.addEventListener("beforeprint", () => putOnPaper(true));
    window.addEventListener("afterprint", () => putOnPaper(false));

    """#
}
