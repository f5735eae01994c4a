// PageScript+Tables: the part of the page's script that writes: the verdict, the findings, the tables, the legend and the
// chosen connection's commands.

extension PageScript {
  static let tables = #"""
    /** A table; columns are { name, value, show, number }, and clicking on a name sorts by its values. */
    function table(target, caption, columns, list, options = {}) {
      const body = make("tbody", {});
      let sorted = [...list], shownCount = options.limit || 200;
      const fill = () => {
        body.replaceChildren(...sorted.slice(0, shownCount).map((item) => make("tr", {}, columns.map((column, index) => {
          const cell = column.show ? column.show(item) : column.number ? number(column.value(item)) : String(column.value(item));
          return make(index === 0 && column.heads ? "th" : "td", {
            class: [column.number ? "n" : "", column.class || ""].join(" ").trim(), scope: index === 0 && column.heads ? "row" : null,
          }, cell);
        }))));
        if (sorted.length > shownCount) {
          body.append(make("tr", {}, make("td", { colspan: columns.length }, make("button", {
            type: "button", onclick: () => {
              shownCount += 1000;
              fill();
            },
          }, `Show more (${number(sorted.length - shownCount)} left)`))));
        }
      };
      const heads = columns.map((column) => {
        const head = make("th", { scope: "col", class: column.number ? "n" : "" });
        head.append(column.plain ? column.name : make("button", {
          type: "button", onclick: () => {
            const isDescending = head.getAttribute("aria-sort") !== "descending";
            for (const other of heads) other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
            const sign = isDescending ? -1 : 1;
            sorted = [...list].sort((a, b) => {
              const [one, two] = [column.value(a), column.value(b)];
              return (column.number ? one - two : String(one).localeCompare(String(two))) * sign;
            });
            fill();
          },
        }, column.name));
        return head;
      });
      fill();
      target.append(make("table", {}, caption ? make("caption", {}, caption) : null, make("thead", {}, make("tr", {}, heads)), body));
    }
    const empty = (words) => make("p", { class: "empty" }, words);
    const code = (words) => make("span", { class: "mono" }, words);

    // The top.

    function writeHead() {
      const counts = severities.map((name) => [name, run.findings.filter((finding) => finding.certainty === name).length])
        .filter(([, count]) => count);
      const title = byId("verdict");
      title.replaceChildren();
      if (!counts.length) title.append(make("span", { class: "good" }, "No findings"));
      counts.forEach(([name, count], index) => title.append(
        index ? ", " : "", make("span", { class: name }, `${number(count)} ${name === "info" ? "for information" : name}`)));
      if (counts.length) title.append(run.findings.length === 1 ? " finding" : " findings");
      document.title = `${title.textContent} · Understudy`;
      byId("provenance").textContent = run.provenance;
      const sum = (name) => run.figures.reduce((all, figures) => all + figures[name], 0);
      const busiest = Math.max(0, run.total.peakBusy);
      byId("tiles").append(...[
        [number(sum("opens")), "connections opened"], [number(run.total.peakOpen), "open at most"], [number(busiest), "busy at most"],
        [number(sum("commands")), "commands"], [number(run.errors), "errors", run.errors > 0], [number(run.faultCount), "faults"],
        [duration(run.duration), "observed"],
      ].map(([value, name, isBad]) => make("li", { class: isBad ? "bad" : "" }, make("b", {}, value), make("span", {}, name))));
    }

    function writeFound() {
      const limit = 8;
      byId("found").append(...run.findings.slice(0, limit).map((finding, index) => make("a", { href: `#finding-${index}` },
        make("span", { class: `chip ${finding.certainty}` }, finding.certainty), code(finding.rule),
        make("span", { class: "muted" }, [...new Set([finding.endpoint, finding.identity])].filter(Boolean).join(" · ")))));
      if (run.findings.length > limit) {
        byId("found").append(make("a", { href: "#findings" }, make("span", { class: "chip" }, `${run.findings.length - limit} more`)));
      }
    }

    function drawLegend() {
      const sample = (paint) => {
        const chip = make("canvas", { width: 44, height: 28, style: "width:22px;height:14px", "aria-hidden": "true" });
        const context = chip.getContext("2d");
        context.scale(2, 2);
        paint(context);
        return chip;
      };
      const lane = (kind) => sample((context) => {
        context.fillStyle = kind === 3 ? stripes(context, colours.blocked) : colours[kinds[kind]];
        const [offset, part] = kind === 1 ? [.43, .14] : shapes[kind];
        context.fillRect(0, 1 + 12 * offset, 22, 12 * part);
      });
      const named = [
        ["connecting", lane(0)], ["idle", lane(1)], ["busy", lane(2)], ["blocked", lane(3)], ["in a transaction", lane(4)],
        ["subscribed", lane(5)],
        ["no reply", sample((context) => {
          context.fillStyle = stripes(context, colours.stuck);
          context.fillRect(0, 1, 22, 12);
          context.fillStyle = colours.stuck;
          context.fillRect(19, 0, 3, 14);
        })],
        ["error", sample((context) => {
          context.fillStyle = colours.busy;
          context.fillRect(0, 1, 22, 12);
          context.fillStyle = colours.stuck;
          context.fillRect(10, 0, 2, 14);
        })],
        ["closed by client", sample((context) => {
          context.fillStyle = colours.idle;
          context.fillRect(0, 6, 12, 2);
          context.fillStyle = colours.muted;
          context.beginPath();
          context.arc(12, 7, 4, 0, 7);
          context.fill();
        })],
        ["by the server", sample((context) => {
          context.fillStyle = colours.idle;
          context.fillRect(0, 6, 12, 2);
          context.fillStyle = colours.muted;
          context.fillRect(9, 3.5, 7, 7);
        })],
        ["finding", sample((context) => diamond(context, 11, 7, 5.5, colours.certain))],
        ["fault", sample((context) => bolt(context, 11, 7, 5))],
      ];
      byId("legend").replaceChildren(...named.map(([name, chip]) => make("span", {}, chip, name)));
    }

    // Shapes that say what is wrong before a word is read.
    function writeShapes() {
      const svg = (lines) => {
        const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        shape.setAttribute("viewBox", "0 0 200 84");
        shape.setAttribute("role", "img");
        shape.setAttribute("preserveAspectRatio", "none");
        for (const [x, y, wide, high, colour] of lines) {
          const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
          for (const [name, value] of Object.entries({ x, y, width: wide, height: high })) rect.setAttribute(name, value);
          rect.style.fill = `var(--${colour})`;
          shape.append(rect);
        }
        return shape;
      };
      const each = (count, body) => Array.from({ length: count }, (_, index) => body(index)).flat();
      const drawings = [
        ["A leak", "A staircase of lines that do not end: each is used once, none is given back.",
          each(8, (i) => [[14 + i * 20, 10 + i * 9, 186 - i * 20, 1.5, "idle"], [14 + i * 20, 7.5 + i * 9, 8, 6, "busy"]])],
        ["Churn", "A diagonal of short dashes: a new connection for every request.",
          each(8, (i) => [[14 + i * 22, 7.5 + i * 9, 6, 6, "handshake"], [20 + i * 22, 7.5 + i * 9, 9, 6, "busy"]])],
        ["A pool too small", "A solid block: every connection is busy all the time, somebody else waits.",
          each(5, (i) => [[10, 8 + i * 14, 4, 10, "handshake"], ...each(6, (j) => [[16 + j * 30, 8 + i * 14, 29, 10, "busy"]])])],
        ["A stuck reply", "Red to the end: a command was sent, and its reply never came.",
          each(5, (i) => [[10, 14 + i * 14, 180, 1.5, "idle"],
            ...each(i === 2 ? 2 : 6, (j) => [[20 + j * 28, 9 + i * 14, 10, 10, "busy"]]),
            ...(i === 2 ? [[76, 9 + i * 14, 114, 10, "stuck"]] : [])])],
      ];
      byId("shapes").append(...drawings.map(([name, words, lines]) => make("figure", {}, svg(lines),
        make("figcaption", {}, make("b", {}, `${name}. `), words))));
    }

    // Findings.

    function writeFindings() {
      const list = byId("finding-list");
      if (!run.findings.length) {
        list.append(make("div", { class: "panel calm" }, make("b", {}, "Nothing was found. "),
          run.ruleCount ? `${counted(run.ruleCount, "rule")} watched ${counted(connections.length, "connection")}.` : ""));
      }
      run.findings.forEach((finding, index) => {
        const connection = finding.connections.map((id) => byNumber.get(id)).find(Boolean);
        list.append(make("article", { class: `panel finding ${finding.certainty}`, id: `finding-${index}` },
          make("div", { class: "head" }, make("span", { class: `chip ${finding.certainty}` }, finding.certainty),
            make("h3", {}, finding.rule), make("span", { class: "muted" }, finding.place),
            finding.count > 1 ? make("span", { class: "chip" }, `${number(finding.count)} times`) : null,
            connection ? make("button", { type: "button", onclick: () => look(connection, finding.lastAt) }, "Show on the lanes") : null),
          make("p", {}, finding.story),
          finding.evidence.length ? make("pre", {}, finding.evidence.join("\n")) : null,
          finding.fix ? make("p", { class: "fix" }, make("b", {}, "Fix. "), finding.fix) : null,
          make("p", { class: "suppress" }, `Allow it: ${finding.suppress}`)));
      });
    }

    // Tables.

    function spark(identity) {
      const drawing = make("canvas", { class: "spark", width: 300, height: 52, role: "img",
        "aria-label": `open and busy over time: ${identity.figures.peakOpen} and ${identity.figures.peakBusy} at most` });
      const context = drawing.getContext("2d"), changes = steps(connections.filter((one) => one.identity === identity));
      const opened = peaks(changes.opened, 150, begin, end), busy = peaks(changes.busy, 150, begin, end), most = Math.max(1, ...opened);
      for (const [series, colour] of [[opened, colours.idle], [busy, colours.busy]]) {
        context.fillStyle = colour;
        series.forEach((value, column) => context.fillRect(column * 2, 52 - value / most * 50, 2, value / most * 50));
      }
      return drawing;
    }
    function writePools() {
      if (!run.figures.length) return byId("pools").append(empty("No client connected."));
      const figure = (name, title, show) => ({ name: title, number: true, value: (one) => one.figures[name], show });
      table(byId("pools"), "", [
        { name: "endpoint", heads: true, value: (one) => one.figures.endpoint },
        { name: "name", value: (one) => one.figures.name }, { name: "library", value: (one) => one.figures.library },
        { name: "user", value: (one) => one.figures.user },
        { name: "open and busy over time", plain: true, value: () => "", show: spark },
        figure("opens", "opened"), figure("peakOpen", "peak open"), figure("peakBusy", "peak busy"),
        figure("turnover", "turnover", (one) => make("span", { class: one.figures.turnover >= 4 ? "warn" : "" },
          one.figures.turnover.toFixed(1))),
        figure("openedWhileIdle", "opened while idle", (one) => make("span",
          { class: one.figures.openedWhileIdle >= 3 ? "warn" : "" }, number(one.figures.openedWhileIdle))),
        figure("open", "open at end"), figure("commands", "commands"),
      ], identities);
    }
    function writeLatencies() {
      if (!run.latencies.length) return byId("latencies").append(empty("No command was written down."));
      const most = Math.max(1, ...run.latencies.map((one) => one[4]));
      const time = (index, name) => ({ name, number: true, value: (one) => one[index], show: (one) => duration(one[index]) });
      const count = (index, name) => ({ name, number: true, value: (one) => one[index],
        show: (one) => make("span", { class: one[index] ? "bad" : "muted" }, number(one[index])) });
      table(byId("latencies"), "", [
        { name: "command", heads: true, value: (one) => text(one[0]), show: (one) => code(text(one[0])) },
        { name: "count", number: true, value: (one) => one[1] }, count(2, "errors"), count(3, "no reply"), time(4, "total"),
        time(7, "max"),
        { name: "share", plain: true, value: () => 0, class: "meter-cell",
          show: (one) => make("span", { class: "meter", style: `width:${(one[4] / most * 96).toFixed(1)}%` }) },
        time(5, "p50"), time(6, "p95"),
      ], run.latencies, { limit: 25 });
      if (run.latencies.some((one) => one[8] < one[1] - one[3])) byId("latencies").append(
        make("p", { class: "muted" }, "p50 and p95 are of each connection's latest commands; the rest is of all."));
    }
    function writeFaults() {
      if (!faults.length && !marks.length) return byId("fault-section").remove();
      const where = (id) => byNumber.has(id) ? label(byNumber.get(id)) : id < 0 ? "" : `client ${id}`;
      const all = [...faults.map((one) => [one.time, "fault", where(one.id), one.rule, one.action]),
        ...marks.map((one) => [one.time, "mark", where(one.id), one.words, ""])].sort((a, b) => a[0] - b[0]);
      table(byId("faults"), "", [
        { name: "at", number: true, value: (one) => one[0], show: (one) => duration(one[0]) },
        { name: "what", value: (one) => one[1] }, { name: "connection", value: (one) => one[2] },
        { name: "rule or mark", value: (one) => one[3], show: (one) => code(one[3]) }, { name: "action", value: (one) => one[4] },
      ], all, { limit: 50 });
    }
    function writeWork() {
      if (run.executions.length) {
        const sorted = [...run.executions].sort((a, b) => b[2] - a[2]);
        table(byId("executions"), "Commands by key", [
          { name: "command", value: (one) => text(one[0]), show: (one) => code(text(one[0])) },
          { name: "key", value: (one) => one[1], show: (one) => code(one[1]), class: "text" },
          { name: "executions", number: true, value: (one) => one[2] },
        ], sorted, { limit: 20 });
      } else byId("executions").append(empty("No key was used."));
      if (run.scripts.length) {
        table(byId("scripts"), "Scripts and functions", [
          { name: "SHA1 or name", value: (one) => one[0], show: (one) => code(one[0]), class: "text" },
          { name: "executions", number: true, value: (one) => one[1] },
        ], [...run.scripts].sort((a, b) => b[1] - a[1]), { limit: 20 });
      } else byId("scripts").append(empty("No script ran."));
    }
    function writeConnections() {
      const target = byId("connection-table");
      // As long as nobody asks for it, thousands of rows are not made.
      target.addEventListener("toggle", () => {
        if (!target.open || target.querySelector("table")) return;
        table(target, "", [
          { name: "connection", heads: true, value: (one) => one.openedAt,
            show: (one) => make("button", { type: "button", onclick: () => look(one, one.openedAt) }, label(one)) },
          { name: "identity", value: (one) => one.identity.label },
          { name: "opened", number: true, value: (one) => one.openedAt, show: (one) => duration(one.openedAt) },
          { name: "open for", number: true, value: (one) => one.end - one.openedAt, show: (one) => duration(one.end - one.openedAt) },
          { name: "ended by", value: (one) => one.isOpen ? "still open" : one.closedBy || "" },
          { name: "commands", number: true, value: (one) => one.count },
          { name: "busy", number: true, value: busyTime, show: (one) => duration(busyTime(one)) },
          { name: "left behind", value: (one) => one.left.join(", ") },
          { name: "last command", value: (one) => one.commands[one.commands.length - 1]?.words || "", class: "text mono" },
        ], connections, { limit: 300 });
      });
      table(byId("endpoints"), "Endpoints", [
        { name: "name", heads: true, value: (one) => one.name }, { name: "listens at", value: (one) => one.port || one.path || "" },
        { name: "written down", value: (one) => one.level === "full" ? "everything" : "counters" },
        { name: "connections", number: true, value: (one) => one.connections },
      ], run.endpoints);
    }
    const busyTime = (connection) => connection.lane.reduce((all, one) => all + (one.kind === 2 ? one.end - one.start : 0), 0);

    function showDetails(connection, index) {
      const panel = byId("details");
      panel.hidden = !connection;
      if (!connection) return;
      const fact = (name, value) => value === "" || value === undefined ? null
        : make("div", {}, make("dt", {}, name), make("dd", {}, value));
      const from = Math.max(0, (index < 0 ? connection.commands.length : index) - 100);
      const listed = connection.commands.slice(from, from + 200);
      const body = make("tbody", {}, listed.map((command, offset) => make("tr", { class: from + offset === index ? "here" : "" },
        make("td", { class: "n" }, `#${command.ordinal}`), make("td", { class: "n" }, duration(command.time)),
        make("td", { class: "text mono" }, command.words + (command.place ? ` (${places[command.place]})` : "")),
        make("td", { class: "n" }, command.took < 0 ? make("span", { class: "bad" }, "no reply") : duration(command.took)),
        make("td", { class: command.error ? "bad text" : "muted" }, command.error || command.reply))));
      panel.replaceChildren(
        make("div", { class: "title" }, make("h3", {}, `${label(connection)} · ${connection.identity.label}`),
          make("button", { type: "button", onclick: () => choose(null, -1, true) }, "Close")),
        make("dl", { class: "facts" }, fact("client", String(connection.id)), fact("library", connection.libraryVersion),
          fact("protocol", `RESP${connection.resp}`), fact("opened at", duration(connection.openedAt)),
          fact("open for", duration(connection.end - connection.openedAt)), fact("state", stateAt(connection, end)),
          fact("commands", number(connection.count)), fact("bytes in", number(connection.received)),
          fact("bytes out", number(connection.sent)), fact("handshake", connection.handshake.join(", ")),
          fact("left behind", connection.left.join(", ")),
          fact("older commands dropped", connection.dropped ? number(connection.dropped) : "")),
        make("div", { class: "scroll", tabindex: "0" }, listed.length ? make("table", {},
          make("thead", {}, make("tr", {}, ["no.", "at", "command", "took", "reply"].map((name, column) =>
            make("th", { scope: "col", class: column % 3 === 2 || column === 4 ? "" : "n" }, name)))), body)
          : empty("None of its commands was written down.")));
      const here = panel.querySelector("tr.here"), box = panel.querySelector(".scroll");
      if (here) box.scrollTop = here.offsetTop - box.clientHeight / 2;
    }

    // The whole.

    /** What the page shows, for whoever reads the document instead of looking at it. */
    function publish() {
      const lanes = shown.length, commands = shown.reduce((all, one) => all + one.commands.length, 0);
      const data = { lanes, commands, findings: run.findings.length, faults: faults.length, marks: marks.length,
        flagged: shown.filter((one) => one.findings.length || one.faults.length).length,
        stuck: shown.filter((one) => one.stuck).length };
      Object.assign(document.documentElement.dataset, data);
      canvas.setAttribute("aria-label", `Timeline of ${counted(lanes, "connection")} with ${counted(commands, "command")}, `
        + `${counted(data.flagged, "connection")} with findings or faults. The same as a table stands under Connections.`);
    }
    readColours();
    writeHead();
    writeFound();
    fillFilters();
    applyFilters();
    fitHeight();
    layout();
    drawNow();
    drawLegend();
    publish();
    writeFindings();
    writePools();
    writeShapes();
    writeLatencies();
    writeFaults();
    writeWork();
    writeConnections();
    if (run.omissions.length) byId("omissions").append(...run.omissions.map((words) => make("li", {}, words)));
    else byId("omission-section").remove();
    document.documentElement.dataset.ready = String(Math.round(performance.now() - began));

    """#
}
