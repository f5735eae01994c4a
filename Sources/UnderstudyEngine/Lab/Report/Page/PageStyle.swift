// PageStyle: how the report's page looks, in light, in dark and on paper. The lanes' colours are variables, which the
// script reads too, so that legend and canvas cannot differ; no two states differ by colour alone.

enum PageStyle {
  static let text = #"""
    :root {
      color-scheme: light dark;
      --paper: #f6f7f9; --panel: #ffffff; --ink: #16191f; --muted: #5c6470; --rule: #dfe3e8; --soft: #eef1f4;
      --accent: #1f6fd6; --good: #1a7f4b; --good-soft: #e3f4ea;
      --certain: #c8281e; --certain-soft: #fdeceb; --high: #b45f06; --high-soft: #fdf1e2;
      --medium: #8a6d00; --medium-soft: #faf4d8; --info: #5c6470; --info-soft: #eef1f4;
      --handshake: #8d6fd8; --idle: #aeb6c2; --busy: #2f78d6; --blocked: #e0a100; --transaction: #0f9d8a; --subscribed: #d0528f;
      --stuck: #d92d20; --tick: rgba(0, 20, 60, .45); --grid: #eceff3; --select: rgba(31, 111, 214, .10);
      --chosen: #e6effb;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
      --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root:not(.paper) {
        --paper: #101318; --panel: #181c23; --ink: #e8ebf0; --muted: #98a2b0; --rule: #2b313b; --soft: #20252e;
        --accent: #6aa9ff; --good: #5fd396; --good-soft: #14301f;
        --certain: #ff7a70; --certain-soft: #3a1a19; --high: #f6a94c; --high-soft: #372612;
        --medium: #e2c64a; --medium-soft: #302a10; --info: #98a2b0; --info-soft: #20252e;
        --handshake: #a78bfa; --idle: #5d6878; --busy: #4b93f0; --blocked: #f0b429; --transaction: #2cc0ab; --subscribed: #ec79b2;
        --stuck: #ff5f52; --tick: rgba(255, 255, 255, .5); --grid: #222831; --select: rgba(106, 169, 255, .14);
        --chosen: #23324a;
      }
    }
    * { box-sizing: border-box; }
    html { scroll-behavior: smooth; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); -webkit-text-size-adjust: 100%; }
    header, main { max-width: 1440px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 28px; }
    .brand { display: flex; gap: 8px; align-items: center; font-weight: 650; letter-spacing: .01em; color: var(--muted); }
    h1 { font-size: 30px; line-height: 1.2; margin: 10px 0 2px; letter-spacing: -.015em; text-wrap: balance; }
    h1 .certain { color: var(--certain); } h1 .high { color: var(--high); } h1 .medium { color: var(--medium); }
    h1 .good { color: var(--good); }
    h2 { font-size: 18px; margin: 0; letter-spacing: -.005em; }
    section { margin: 34px 0 0; } section > h2 { margin-bottom: 10px; }
    .muted, .hint { color: var(--muted); } #provenance { margin: 0; }
    .hint { font-size: 12.5px; margin: 0; padding: 8px 14px; border-top: 1px solid var(--rule); }
    .panel { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
    .wide { overflow-x: auto; padding: 0; } .wide > summary { padding: 12px 16px; }
    .wide + .wide { margin-top: 12px; }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 12px; align-items: start; }
    .columns .wide + .wide { margin-top: 0; }
    .skip { position: absolute; left: -9999px; } .skip:focus { left: 12px; top: 12px; background: var(--panel); padding: 6px 10px; }
    .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px; list-style: none; padding: 0;
      margin: 20px 0 0; }
    .tiles li { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; padding: 10px 14px 12px; }
    .tiles b { display: block; font-size: 24px; line-height: 1.2; font-weight: 640; font-variant-numeric: tabular-nums;
      letter-spacing: -.01em; }
    .tiles span { color: var(--muted); font-size: 13px; } .tiles .bad b { color: var(--certain); }

    .found { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; } .found:empty { display: none; }
    .found a {
      display: inline-flex; gap: 9px; align-items: center; color: inherit; text-decoration: none; background: var(--panel);
        font-size: 13.5px;
      border: 1px solid var(--rule); border-radius: 99px; padding: 4px 14px 4px 5px; max-width: 100%;
    }
    .found a:hover { border-color: var(--accent); } .found .mono { font-weight: 620; }
    .found .muted { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

    .bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 10px; }
    .tools { display: flex; gap: 4px; }
    button, select, input[type=search] {
      font: inherit; font-size: 14px; color: inherit; background: var(--panel); border: 1px solid var(--rule); border-radius: 7px;
      padding: 4px 11px; min-height: 32px; max-width: 100%;
    }
    button { cursor: pointer; } button:hover { border-color: var(--accent); color: var(--accent); }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .filters { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; margin: 10px 0; font-size: 13.5px;
      color: var(--muted); }
    .filters label { display: inline-flex; gap: 7px; align-items: center; max-width: 100%; }
    .filters select { max-width: 260px; } .filters input[type=range] { width: 110px; accent-color: var(--accent); }
    .filters input[type=checkbox] { accent-color: var(--accent); width: 16px; height: 16px; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--muted); margin: 0 0 10px; }
    .legend span { display: inline-flex; gap: 7px; align-items: center; }
    .lanes-panel { padding: 0; overflow: hidden; }
    #overview { display: block; width: 100%; height: 72px; cursor: crosshair; border-bottom: 1px solid var(--rule); touch-action: none; }
    .scroller { overflow-y: auto; overflow-x: hidden; position: relative; overscroll-behavior: contain; }
    #spacer { position: relative; } #lanes { position: sticky; top: 0; display: block; width: 100%; cursor: grab; touch-action: pan-y; }
    #lanes.dragging { cursor: grabbing; } #lanes:focus-visible { outline-offset: -2px; }
    #tip {
      position: fixed; z-index: 9; max-width: min(600px, 92vw); background: var(--panel); border: 1px solid var(--rule);
        border-radius: 9px;
      box-shadow: 0 8px 28px rgba(0, 0, 0, .22); padding: 9px 12px; font-size: 13px; pointer-events: none; left: 0; top: 0;
    }
    #tip b { font-weight: 620; } #tip table { margin-top: 6px; font-size: 12px; } #tip td { padding: 1px 12px 1px 0; border: 0; }
    #tip tr.here td { background: var(--select); } #tip .note { color: var(--certain); margin-top: 4px; }
    .reading { margin-top: 12px; padding: 0; } .reading summary { padding: 10px 16px; } summary { cursor: pointer; font-weight: 560; }
    .shapes { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 16px; padding: 4px 16px 16px; }
    .shapes figure { margin: 0; } .shapes figcaption { font-size: 13px; color: var(--muted); margin-top: 6px; }
    .shapes b { color: var(--ink); }
    .shapes svg { width: 100%; height: 84px; background: var(--soft); border-radius: 7px; display: block; }
    #details { margin-top: 12px; padding: 0; }
    #details .title { display: flex; justify-content: space-between; gap: 12px; padding: 12px 16px 4px; }
    #details h3 { margin: 0; font-size: 16px; } #details .scroll { max-height: 340px; overflow: auto; border-top: 1px solid var(--rule); }
    .facts { display: flex; flex-wrap: wrap; gap: 3px 20px; padding: 2px 16px 12px; margin: 0; font-size: 13.5px; }
    .facts dt { color: var(--muted); display: inline; } .facts dd { margin: 0 0 0 5px; display: inline; }
    .facts div { max-width: 100%; overflow-wrap: anywhere; }

    .finding { scroll-margin-top: 12px; border-left: 4px solid var(--info); margin-bottom: 10px; padding: 12px 16px 14px; }
    .finding.certain { border-left-color: var(--certain); } .finding.high { border-left-color: var(--high); }
    .finding.medium { border-left-color: var(--medium); }
    .finding .head { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
    .finding h3 { margin: 0; font: 600 14.5px var(--mono); }
    .finding .head button { margin-left: auto; min-height: 28px; padding: 2px 10px; font-size: 13px; }
    .finding p { margin: 8px 0 0; max-width: 105ch; overflow-wrap: anywhere; } .finding .fix b { color: var(--good); }
    .finding .suppress { font: 12.5px var(--mono); color: var(--muted); }
    pre { font: 12.5px/1.55 var(--mono); background: var(--soft); border-radius: 7px; padding: 8px 12px; margin: 9px 0 0;
      overflow-x: auto; }
    .chip { font-size: 12px; font-weight: 620; border-radius: 99px; padding: 1px 10px; background: var(--info-soft);
      color: var(--info); white-space: nowrap; }
    .chip.certain { background: var(--certain-soft); color: var(--certain); }
    .chip.high { background: var(--high-soft); color: var(--high); }
    .chip.medium { background: var(--medium-soft); color: var(--medium); }
    .chip.good { background: var(--good-soft); color: var(--good); }
    .calm { border-left: 4px solid var(--good); } .calm b { color: var(--good); }

    table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
    caption { text-align: left; padding: 11px 16px 5px; font-weight: 560; }
    th, td { padding: 6px 10px; text-align: left; border-top: 1px solid var(--rule); vertical-align: middle; white-space: nowrap; }
    table caption + thead th, table > thead:first-child th { border-top: 0; } th:first-child, td:first-child { padding-left: 16px; }
    thead th { color: var(--muted); font-weight: 560; font-size: 12.5px; background: var(--panel); position: sticky; top: 0; }
    th button { border: 0; background: none; padding: 0; min-height: 0; font-size: inherit; font-weight: inherit; color: inherit; }
    th button::after { content: " ↕"; opacity: .35; } th[aria-sort=ascending] button::after { content: " ↑"; opacity: 1; }
    th[aria-sort=descending] button::after { content: " ↓"; opacity: 1; }
    .n { text-align: right; font-variant-numeric: tabular-nums; } .mono { font-family: var(--mono); font-size: 12.5px; }
    td.text { white-space: normal; overflow-wrap: anywhere; max-width: 62ch; } tbody tr:hover td { background: var(--select); }
    tr.here td { background: var(--select); } .bad { color: var(--certain); } .warn { color: var(--high); font-weight: 620; }
    .meter { display: inline-block; vertical-align: middle; height: 7px; border-radius: 4px; background: var(--busy); min-width: 1px; }
    .meter-cell { width: 120px; } .spark { display: block; width: 150px; height: 26px; }
    .empty { padding: 12px 16px; color: var(--muted); margin: 0; }
    #omissions { padding-left: 34px; margin: 0; } main { padding-bottom: 60px; }

    @media (max-width: 640px) { header, main { padding-left: 12px; padding-right: 12px; } h1 { font-size: 24px; } }
    @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
    @media print {
      body { background: #fff; font-size: 12px; }
      .tools, .filters, .hint, .finding button, #tip, .skip, #details, .reading { display: none !important; }
      .panel, .tiles li { border-color: #ccc; break-inside: avoid; } .scroller { overflow: visible; height: auto !important; }
      .wide { overflow: visible; break-inside: auto; } tr, figure { break-inside: avoid; } section { margin-top: 20px; }
      .meter, .chip, .legend canvas { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }

    """#
}
