// PageScript+Lanes: the part of the page's script that draws: the overview, in which the window is chosen, and the lanes
// that are in view. Only those are drawn, and of a stretch that is narrower than a pixel only how much of the pixel it
// fills, so that thousands of commands cost no more than what can be seen of them.

extension PageScript {
  static let lanes = #"""
    const canvas = byId("lanes"), overview = byId("overview"), scroller = byId("scroller"), spacer = byId("spacer");
    const view = { from: begin, to: end, row: 14, selected: null, command: -1, hover: null };
    const AXIS = 24, HEAD = 22;
    let colours = {}, width = 0, gutter = 160, tops = [], total = 0, profile = null;
    const ratio = () => window.devicePixelRatio || 1;

    function readColours() {
      const style = getComputedStyle(document.documentElement);
      for (const name of ["ink", "muted", "rule", "panel", "soft", "accent", "grid", "select", "chosen", "tick", "stuck",
        ...severities, ...kinds]) colours[name] = style.getPropertyValue(`--${name}`).trim();
      colours.mono = style.getPropertyValue("--mono");
      colours.sans = style.getPropertyValue("--sans");
    }
    function size(target, wide, high) {
      const scale = ratio();
      target.width = Math.round(wide * scale);
      target.height = Math.round(high * scale);
      target.style.height = `${high}px`;
      const context = target.getContext("2d");
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, wide, high);
      return context;
    }
    const across = (time) => gutter + (time - view.from) / (view.to - view.from) * (width - gutter - 14);
    const timeAt = (x) => view.from + (x - gutter) / (width - gutter - 14) * (view.to - view.from);
    const overviewX = (time) => gutter + (time - begin) / Math.max(end - begin, 1) * (width - gutter - 14);

    /** Where each row lies, and how high the lanes are altogether. */
    function layout() {
      width = scroller.clientWidth || 800;
      gutter = width < 620 ? 76 : 168;
      tops = [];
      let y = AXIS;
      for (const row of rows) {
        tops.push(y);
        y += row.connection ? view.row : HEAD;
      }
      total = y + 10;
      const isPrinting = document.documentElement.classList.contains("paper");
      const room = isPrinting ? total : Math.max(220, Math.min(total, Math.round(window.innerHeight * 0.66)));
      scroller.style.height = `${Math.min(room, total)}px`;
      spacer.style.height = `${total}px`;
      profile = null;
    }
    /** A height of lanes that lets all of them be seen at once, if that is possible. */
    function fitHeight() {
      const heads = rows.filter((row) => row.identity).length, lanes = Math.max(rows.length - heads, 1);
      const room = Math.max(260, window.innerHeight * 0.66) - AXIS - heads * HEAD - 10;
      view.row = Math.max(3, Math.min(20, Math.floor(room / lanes)));
      byId("lane-height").value = view.row;
    }
    function rowAt(y) {
      for (let index = 0; index < tops.length; index++) {
        const high = rows[index].connection ? view.row : HEAD;
        if (y >= tops[index] && y < tops[index] + high) return index;
      }
      return -1;
    }

    // The axis.

    function tickStep(pixels) {
      const least = (view.to - view.from) / Math.max(1, (width - gutter) / pixels);
      const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
      return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) || power * 10;
    }
    function drawAxis(context, high) {
      const step = tickStep(110);
      context.fillStyle = colours.panel;
      context.fillRect(0, 0, width, AXIS);
      context.font = `11.5px ${colours.sans}`;
      context.textBaseline = "middle";
      context.textAlign = "center";
      for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
        const x = Math.round(across(time)) + .5;
        context.fillStyle = colours.grid;
        context.fillRect(x, AXIS, 1, high);
        context.fillStyle = colours.muted;
        const words = moment(time, step), half = context.measureText(words).width / 2;
        context.fillText(words, Math.min(Math.max(x, gutter + half), width - half - 4), AXIS / 2);
      }
      context.textAlign = "left";
      context.fillText(width < 620 ? "" : "connection", 14, AXIS / 2);
      context.fillStyle = colours.rule;
      context.fillRect(0, AXIS - 1, width, 1);
    }

    // A lane.

    function stripes(context, colour) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const pen = tile.getContext("2d");
      pen.fillStyle = colour;
      pen.globalAlpha = .45;
      pen.fillRect(0, 0, 8, 8);
      pen.globalAlpha = 1;
      pen.strokeStyle = colour;
      pen.lineWidth = 2.6;
      pen.beginPath();
      for (const offset of [-8, 0, 8]) {
        pen.moveTo(offset, 8);
        pen.lineTo(offset + 8, 0);
      }
      pen.stroke();
      return context.createPattern(tile, "repeat");
    }
    /** Of the lane's height, how much each kind fills, and from where. */
    const shapes = { 0: [.22, .56], 2: [0, 1], 3: [0, 1], 4: [.32, .36], 5: [.16, .68] };
    function drawLane(context, connection, y, high, patterns) {
      const inner = Math.max(2, high - (high > 7 ? 3 : 1)), top = y + (high - inner) / 2, middle = y + high / 2;
      const from = Math.max(across(connection.openedAt), gutter), to = Math.min(across(connection.end), width);
      if (to < gutter || from > width) return;
      // Open and asking for nothing: a thin line from the accept to the close.
      context.fillStyle = colours.idle;
      const thin = high > 12 ? 2 : 1;
      context.fillRect(from, middle - thin / 2, Math.max(to - from, 1), thin);
      let column = -1, fill = 0, kind = -1;
      const flush = () => {
        if (fill > 0 && kind !== 1) {
          const [offset, part] = shapes[kind];
          context.globalAlpha = Math.min(1, .35 + .65 * fill);
          context.fillStyle = colours[kinds[kind]];
          context.fillRect(column, top + inner * offset, 1, Math.max(1, inner * part));
          context.globalAlpha = 1;
        }
        fill = 0;
      };
      for (const stretch of connection.lane) {
        if (stretch.kind === 1 || stretch.end < view.from) continue;
        if (stretch.start > view.to) break;
        const left = Math.max(across(stretch.start), gutter), right = Math.min(across(stretch.end), width);
        if (right - left < 1) {
          const place = Math.floor(left);
          if (place !== column || stretch.kind !== kind) {
            flush();
            [column, kind] = [place, stretch.kind];
          }
          fill += Math.max(right - left, .02);
          continue;
        }
        flush();
        const [offset, part] = shapes[stretch.kind];
        context.fillStyle = stretch.kind === 3 ? patterns.blocked : colours[kinds[stretch.kind]];
        context.fillRect(left, top + inner * offset, right - left, Math.max(1, inner * part));
      }
      flush();
      if (connection.stuck) {
        const left = Math.max(across(connection.stuck.time), gutter), stretch = stretchAt(connection, connection.stuck.time);
        const isBlocked = stretch && stretch.kind === 3 || connection.lane.some((one) => one.kind === 3 && one.end >= connection.end);
        if (!isBlocked) {
          context.fillStyle = colours.panel;
          context.fillRect(left, top, Math.max(to - left, 3), inner);
          context.fillStyle = patterns.stuck;
          context.fillRect(left, top, Math.max(to - left, 3), inner);
        }
        context.fillStyle = colours.stuck;
        context.fillRect(Math.max(to - 3, left), top - (high > 7 ? 1 : 0), 3, inner + (high > 7 ? 2 : 0));
      }
      drawCommands(context, connection, top, inner);
      drawEnds(context, connection, y, high);
    }

    function drawCommands(context, connection, top, inner) {
      const commands = connection.commands;
      let index = Math.max(0, commandAt(connection, view.from)), last = -9;
      if (inner > 10) context.font = `${Math.min(11, inner - 2)}px ${colours.mono}`;
      context.textBaseline = "middle";
      for (; index < commands.length && commands[index].time <= view.to; index++) {
        const command = commands[index], x = across(command.time), isFound = matches.has(command);
        if (x < gutter) continue;
        if (isFound || command.isWrong) {
          context.fillStyle = isFound ? colours.accent : colours.stuck;
          context.fillRect(x - .5, top - 1, isFound ? 2.5 : 2, inner + 2);
          last = x;
        } else if (x - last > 4 && inner > 4) {
          context.fillStyle = colours.tick;
          context.fillRect(x, top, 1, inner);
          last = x;
        }
        if (inner < 9 || command.place > 1) continue;
        const next = commands.slice(index + 1, index + 40).find((other) => other.place < 2);
        const room = (next ? Math.min(across(next.time), width) : width) - x - 6;
        if (room < 34) continue;
        const words = room > 120 ? command.words : command.name.toUpperCase();
        const shownWords = words.length * 6.7 > room ? words.slice(0, Math.max(1, Math.floor(room / 6.7) - 1)) + "…" : words;
        const busy = across(command.time + Math.max(command.took, 0)) - x;
        if (busy < room * .6) {
          // Behind the stretch, and not struck through by the line of an idle connection.
          const start = x + Math.max(busy, 0) + 4;
          context.fillStyle = connection === view.selected ? colours.chosen : colours.panel;
          context.fillRect(start, top, Math.min(context.measureText(shownWords).width + 3, room), inner);
          context.fillStyle = colours.ink;
          context.fillText(shownWords, start + 1, top + inner / 2);
        } else {
          context.fillStyle = "#fff";
          context.fillText(shownWords, x + 4, top + inner / 2);
        }
      }
    }

    function drawEnds(context, connection, y, high) {
      const middle = y + high / 2, size = Math.min(4.5, Math.max(1.6, high / 3));
      const opened = across(connection.openedAt), closed = across(connection.end);
      if (opened >= gutter) {
        context.fillStyle = colours.muted;
        context.fillRect(opened - .75, middle - size, 1.5, size * 2);
      }
      if (!connection.isOpen && closed >= gutter && closed <= width) {
        context.fillStyle = connection.closedBy === "fault" ? colours.stuck : colours.muted;
        context.beginPath();
        if (connection.closedBy === "client") context.arc(closed, middle, size * .75, 0, 7);
        else context.rect(closed - size * .7, middle - size * .7, size * 1.4, size * 1.4);
        context.fill();
      }
    }
    /** Findings, faults and marks, over all lanes, so that none hides behind the next one. */
    function drawNotes(context, connection, y, high) {
      const middle = y + high / 2;
      const big = Math.max(4.5, Math.min(6.5, high / 2));
      for (const finding of connection.findings) {
        const x = across(Math.min(Math.max(finding.lastAt, connection.openedAt), connection.end));
        if (x < gutter || x > width) continue;
        // One that speaks of many connections is a column of marks.
        const size = finding.connections.length > 8 ? Math.min(big, high / 2) : big;
        diamond(context, x, middle, size, colours[finding.certainty], high > 9);
      }
      for (const fault of connection.faults) {
        const x = across(fault.time);
        if (x >= gutter && x <= width) bolt(context, x, middle, big);
      }
      for (const mark of connection.marks) {
        const x = across(mark.time);
        if (x < gutter || x > width) continue;
        context.fillStyle = colours.accent;
        context.fillRect(x - 1, y, 2, high);
      }
    }
    function outline(context, colour, isLined = true) {
      context.lineWidth = 3;
      context.strokeStyle = colours.panel;
      context.lineJoin = "round";
      if (isLined) context.stroke();
      context.fillStyle = colour;
      context.fill();
    }
    function diamond(context, x, y, size, colour, isLined) {
      context.beginPath();
      context.moveTo(x, y - size);
      context.lineTo(x + size, y);
      context.lineTo(x, y + size);
      context.lineTo(x - size, y);
      context.closePath();
      outline(context, colour, isLined);
    }
    function bolt(context, x, y, size) {
      const s = size * 1.25;
      context.beginPath();
      context.moveTo(x + s * .25, y - s);
      context.lineTo(x - s * .7, y + s * .15);
      context.lineTo(x - s * .05, y + s * .15);
      context.lineTo(x - s * .25, y + s);
      context.lineTo(x + s * .7, y - s * .2);
      context.lineTo(x + s * .05, y - s * .2);
      context.closePath();
      outline(context, colours.ink);
    }

    // All of it.

    function drawLanes() {
      const isPrinting = document.documentElement.classList.contains("paper");
      const high = isPrinting ? total : scroller.clientHeight, scroll = isPrinting ? 0 : scroller.scrollTop;
      const context = size(canvas, width, high);
      const patterns = { blocked: stripes(context, colours.blocked), stuck: stripes(context, colours.stuck) };
      drawAxis(context, high);
      context.save();
      context.beginPath();
      context.rect(0, AXIS, width, high - AXIS);
      context.clip();
      rows.forEach((row, index) => {
        const y = tops[index] - scroll, tall = row.connection ? view.row : HEAD;
        if (y + tall < AXIS || y > high) return;
        if (row.identity) return drawHead(context, row, y);
        const connection = row.connection;
        if (connection === view.selected) {
          context.fillStyle = colours.chosen;
          context.fillRect(0, y, width, tall);
          context.fillStyle = colours.accent;
          context.fillRect(0, y, 4, tall);
        }
        context.save();
        context.beginPath();
        context.rect(gutter - 8, 0, width, high);
        context.clip();
        drawLane(context, connection, y, tall, patterns);
        context.restore();
        if (tall >= 10) {
          context.font = `${Math.min(12, tall - 1)}px ${colours.sans}`;
          context.textBaseline = "middle";
          context.fillStyle = connection.findings.length ? colours[connection.findings[0].certainty] : colours.muted;
          context.fillText(width < 620 ? `#${connection.ordinal}` : label(connection).slice(0, 22), 14, y + tall / 2 + .5);
        }
      });
      rows.forEach((row, index) => {
        const y = tops[index] - scroll;
        if (row.connection && y + view.row >= AXIS && y <= high) drawNotes(context, row.connection, y, view.row);
      });
      for (const mark of marks.filter((one) => one.id < 0)) {
        const x = across(mark.time);
        if (x < gutter || x > width) continue;
        context.strokeStyle = colours.accent;
        context.lineWidth = 1;
        context.setLineDash([4, 3]);
        context.beginPath();
        context.moveTo(x, AXIS);
        context.lineTo(x, high);
        context.stroke();
        context.setLineDash([]);
        context.font = `11px ${colours.sans}`;
        const words = mark.words.slice(0, 40), wide = context.measureText(words).width + 8, left = Math.min(x, width - wide - 2);
        context.fillStyle = colours.panel;
        context.fillRect(left, AXIS + 3, wide, 15);
        context.fillStyle = colours.accent;
        context.fillText(words, left + 4, AXIS + 11);
      }
      if (view.hover && view.hover.x >= gutter) {
        context.fillStyle = colours.muted;
        context.globalAlpha = .5;
        context.fillRect(Math.round(view.hover.x), AXIS, 1, high);
        context.globalAlpha = 1;
      }
      context.restore();
      if (!rows.length) {
        context.fillStyle = colours.muted;
        context.font = `14px ${colours.sans}`;
        context.fillText(connections.length ? "No connection fits the filters." : "No client connected.", 14, AXIS + 30);
      }
    }
    function drawHead(context, row, y) {
      context.fillStyle = colours.soft;
      context.fillRect(0, y + 2, width, HEAD - 3);
      context.font = `600 12px ${colours.sans}`;
      context.textBaseline = "middle";
      context.fillStyle = colours.ink;
      const name = row.identity.label.slice(0, width < 620 ? 28 : 60), figures = row.identity.figures;
      context.fillText(name, 14, y + HEAD / 2 + 1);
      const after = 14 + context.measureText(name).width + 12;
      context.font = `12px ${colours.sans}`;
      context.fillStyle = colours.muted;
      context.fillText(
        `${number(figures.opens)} opened · most at once ${number(figures.peakOpen)} open, ${number(figures.peakBusy)} busy`
          + (figures.openedWhileIdle ? ` · ${number(figures.openedWhileIdle)} opened while another was idle` : ""),
        after, y + HEAD / 2 + 1);
    }

    function drawOverview() {
      const high = 72, context = size(overview, width, high), left = gutter, wide = Math.max(1, Math.floor(width - gutter - 14));
      if (!profile) {
        const changes = steps(shown);
        profile = { opened: peaks(changes.opened, wide, begin, end), busy: peaks(changes.busy, wide, begin, end) };
        profile.most = Math.max(1, ...profile.opened, ...profile.busy);
      }
      const base = high - 8, scale = (base - 12) / profile.most;
      for (const [series, colour, alpha] of [[profile.opened, colours.idle, .55], [profile.busy, colours.busy, .95]]) {
        context.fillStyle = colour;
        context.globalAlpha = alpha;
        series.forEach((value, column) => context.fillRect(left + column, base - value * scale, 1, value * scale));
        context.globalAlpha = 1;
      }
      context.font = `12px ${colours.sans}`;
      context.textBaseline = "middle";
      if (width >= 620) {
        context.fillStyle = colours.muted;
        context.fillText(`${number(profile.most)} at most`, 34, 16);
        const peak = Math.max(0, ...profile.busy);
        for (const [y, colour, words] of [[36, colours.idle, "open"], [54, colours.busy, `busy (${number(peak)})`]]) {
          context.fillStyle = colour;
          context.fillRect(14, y - 5, 12, 10);
          context.fillStyle = colours.muted;
          context.fillText(words, 34, y);
        }
      }
      for (const finding of run.findings) {
        if (finding.certainty === "info") continue;
        context.fillStyle = colours[finding.certainty];
        context.fillRect(overviewX(Math.min(finding.lastAt, end)) - 1, 2, 2.5, 8);
      }
      context.fillStyle = colours.ink;
      for (const fault of faults) context.fillRect(overviewX(fault.time) - .5, 2, 1.5, 8);
      const from = overviewX(view.from), to = overviewX(view.to);
      context.fillStyle = colours.soft;
      context.globalAlpha = .72;
      context.fillRect(left, 0, from - left, high);
      context.fillRect(to, 0, left + wide - to, high);
      context.globalAlpha = 1;
      context.strokeStyle = colours.accent;
      context.lineWidth = 1.5;
      context.strokeRect(from, .75, Math.max(to - from, 2), high - 1.5);
    }

    let isAsked = false;
    function draw() {
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(drawNow);
    }
    function drawNow() {
      isAsked = false;
      drawOverview();
      drawLanes();
    }

    """#
}
