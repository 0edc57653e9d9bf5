// logs: the lines of all daemons, live, filtered here.
import { element, find, setText } from './dom.mjs';
import { listen } from './feed.mjs';
import { start } from './frame.mjs';
import { clock } from './time.mjs';

const LINES_MAX = 1000;
const LEVELS = ['error', 'warn', 'info', 'debug'];
const lines = []; // { line, row }
const daemons = new Set();
let held = null; // while paused: what came meanwhile

const view = find('log');
const isAtEnd = () => view.scrollHeight - view.scrollTop - view.clientHeight < 40;

function matches({ level, daemon, msg }) {
  const most = find('level').value;
  const part = find('daemon').value;
  return (most === '' || LEVELS.indexOf(level) <= LEVELS.indexOf(most))
    && (part === '' || part === daemon)
    && `${daemon} ${msg}`.toLowerCase().includes(find('text').value.toLowerCase());
}

function offerDaemon(name) {
  if (daemons.has(name)) return;
  daemons.add(name);
  find('daemon').append(element('option', { value: name }, name));
}

function makeRow(line) {
  return element('li', { class: line.level },
    element('time', { datetime: line.ts }, clock(line.ts)),
    element('span', { class: 'level' }, line.level),
    element('span', { class: 'daemon' }, line.daemon),
    element('span', { class: 'msg' }, line.msg));
}

function tally() {
  const shown = lines.filter(({ row }) => !row.hidden).length;
  const waiting = held?.length ? ` · ${held.length} new while paused` : '';
  setText(find('tally'), `${shown} of ${lines.length} lines${waiting}`);
}

function add(all) {
  const follow = isAtEnd();
  const rows = all.map((line) => {
    const row = makeRow(line);
    row.hidden = !matches(line);
    offerDaemon(line.daemon);
    lines.push({ line, row });
    return row;
  });
  find('lines').append(...rows);
  for (const { row } of lines.splice(0, Math.max(0, lines.length - LINES_MAX))) row.remove();
  if (follow) view.scrollTop = view.scrollHeight;
  tally();
}

function replace(all) {
  lines.length = 0;
  find('lines').replaceChildren();
  add(all);
  view.scrollTop = view.scrollHeight;
}

function take(line) {
  if (held === null) {
    add([line]);
    return;
  }
  held.push(line);
  held.splice(0, held.length - LINES_MAX);
  tally();
}

function filter() {
  for (const { line, row } of lines) row.hidden = !matches(line);
  view.scrollTop = view.scrollHeight;
  tally();
}

start();
listen('/api/logs/stream', {
  snapshot: ({ lines: all }) => (held === null ? replace(all) : undefined),
  message: take,
});

find('filters').addEventListener('input', filter);
find('filters').addEventListener('submit', (event) => event.preventDefault());
find('pause').addEventListener('click', ({ currentTarget: button }) => {
  const waiting = held;
  held = waiting === null ? [] : null;
  button.setAttribute('aria-pressed', String(held !== null));
  setText(button, held === null ? 'Pause' : 'Continue');
  if (waiting) add(waiting);
});
