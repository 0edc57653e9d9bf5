// peers: the list of peers, live.
import { element, find, setText } from './dom.mjs';
import { start } from './frame.mjs';
import { ago } from './time.mjs';

const TICK_MS = 5000;
const peers = new Map(); // id -> { peer, row }
let known = false;
let opensOutside = false;
let hidesUnverified = false;

const nameOf = (peer) => peer.Content || 'Unnamed peer';
const shortId = (id) => `${id.slice(0, 8)}…${id.slice(-6)}`;

function stateOf(peer) {
  if (peer.Offline) return { word: 'offline', title: `offline, last seen ${ago(peer.LastSeen)}` };
  if (!peer.Reachable) return { word: 'unreachable', title: 'announces itself, but cannot be reached' };
  return { word: 'online', title: 'online' };
}

// How visits go to a peer that is connected.
const WAYS = {
  lan: ['on this network', 'visits stay on this network'],
  direct: ['direct', 'visits go directly'],
  punched: ['direct', 'visits go directly, through both routers at the same moment'],
  relayed: ['relayed', 'visits go through the relay of a rendezvous server, which cannot read them'],
};

function wayOf(peer) {
  const [word, title] = WAYS[peer.Way] ?? ['', ''];
  if (!word || !peer.RoundTripUs) return { word, title };
  const ms = peer.RoundTripUs / 1000;
  return { word: `${word}, ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`, title: `${title}; the time is there and back` };
}

// Where it is seen: marks with their explanation. Unproven matters for whom
// nothing but a server's word is known.
function marksOf(peer) {
  const marks = [];
  if (peer.Source?.startsWith('lan')) marks.push(['LAN', 'seen on this network']);
  if (peer.Source?.endsWith('wan')) marks.push(['WAN', 'seen by a rendezvous server']);
  if (peer.Unproven && !peer.Reachable && !peer.Offline) {
    marks.push(['unproven', 'announced by a rendezvous server, without the peer\'s signature']);
  }
  return marks;
}

function fillMarks(where, peer) {
  const marks = marksOf(peer);
  const now = marks.map(([text]) => text).join(' ');
  if (where.dataset.marks === now) return;
  where.dataset.marks = now;
  where.replaceChildren(...marks.map(([text, title]) => element('span', { class: 'tag', title }, text)));
}

// The same peer has the same colour everywhere.
function hueOf(id) {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.codePointAt(0)) % 360;
  return hash;
}

function initialsOf(name) {
  const words = name.trim().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const first = [...(words[0] ?? '?')][0];
  const last = words.length > 1 ? [...words.at(-1)][0] : '';
  return (first + last).toUpperCase();
}

function makeRow(peer) {
  const avatar = element('span', { class: 'avatar', 'aria-hidden': 'true' });
  avatar.style.setProperty('--hue', hueOf(peer.ID));
  const link = element('a', { class: 'peer', href: `/p/${peer.ID}/` },
    avatar,
    element('span', { class: 'who' },
      element('span', { class: 'named' }, element('span', { class: 'name' }), element('span', { class: 'marks' })),
      element('code', { class: 'id', title: peer.ID }, shortId(peer.ID))),
    element('span', { class: 'state' },
      element('span', { class: 'dot' }), element('span', { class: 'word' })),
    element('time', { class: 'seen' }));
  return element('li', { 'data-id': peer.ID }, link);
}

function fillRow({ peer, row }) {
  const { word, title } = stateOf(peer);
  const link = row.firstElementChild;
  row.dataset.state = word;
  setText(row.querySelector('.avatar'), initialsOf(nameOf(peer)));
  setText(row.querySelector('.name'), nameOf(peer));
  fillMarks(row.querySelector('.marks'), peer);
  setText(row.querySelector('.word'), word);
  row.querySelector('.state').title = title;
  row.querySelector('.dot').className = `dot ${word === 'online' ? 'on' : word === 'offline' ? 'off' : 'waiting'}`;
  const seen = row.querySelector('.seen');
  const way = wayOf(peer);
  setText(seen, word === 'online' ? way.word : ago(peer.LastSeen));
  seen.title = word === 'online' ? way.title : '';
  seen.dateTime = peer.LastSeen;
  link.title = (peer.Addresses ?? []).join('\n');
  if (opensOutside) Object.assign(link, { target: '_blank', rel: 'noopener' });
  else link.removeAttribute('target');
}

// Those who are there come first, then by name.
function order(a, b) {
  return Number(a.peer.Offline) - Number(b.peer.Offline)
    || nameOf(a.peer).localeCompare(nameOf(b.peer))
    || (a.peer.ID < b.peer.ID ? -1 : 1);
}

function arrange() {
  const list = find('peers');
  [...peers.values()].sort(order).forEach(({ row }, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  filter();
}

function filter() {
  const wanted = find('search').value.trim().toLowerCase();
  let shown = 0;
  for (const { peer, row } of peers.values()) {
    const match = !(hidesUnverified && !peer.Verified) && `${peer.Content} ${peer.Email} ${peer.ID}`.toLowerCase().includes(wanted);
    row.hidden = !match;
    shown += match ? 1 : 0;
  }
  const all = [...peers.values()].map(({ peer }) => peer);
  const online = all.filter(({ Offline }) => !Offline).length;
  const hidden = hidesUnverified ? all.filter(({ Verified }) => !Verified).length : 0;
  setText(find('count'), peers.size > 0
    ? `${online} online${hidden > 0 ? `, ${hidden} unverified not shown` : ''}` : '');
  find('empty').hidden = !known || peers.size > 0;
  find('nothing').hidden = peers.size === 0 || shown > 0;
}

function put(peer) {
  const entry = peers.get(peer.ID) ?? { row: makeRow(peer) };
  entry.peer = peer;
  peers.set(peer.ID, entry);
  fillRow(entry);
}

function remove(id) {
  peers.get(id)?.row.remove();
  peers.delete(id);
}

function announce(before, peer) {
  if (before && before.Offline === peer.Offline) return;
  if (!before && peer.Offline) return;
  setText(find('news'), `${nameOf(peer)} is ${peer.Offline ? 'offline' : 'online'}`);
}

start({
  snapshot({ peers: all }) {
    known = true;
    const ids = new Set(all.map(({ ID }) => ID));
    for (const id of [...peers.keys()]) if (!ids.has(id)) remove(id);
    all.forEach(put);
    arrange();
  },
  peer(peer) {
    announce(peers.get(peer.ID)?.peer, peer);
    put(peer);
    arrange();
  },
  gone({ ID }) {
    remove(ID);
    arrange();
  },
});

fetch('/api/settings/quick/get').then((answer) => answer.json()).then((settings) => {
  opensOutside = settings.open_sites_external;
  hidesUnverified = settings.hide_unverified;
  peers.forEach(fillRow);
  filter();
}).catch(() => {}); // the default will do

setInterval(() => peers.forEach(fillRow), TICK_MS);

find('search').addEventListener('input', filter);

find('probe').addEventListener('click', async ({ currentTarget: button }) => {
  button.disabled = true;
  button.classList.add('busy');
  try {
    await fetch('/api/peers/probe', { method: 'POST' }); // the feed tells the outcome
  } catch {
    // the banner says that the viewer is away
  }
  button.disabled = false;
  button.classList.remove('busy');
});

// '/' searches; the arrows walk the list.
addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, textarea, select');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    find('search').focus();
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const links = [...document.querySelectorAll('.peers li:not([hidden]) a')];
  const at = links.indexOf(document.activeElement);
  if (at === -1 && event.target !== find('search')) return;
  event.preventDefault();
  const next = at + (event.key === 'ArrowDown' ? 1 : -1);
  (links[next] ?? find('search')).focus();
});
