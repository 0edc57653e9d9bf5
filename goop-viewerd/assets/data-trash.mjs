// data-trash: what was deleted, and bringing it back.
import { call } from './data-api.mjs';
import { element, find, setText } from './dom.mjs';
import { ago } from './time.mjs';

const TOAST_MS = 10000;
const SHOWN_MAX = 20;
let entries = [];
let patience;
let hooks = {};

const rowsOf = (count) => (count === 1 ? '1 row' : `${count} rows`);

function wordsOf(entry) {
  if (entry.kind === 'table') return `the table ${entry.table} with ${rowsOf(entry.count)}`;
  if (entry.kind === 'column') return `the column ${entry.text} of ${entry.table}`;
  return `${rowsOf(entry.count)} of ${entry.table}${entry.text ? `: ${entry.text}` : ''}`;
}

async function undo(entry) {
  find('toast').hidden = true;
  try {
    await call('undo', { id: entry.id });
    hooks.restored(entry.table);
  } catch (error) {
    hooks.trouble(error.message);
  }
  await loadTrash();
}

function itemOf(entry) {
  const button = element('button', { type: 'button', 'aria-label': `Restore ${wordsOf(entry)}` }, 'Restore');
  button.addEventListener('click', () => undo(entry));
  return element('li', {}, element('span', { class: 'what' }, wordsOf(entry)),
    element('span', { class: 'hint' }, `${ago(entry.at)}, by ${hooks.nameOfPeer(entry.by)}`), button);
}

export async function loadTrash() {
  try {
    entries = await call('trash') ?? [];
  } catch {
    return; // the rows say what is wrong
  }
  find('trash').hidden = entries.length === 0;
  find('trash-list').replaceChildren(...entries.slice(0, SHOWN_MAX).map(itemOf));
}

// Say for a moment what was just deleted, with a way back.
export async function offerUndo(text) {
  await loadTrash();
  if (entries.length === 0) return;
  const [newest] = entries;
  setText(find('toast-text'), text);
  find('toast-undo').onclick = () => undo(newest);
  find('toast').hidden = false;
  clearTimeout(patience);
  patience = setTimeout(() => { find('toast').hidden = true; }, TOAST_MS);
}

// hooks: restored(table), trouble(text), nameOfPeer(id)
export function begin(given) {
  hooks = given;
}
