// PageScript+Model: the first part of the page's script: the run as objects (see `ReportPage` for the form in which it
// comes), figures as people read them, and the lanes that the filters leave.
//
// The parts are joined in the order of `PageScript.text`, and share one scope.

extension PageScript {
  static let model = #"""
    "use strict";
    const began = performance.now();
    const byId = (id) => document.getElementById(id);
    const run = JSON.parse(byId("run").textContent);
    const text = (index) => index < 0 ? "" : run.strings[index];

    /** An element; its children are nodes or texts, never markup. */
    function make(tag, properties, ...children) {
      const element = document.createElement(tag);
      for (const [name, value] of Object.entries(properties || {})) {
        if (value === undefined || value === null || value === false) continue;
        if (name === "class") element.className = value;
        else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? "" : value);
      }
      for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
      return element;
    }

    // Figures.

    const number = (value) => Math.round(value).toLocaleString("en-US");
    const significant = (value) => value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : number(value);
    /** Microseconds as people say them. */
    function duration(time) {
      const value = Math.abs(time), sign = time < 0 ? "−" : "";
      if (value < 1e3) return `${sign}${Math.round(value)} µs`;
      if (value < 1e6) return `${sign}${significant(value / 1e3)} ms`;
      if (value < 12e7) return `${sign}${significant(value / 1e6)} s`;
      return `${sign}${significant(value / 6e7)} min`;
    }
    /** A moment, as finely as the window that is looked at needs it. */
    function moment(time, step) {
      if (step < 1e3) return `${number(time)} µs`;
      if (step < 1e6) return `${(time / 1e3).toFixed(step < 1e4 ? 1 : 0)} ms`;
      return `${(time / 1e6).toFixed(step < 1e7 ? (step % 1e6 ? 1 : 0) : 0)} s`;
    }
    const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

    // The run.

    const kinds = ["handshake", "idle", "busy", "blocked", "transaction", "subscribed"];
    const places = ["", "queued", "in EXEC", "in a script"];
    const end = Math.max(run.duration, 1);
    const identities = run.figures.map((figures) => ({
      figures, label: [figures.endpoint, figures.name || figures.library || (figures.user === "default" ? "" : figures.user)]
        .filter((part, index, all) => part && all.indexOf(part) === index).join(" · ") || "unnamed",
    }));
    // Nothing happens before somebody connects.
    const firstAt = Math.min(end, ...run.connections.map((connection) => connection.openedAt));
    const begin = Math.max(0, firstAt - (end - firstAt) * .02);
    const connections = run.connections.map((raw) => {
      const connection = {
        ...raw, identity: identities[raw.identity], findings: [], faults: [], marks: [],
        end: raw.closedAt === undefined ? end : raw.closedAt, isOpen: raw.closedAt === undefined, lane: [], commands: [],
      };
      for (let i = 0; i + 2 < raw.lane.length; i += 3) {
        connection.lane.push({ kind: raw.lane[i], start: raw.lane[i + 1], end: raw.lane[i + 2] });
      }
      for (const [ordinal, place, name, words, time, took, reply, error, database] of raw.commands) {
        // What a client tries when it introduces itself may be refused: nothing is wrong with that.
        connection.commands.push({
          ordinal, place, name: text(name), words, time, took, reply: text(reply), error: text(error), database,
          isWrong: error >= 0 && ordinal > raw.handshake.length,
        });
      }
      // What never got its reply, from when on.
      const last = connection.commands.filter((command) => command.took < 0 && command.place === 0).pop();
      connection.stuck = last || null;
      return connection;
    });
    const byNumber = new Map(connections.map((connection) => [connection.id, connection]));
    const severities = ["certain", "high", "medium", "info"];
    for (const finding of run.findings) for (const id of finding.connections) byNumber.get(id)?.findings.push(finding);
    const faults = run.faults.map(([time, id, rule, action]) => ({ time, id, rule: text(rule), action: text(action) }));
    for (const fault of faults) byNumber.get(fault.id)?.faults.push(fault);
    const marks = run.marks.map(([time, id, words]) => ({ time, id, words }));
    for (const mark of marks) byNumber.get(mark.id)?.marks.push(mark);
    const label = (connection) => `${connection.endpoint} #${connection.ordinal}`;

    /** What a connection did at a time: the index of the latest command that had begun, or -1. */
    function commandAt(connection, time) {
      let low = 0, high = connection.commands.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (connection.commands[middle].time <= time) low = middle + 1; else high = middle;
      }
      return low - 1;
    }
    function stretchAt(connection, time) {
      return connection.lane.find((stretch) => stretch.start <= time && time < stretch.end) || null;
    }
    function stateAt(connection, time) {
      if (time < connection.openedAt) return "not open yet";
      if (time >= connection.end) return connection.isOpen ? "open at the end" : `closed by the ${connection.closedBy || "client"}`;
      if (connection.stuck && time >= connection.stuck.time) return "waiting for a reply that never came";
      const stretch = stretchAt(connection, time);
      return stretch ? `${kinds[stretch.kind]} for ${duration(stretch.end - stretch.start)}` : "idle";
    }

    // What is shown: rows are headings of identities, and lanes.

    const filters = { endpoint: "", identity: -1, words: "", noted: false };
    let shown = [], rows = [], matches = new Set();
    function applyFilters() {
      const words = filters.words.trim().toLowerCase();
      matches = new Set();
      shown = connections.filter((connection) => {
        if (filters.endpoint && connection.endpoint !== filters.endpoint) return false;
        if (filters.identity >= 0 && connection.identity !== identities[filters.identity]) return false;
        if (filters.noted && !connection.findings.length && !connection.faults.length) return false;
        if (!words) return true;
        let found = label(connection).toLowerCase().includes(words);
        for (const command of connection.commands) {
          if (`${command.name} ${command.words} ${command.error}`.toLowerCase().includes(words)) {
            matches.add(command);
            found = true;
          }
        }
        return found;
      });
      rows = [];
      for (const identity of identities) {
        const own = shown.filter((connection) => connection.identity === identity).sort((a, b) => a.openedAt - b.openedAt);
        if (!own.length) continue;
        rows.push({ identity, count: own.length });
        for (const connection of own) rows.push({ connection });
      }
    }

    /** Steps of how many connections of a list are open, and busy: pairs of a time and a change, in the order of time. */
    function steps(list) {
      const opened = [], busy = [];
      for (const connection of list) {
        opened.push([connection.openedAt, 1], [connection.isOpen ? Infinity : connection.end, -1]);
        for (const stretch of connection.lane) {
          if (stretch.kind === 2 || stretch.kind === 3) busy.push([stretch.start, 1], [Math.max(stretch.end, stretch.start + 1), -1]);
        }
      }
      const order = (a, b) => a[0] - b[0] || a[1] - b[1];
      return { opened: opened.sort(order), busy: busy.sort(order) };
    }
    /** The most at once in each of `count` equal parts of a window. */
    function peaks(changes, count, from, to) {
      const result = new Float64Array(count);
      let level = 0, index = 0;
      for (let column = 0; column < count; column++) {
        const until = from + (to - from) * (column + 1) / count;
        while (index < changes.length && changes[index][0] < from + (to - from) * column / count) level += changes[index++][1];
        let most = level;
        while (index < changes.length && changes[index][0] < until) {
          level += changes[index++][1];
          if (level > most) most = level;
        }
        result[column] = most;
      }
      return result;
    }

    """#
}
