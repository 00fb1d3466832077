import { createHash } from 'node:crypto';

/** The whole look of the pages; nothing else is loaded. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6776; --line: #e2e6ec; --paper: #fff; --wash: #f6f8fa; --accent: #2f6fdb;
  --get: #16794b; --post: #2457b8; --delete: #b42318; --warn: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa7b6; --line: #2b3440; --paper: #11161c; --wash: #181f27; --accent: #7aa9f7;
  --get: #58c891; --post: #86adf5; --delete: #f58b80; --warn: #e3b15f; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; }
.frame { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 2rem 1.25rem; border-right: 1px solid var(--line); font-size: .875rem; }
nav h2 { margin: 1.4rem 0 .3rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem .5rem; margin-left: -.5rem; border-radius: .35rem; color: var(--ink); overflow-wrap: anywhere; }
nav a:hover { background: var(--wash); text-decoration: none; }
main { padding: 2rem 2.5rem 5rem; min-width: 0; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header h1 { margin: 0; font-size: 1.9rem; line-height: 1.25; letter-spacing: -.01em; }
header p { margin: .4rem 0; color: var(--soft); }
.version { font-size: .9rem; font-weight: 500; color: var(--soft); margin-left: .5rem; }
.links { display: flex; flex-wrap: wrap; gap: 1.25rem; font-size: .9rem; margin-top: .6rem; }
main > section > h2 { margin: 3rem 0 1rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.35rem; }
article { margin: 0 0 1.5rem; padding: 1.1rem 1.3rem 1.3rem; border: 1px solid var(--line); border-radius: .6rem; }
article h3 { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; margin: 0; font-size: 1rem; font-weight: 600; }
article h3 code { font-size: .98rem; background: none; padding: 0; }
article h4 { margin: 1.1rem 0 .35rem; font-size: .75rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); }
article p { margin: .5rem 0 0; } article p.more { color: var(--soft); }
.method { font: 700 .75rem/1 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; padding: .3rem .45rem; border: 1px solid currentColor; border-radius: .35rem; }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .86em; }
code { background: var(--wash); padding: .1em .3em; border-radius: .25rem; overflow-wrap: anywhere; }
pre { margin: 0; padding: .75rem .9rem; background: var(--wash); border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; }
pre code { background: none; padding: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
var { color: var(--soft); font-size: .95em; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-top: 1px solid var(--line); }
tr:first-child > td, tr:first-child > th { border-top: 0; }
td:first-child { white-space: nowrap; } td.type { color: var(--soft); white-space: nowrap; } .hint { color: var(--warn); font-size: .8rem; }
.indent1 { padding-left: 1.1rem; } .indent2 { padding-left: 2.2rem; } .indent3 { padding-left: 3.3rem; }
.status { font-variant-numeric: tabular-nums; font-weight: 600; }
tr:target > td { background: var(--wash); }
@media (max-width: 56rem) { .frame { display: block; } nav { position: static; height: auto; border: 0; border-bottom: 1px solid var(--line); padding: 1.25rem; }
  main { padding: 1.5rem 1.25rem 4rem; } td:first-child, td.type { white-space: normal; } }
`;

/** Allows exactly this style sheet and the icon in the page, and nothing from anywhere. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
