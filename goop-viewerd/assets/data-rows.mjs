// data-rows: the rows of one table: sorted, filtered, in pages, to be changed.
import { call, exportAddress } from './data-api.mjs';
import { cellOf, hasSystemColumns, inputOf, isNumber, quote, valueOf, whenOf } from './data-columns.mjs';
import { filterOf, offerColumns, offerTests } from './data-filter.mjs';
import { ask, field } from './dialog.mjs';
import { element, find, setText } from './dom.mjs';

const PAGE = 50;
const ID = { name: '_id', title: 'no.', type: 'integer' };
const OWNER = { name: '_owner', title: 'by', type: 'text' };
const CREATED = { name: '_created_at', title: 'when', type: 'datetime' };

let shown = null; // { name, columns, all, canChange }
let rows = [];
let order = null; // { column, down }
let offset = 0;
let total = 0;
let turn = 0; // answers of an older question are dropped
let chosen = new Set();
let nameOfPeer = (id) => id;
let hooks = {};

const orderWords = () => {
  const first = order ? `${quote(order.column)}${order.down ? ' DESC' : ''}` : '';
  if (!shown.canChange) return first || undefined;
  return first ? `${first}, "_id" DESC` : '"_id" DESC';
};

function headOf(column) {
  const sorted = order?.column === column.name;
  const button = element('button', { type: 'button', class: 'sort' }, column.title ?? column.name,
    element('span', { 'aria-hidden': 'true' }, sorted ? (order.down ? ' ↓' : ' ↑') : ''));
  button.addEventListener('click', () => {
    order = !sorted ? { column: column.name, down: false } : order.down ? null : { column: column.name, down: true };
    offset = 0;
    load();
  });
  return element('th', { scope: 'col', class: isNumber(column) ? 'number' : undefined, 'aria-sort': sorted ? (order.down ? 'descending' : 'ascending') : undefined }, button);
}

function showChosen() {
  const button = find('delete-chosen');
  button.hidden = chosen.size === 0;
  setText(button, chosen.size === 1 ? 'Delete 1 row' : `Delete ${chosen.size} rows`);
}

function boxOf(row) {
  const box = element('input', { type: 'checkbox', 'aria-label': `Select row ${row._id}` });
  box.checked = chosen.has(row._id);
  box.addEventListener('change', () => {
    if (box.checked) chosen.add(row._id);
    else chosen.delete(row._id);
    showChosen();
  });
  return element('td', { class: 'tick' }, box);
}

function systemCell(column, row) {
  if (column === OWNER) return element('td', { class: 'by', title: row._owner }, nameOfPeer(row._owner));
  if (column === CREATED) return element('td', { class: 'when', title: `${row._created_at} UTC` }, whenOf(row._created_at));
  const open = element('button', { type: 'button', class: 'open', 'aria-label': `Change row ${row._id}` }, String(row._id));
  open.addEventListener('click', () => editRow(row));
  return element('td', { class: 'number' }, open);
}

function rowOf(row) {
  const made = element('tr', {},
    ...(shown.canChange ? [boxOf(row)] : []),
    ...shown.all.map((column) => ([ID, OWNER, CREATED].includes(column)
      ? systemCell(column, row) : cellOf(column, row[column.name]))));
  if (shown.canChange) {
    made.addEventListener('click', ({ target }) => {
      if (!target.closest('input, button, a') && getSelection().isCollapsed) editRow(row);
    });
  }
  return made;
}

function show() {
  const body = find('rows').tBodies[0];
  find('rows').tHead.replaceChildren(element('tr', {},
    ...(shown.canChange ? [element('td', { class: 'tick' })] : []), ...shown.all.map(headOf)));
  body.replaceChildren(...rows.map(rowOf));
  find('no-rows').hidden = rows.length > 0;
  setText(find('no-rows'), filterOf(shown.all).where ? 'No row matches the filter.' : 'The table is empty.');
  setText(find('row-count'), total === 1 ? '1 row' : `${total.toLocaleString('en')} rows`);
  setText(find('page-words'), rows.length === 0 ? ''
    : `${(offset + 1).toLocaleString('en')} to ${(offset + rows.length).toLocaleString('en')}`);
  find('page-back').disabled = offset === 0;
  find('page-on').disabled = offset + rows.length >= total;
  showChosen();
}

// Rows may have a megabyte each, and an answer eight: then fewer at a time.
async function findRows(request) {
  for (let limit = PAGE; ; limit = Math.ceil(limit / 4)) {
    try {
      return await call('find', { ...request, limit });
    } catch (error) {
      if (error.status !== 413 || limit === 1) throw error;
    }
  }
}

export async function load() {
  const mine = ++turn;
  const table = shown.name;
  const filter = filterOf(shown.all);
  try {
    const [found, { count }] = await Promise.all([
      findRows({ table, ...filter, order: orderWords(), offset }),
      call('count', { table, ...filter })]);
    if (mine !== turn) return;
    rows = found ?? [];
    total = count;
    if (rows.length === 0 && offset > 0) { // what was there is gone
      offset = Math.max(0, Math.floor((total - 1) / PAGE) * PAGE);
      await load();
      return;
    }
    chosen = new Set([...chosen].filter((id) => rows.some((row) => row._id === id)));
    hooks.trouble('');
    show();
  } catch (error) {
    if (mine === turn) hooks.trouble(error.message);
  }
}

// Begin with another table, or the same whose shape has changed.
export function showTable(name, columns, description) {
  const canChange = hasSystemColumns(description);
  if (shown?.name !== name) {
    order = null;
    offset = 0;
    chosen = new Set();
    find('filter-text').value = '';
    find('filter-column').value = '';
  }
  shown = { name, columns, canChange, all: canChange ? [ID, ...columns, OWNER, CREATED] : columns };
  find('add-row').hidden = !canChange;
  find('export-csv').href = exportAddress(name, 'csv');
  find('export-json').href = exportAddress(name, 'json');
  offerColumns(shown.all);
  return load();
}

// --- changing rows

function readFields(form, row) {
  const data = {};
  for (const column of shown.columns) {
    const input = form.elements.namedItem(column.name); // also one called length
    const value = valueOf(column, input);
    if (row === null ? input.value !== '' || column.required : input.value !== input.dataset.before) data[column.name] = value;
  }
  return data;
}

function fieldOf(column, row) {
  const input = inputOf(column, row === null ? column.default : row[column.name]);
  input.dataset.before = input.value;
  const hints = [];
  if (column.auto) hints.push('filled automatically when left empty');
  else if (column.required || column.key) hints.push('required');
  return field(column.name, input, hints.join(', '));
}

async function editRow(row) {
  const table = shown.name;
  const done = await ask({
    title: row === null ? `New row in ${table}` : `Row ${row._id} of ${table}`,
    body: [...shown.columns.map((column) => fieldOf(column, row)),
      ...(row === null ? [] : [element('p', { class: 'hint' },
        `Written by ${nameOfPeer(row._owner)}${row._owner_email ? ` (${row._owner_email}, unverified)` : ''} ${whenOf(row._created_at)}.`)])],
    action: row === null ? 'Add' : 'Save',
    async submit(form) {
      const data = readFields(form, row);
      if (row === null) await call('insert', { table, data });
      else if (Object.keys(data).length > 0) await call('update', { table, id: row._id, data });
      return true;
    },
  });
  if (done) load();
}

async function deleteChosen() {
  const table = shown.name;
  const ids = [...chosen];
  try {
    await call('delete-where', { table, where: `"_id" IN (${ids.map(() => '?').join(', ')})`, args: ids });
    chosen = new Set();
    await load();
    hooks.deleted(ids.length === 1 ? `Row ${ids[0]} deleted.` : `${ids.length} rows deleted.`);
  } catch (error) {
    hooks.trouble(error.message);
  }
}

const turnPage = (by) => {
  offset = Math.max(0, offset + by);
  chosen = new Set();
  load();
};

// hooks: trouble(text), deleted(text), nameOfPeer(id)
export function begin(given) {
  hooks = given;
  nameOfPeer = given.nameOfPeer;
  let patience;
  const filter = () => {
    clearTimeout(patience);
    patience = setTimeout(() => {
      offset = 0;
      load();
    }, 200);
  };
  find('filter').addEventListener('input', ({ target }) => {
    if (target.id === 'filter-column') offerTests();
    find('filter-text').hidden = ['empty', 'filled'].includes(find('filter-test').value);
    filter();
  });
  find('filter').addEventListener('submit', (event) => event.preventDefault());
  find('add-row').addEventListener('click', () => editRow(null));
  find('delete-chosen').addEventListener('click', deleteChosen);
  find('page-back').addEventListener('click', () => turnPage(-PAGE));
  find('page-on').addEventListener('click', () => turnPage(rows.length));
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.matches('input, textarea, select') || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    find('filter-text').focus();
  });
}
