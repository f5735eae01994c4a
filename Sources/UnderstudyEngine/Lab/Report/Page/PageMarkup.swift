// PageMarkup: the skeleton of the report's page. What depends on the run is put in by the script; without it, the page says
// that it needs one. Style and script stand in the page, the content security policy forbids it all else: no network.

enum PageMarkup {
  static let head = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="Understudy">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    """#

  static let body = #"""
    </head>
    <body>
    <a class="skip" href="#findings">Skip to the findings</a>
    <header>
      <div class="brand"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M3 6h9M3 12h18M3 18h13"
        stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg><span>Understudy</span></div>
      <h1 id="verdict">Report of a run</h1>
      <p id="provenance" class="muted"></p>
      <ul id="tiles" class="tiles" aria-label="Key figures"></ul>
      <nav id="found" class="found" aria-label="Findings in short"></nav>
    </header>
    <noscript><p class="panel">This page draws itself with a script, which this browser does not run.</p></noscript>
    <main>
    <section id="timeline" aria-labelledby="timeline-title">
      <div class="bar">
        <h2 id="timeline-title">Connections over time</h2>
        <div class="tools" role="group" aria-label="Zoom">
          <button type="button" id="zoom-in" title="Zoom in (+)">+</button>
          <button type="button" id="zoom-out" title="Zoom out (−)">−</button>
          <button type="button" id="zoom-fit" title="Show all of it (0)">Fit</button>
        </div>
      </div>
      <form class="filters" id="filters">
        <label>Endpoint <select id="filter-endpoint"></select></label>
        <label>Identity <select id="filter-identity"></select></label>
        <label>Find <input id="filter-text" type="search" placeholder="command, key, error" autocomplete="off" spellcheck="false"></label>
        <label class="check"><input id="filter-noted" type="checkbox"> with findings or faults</label>
        <label>Lane height <input id="lane-height" type="range" min="3" max="28" step="1"></label>
      </form>
      <div class="legend" id="legend" aria-label="Legend"></div>
      <div class="panel lanes-panel">
        <canvas id="overview" height="72" aria-hidden="true"></canvas>
        <div id="scroller" class="scroller">
          <div id="spacer"><canvas id="lanes" tabindex="0" role="application" aria-roledescription="timeline"
            aria-describedby="keys selection"></canvas></div>
        </div>
        <p id="keys" class="hint">Drag to move, Ctrl and the wheel or a pinch to zoom, double-click to look closer, click a lane for its
          commands. Keys: ← → move, + − zoom, 0 all, ↑ ↓ lane, [ ] command, Enter details.</p>
        <p id="selection" class="visually-hidden" aria-live="polite"></p>
      </div>
      <details class="panel reading" id="reading"><summary>How to read the lanes</summary><div class="shapes" id="shapes"></div></details>
      <div id="details" class="panel" hidden tabindex="-1" aria-label="The chosen connection"></div>
    </section>
    <section id="findings" aria-labelledby="findings-title"><h2 id="findings-title">Findings</h2><div id="finding-list"></div></section>
    <section aria-labelledby="pools-title"><h2 id="pools-title">Pools, by identity</h2><div class="panel wide" id="pools"></div></section>
    <section aria-labelledby="latency-title"><h2 id="latency-title">Commands, by the time they took</h2>
      <div class="panel wide" id="latencies"></div></section>
    <section id="fault-section" aria-labelledby="faults-title"><h2 id="faults-title">Faults and marks</h2>
      <div class="panel wide" id="faults"></div></section>
    <section aria-labelledby="work-title"><h2 id="work-title">What was asked for</h2><div class="columns">
      <div class="panel wide" id="executions"></div><div class="panel wide" id="scripts"></div></div></section>
    <section aria-labelledby="connections-title"><h2 id="connections-title">Connections</h2>
      <details class="panel wide" id="connection-table"><summary>All connections as a table</summary></details>
      <div class="panel wide" id="endpoints"></div></section>
    <section id="omission-section" aria-labelledby="omission-title"><h2 id="omission-title">Left out</h2>
      <ul class="panel" id="omissions"></ul></section>
    </main>
    <div id="tip" role="tooltip" hidden></div>

    """#
}
