// admin: the state of this server, fetched every two seconds. What peers wrote
// becomes text, never markup.
import { element, find, setText } from './dom.mjs';
import { graph } from './graph.mjs';
import { ago } from './time.mjs';

const EVERY_MS = 2000;
const ROWS_MAX = 500;
const number = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function bytes(count) {
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (count < 1000) return `${count < 10 && unit !== 'B' ? count.toFixed(1) : Math.round(count)} ${unit}`;
    count /= 1024;
  }
  return `${count.toFixed(1)} TiB`;
}

function duration(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}

// --- asking

class Refused extends Error {}

async function ask(path) {
  const answer = await fetch(path, { cache: 'no-store' });
  if (!answer.ok) throw new Refused(`${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return answer.json();
}

// --- numbers and graphs

const TILES = {
  online: 'Peers online',
  websockets: 'WebSockets',
  events: 'Event streams',
  delta: 'In delta mode',
  classic: 'Of the original',
  places: 'Places at the relay',
  circuits: 'Circuits through it',
  refused: 'Refused by it',
  uptime: 'Up',
};
const tiles = Object.fromEntries(Object.entries(TILES).map(([key, title]) => {
  const value = element('dd');
  find('tiles').append(element('div', { class: 'card tile' }, element('dt', {}, title), value));
  return [key, value];
}));

// The rate per second of a total that only grows.
const rate = (values, every) => values.slice(1).map((value, index) => (value - values[index]) / every);
const GRAPHS = {
  peers: ['Peers online', (values) => values, (value) => short.format(value)],
  subscribers: ['Connections', (values) => values, (value) => short.format(value)],
  heard: ['Published a second', rate, (value) => short.format(value)],
  delivered: ['Delivered a second', rate, (value) => short.format(value)],
  bytes: ['Sent a second', rate, bytes],
};
const LEAST = 60; // values in a graph's width
const graphs = {};

function makeGraph(key, [title, prepare, format], every) {
  const now = element('b');
  const when = element('span', { class: 'hint' });
  const latest = { text: '', span: '' };
  let isHovered = false;
  const made = graph(LEAST, format, (text, age) => {
    isHovered = text !== null;
    setText(now, text ?? latest.text);
    setText(when, isHovered ? `${age * every} s ago` : latest.span);
  });
  find('graphs').append(element('div', { class: 'card' }, element('h3', {}, title), element('p', { class: 'now' }, now, ' ', when), made.node));
  graphs[key] = (values) => {
    const prepared = prepare(values, every);
    latest.text = format(prepared.at(-1) ?? 0);
    latest.span = `${Math.round((Math.max(LEAST, values.length) * every) / 60)} min`;
    made.show(prepared);
    if (isHovered) return;
    setText(now, latest.text);
    setText(when, latest.span);
  };
}

function showStatus(status) {
  const { subscribers: by } = status;
  setText(tiles.online, number.format(status.online));
  setText(tiles.websockets, number.format(by.websocket_classic + by.websocket_delta));
  setText(tiles.events, number.format(by.events_classic + by.events_delta));
  setText(tiles.delta, number.format(by.websocket_delta + by.events_delta));
  setText(tiles.classic, number.format(by.websocket_classic + by.events_classic));
  setText(tiles.places, status.relay ? number.format(status.relay.reservations) : 'no relay');
  setText(tiles.circuits, status.relay ? number.format(status.relay.circuits) : '–');
  setText(tiles.refused, status.relay ? number.format(status.relay.refused_total) : '–');
  setText(tiles.uptime, duration(status.uptime_s));
  for (const [key, kind] of Object.entries(GRAPHS)) {
    if (!graphs[key]) makeGraph(key, kind, status.history.every_s);
    graphs[key](status.history[key]);
  }
  showCounters(find('limits'), status.counters.filter(({ is_ordinary: isOrdinary, value }) => !isOrdinary && value > 0));
  showCounters(find('counters'), status.counters);
  find('limits-hint').hidden = find('limits').childElementCount > 0;
}

function showCounters(body, counters) {
  body.replaceChildren(...counters.map(({ name, help, value }) => element('tr', {},
    element('th', { scope: 'row', title: name }, help), element('td', { class: 'number' }, number.format(value)))));
}

// --- peers

let peers = [];
const rows = new Map(); // by peer id

function makeRow(peer) {
  const label = element('span', { class: 'name' });
  const email = element('span', { class: 'hint' });
  const heard = element('td');
  const how = element('td', { class: 'badges' });
  const addresses = element('details', {}, element('summary'), element('ul'));
  const sent = element('td', { class: 'number' });
  const id = element('code', { title: peer.peer_id }, peer.peer_id);
  const row = element('tr', {}, element('th', { scope: 'row' }, label, email), element('td', { class: 'id' }, id), heard, how,
    element('td', {}, addresses), sent);
  return { row, label, email, heard, how, addresses, sent };
}

function badges(peer) {
  const words = [];
  if (peer.proven) words.push(element('span', { class: 'badge good', title: 'signed with the key of its id' }, 'proven'));
  else words.push(element('span', { class: 'badge', title: 'of the original’s version: not signed' }, 'unproven'));
  if (peer.ws_connected) words.push(element('span', { class: 'badge' }, 'WebSocket'));
  if (peer.encryption_supported) words.push(element('span', { class: 'badge' }, 'encrypts'));
  if (peer.active_template) words.push(element('span', { class: 'badge' }, peer.active_template));
  return words;
}

function fillRow(parts, peer) {
  const list = peer.addrs ?? [];
  setText(parts.label, peer.content || '—');
  setText(parts.email, peer.email ?? '');
  setText(parts.heard, ago(new Date(peer.last_seen).toISOString()));
  parts.how.replaceChildren(...badges(peer));
  setText(parts.addresses.firstChild, String(list.length));
  parts.addresses.lastChild.replaceChildren(...list.map((text) => element('li', {}, element('code', {}, text))));
  setText(parts.sent, bytes(peer.bytes_sent));
}

function matching() {
  const wanted = find('filter').value.toLowerCase();
  return peers.filter((peer) => `${peer.content ?? ''} ${peer.email ?? ''} ${peer.peer_id} ${(peer.addrs ?? []).join(' ')}`
    .toLowerCase().includes(wanted));
}

function showPeers() {
  const found = matching();
  const shown = found.slice(0, ROWS_MAX);
  const kept = new Set(shown.map(({ peer_id: id }) => id));
  for (const [id, { row }] of rows) {
    if (kept.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  shown.forEach((peer, index) => {
    let parts = rows.get(peer.peer_id);
    if (!parts) rows.set(peer.peer_id, parts = makeRow(peer));
    fillRow(parts, peer);
    const there = find('peers').children[index];
    if (there !== parts.row) find('peers').insertBefore(parts.row, there ?? null);
  });
  setText(find('peers-count'), number.format(peers.length));
  setText(find('peers-hint'), peers.length === 0 ? 'No peer is online.' : found.length > shown.length
    ? `The first ${number.format(shown.length)} of ${number.format(found.length)}: filter to see others.`
    : found.length === 0 ? 'No peer matches.' : '');
}

// The server sorts by time; rows that move are hard to read.
function sortPeers(all) {
  const order = (peer) => (peer.content ?? '').toLowerCase() + peer.peer_id;
  return all.map((peer) => [order(peer), peer]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, peer]) => peer);
}

// --- activity log

let written = -1;

async function showJournal(now) {
  if (now === written) return;
  const lines = await ask('logs.json');
  const view = find('journal');
  const follow = written === -1 || view.scrollHeight - view.scrollTop - view.clientHeight < 40;
  written = now;
  find('lines').replaceChildren(...lines.map((line) => element('li', {}, line)));
  if (follow) view.scrollTop = view.scrollHeight;
}

// --- the round

let turn = 0;

function tell(problem) {
  find('dot').className = `dot ${problem === '' ? 'on' : 'waiting'}`;
  setText(find('state'), problem === '' ? 'live' : 'waiting');
  setText(find('banner'), problem);
  find('banner').hidden = problem === '';
}

// The table of many peers is long: fetch it less often.
const isTurnOfPeers = (online) => turn % (online < 500 ? 1 : 5) === 0;

async function round() {
  const status = await ask('admin/status.json');
  showStatus(status);
  await showJournal(status.journal_written);
  if (isTurnOfPeers(status.online)) {
    peers = sortPeers(await ask('peers.json'));
    showPeers();
  }
  turn += 1;
}

async function go() {
  if (!document.hidden) {
    try {
      await round();
      tell('');
    } catch (error) {
      tell(error instanceof Refused ? `The server refused: ${error.message}` : 'The server does not answer …');
    }
  }
  setTimeout(go, EVERY_MS);
}

find('filter').addEventListener('input', showPeers);
go();
