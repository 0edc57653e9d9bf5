// data: the owner's tables, live. Which table is shown stands in the address.
import { accessOf, accessWords, askAccess } from './data-access.mjs';
import { call } from './data-api.mjs';
import { columnsOf } from './data-columns.mjs';
import * as rows from './data-rows.mjs';
import { askNewTable, showColumns } from './data-shape.mjs';
import * as trash from './data-trash.mjs';
import { element, find, setText } from './dom.mjs';
import { listen } from './feed.mjs';
import { start } from './frame.mjs';

const GATHER_MS = 150; // changes that come together are looked at once
const labels = new Map(); // peer id -> label
let me = '';
let tables = [];
let current = null; // { name, columns, access }

const nameOfPeer = (id) => (id === me ? 'me' : labels.get(id) || (id ? `…${id.slice(-6)}` : 'nobody'));
const named = () => decodeURIComponent(location.hash.slice(1));

function trouble(text) {
  find('trouble').hidden = text === '';
  setText(find('trouble'), text);
}

function showTables() {
  find('tables').replaceChildren(...tables.map(({ name }) => element('a', {
    href: `#${encodeURIComponent(name)}`,
    'aria-current': name === current?.name ? 'true' : undefined,
  }, name)));
  find('no-tables').hidden = tables.length > 0;
  find('table').hidden = current === null;
}

async function open(name) {
  const policy = tables.find((table) => table.name === name)?.insert_policy;
  const description = await call('tables/describe', { table: name });
  current = { name, columns: columnsOf(description), access: accessOf(description, policy) };
  setText(find('table-name'), name);
  setText(find('access-words'), accessWords(current.access));
  showTables();
  await rows.showTable(name, current.columns, description);
}

// All anew; wanted is the table to show, if it is there.
async function reload(wanted = named()) {
  try {
    tables = (await call('tables') ?? []).sort((a, b) => a.name.localeCompare(b.name));
    trouble('');
    const there = tables.find(({ name }) => name === wanted) ?? tables[0];
    if (there === undefined) {
      current = null;
      showTables();
    } else {
      if (named() !== there.name) history.replaceState(null, '', `#${encodeURIComponent(there.name)}`);
      await open(there.name);
    }
  } catch (error) {
    trouble(error.message);
  }
  await trash.loadTrash();
}

let waiting;
function reloadSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => reload(), GATHER_MS);
}

function rememberLabel({ ID, Content }) {
  labels.set(ID, Content);
}

start({
  self({ id }) {
    me = id;
  },
  snapshot: ({ peers }) => peers.forEach(rememberLabel),
  peer: rememberLabel,
});
listen('/api/data/events', { snapshot: reloadSoon, changed: reloadSoon });
rows.begin({ trouble, nameOfPeer, deleted: trash.offerUndo });
trash.begin({ trouble, nameOfPeer, restored: reload });
reload();

addEventListener('hashchange', () => reload());

find('new-table').addEventListener('click', async () => {
  const name = await askNewTable();
  if (name) reload(name);
});
find('columns').addEventListener('click', () => showColumns(current.name, current.columns, async ({ table }) => {
  const was = current.name;
  await reload(table);
  if (table === undefined) trash.offerUndo(`Table ${was} deleted.`);
}));
find('access').addEventListener('click', async () => {
  if (await askAccess(current.name, current.access)) reload(current.name);
});
