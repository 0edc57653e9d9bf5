// data-filter: what the filter above the rows asks for.
import { quote } from './data-columns.mjs';
import { element, find } from './dom.mjs';

const TESTS = {
  contains: { words: 'contains', sql: (column) => `${column} LIKE ? ESCAPE '\\'`, arg: (text) => `%${text.replace(/[\\%_]/g, '\\$&')}%` },
  is: { words: 'is', sql: (column) => `${column} = ?` },
  not: { words: 'is not', sql: (column) => `${column} IS NOT ?` },
  above: { words: 'is more than', sql: (column) => `${column} > ?` },
  below: { words: 'is less than', sql: (column) => `${column} < ?` },
  empty: { words: 'is empty', sql: (column) => `(${column} IS NULL OR ${column} = '')`, alone: true },
  filled: { words: 'is not empty', sql: (column) => `(${column} IS NOT NULL AND ${column} <> '')`, alone: true },
};
const ANY = '';

export function offerColumns(columns) {
  const kept = find('filter-column').value;
  find('filter-column').replaceChildren(element('option', { value: ANY }, 'any column'),
    ...columns.map(({ name, title }) => element('option', { value: name }, title ?? name)));
  if (columns.some(({ name }) => name === kept)) find('filter-column').value = kept;
  offerTests();
}

// In any column only looking for a text makes sense.
export function offerTests() {
  const kept = find('filter-test').value;
  const names = find('filter-column').value === ANY ? ['contains'] : Object.keys(TESTS);
  find('filter-test').replaceChildren(...names.map((name) => element('option', { value: name }, TESTS[name].words)));
  if (names.includes(kept)) find('filter-test').value = kept;
  find('filter-text').hidden = TESTS[find('filter-test').value].alone === true;
}

const isNumber = (text) => /^-?\d+(\.\d+)?$/.test(text);

// { where, args }, both absent when nothing is filtered.
export function filterOf(columns) {
  const name = find('filter-column').value;
  const test = TESTS[find('filter-test').value];
  const text = find('filter-text').value;
  if (!test.alone && text === '') return {};
  const chosen = name === ANY ? columns.map((column) => column.name) : [name];
  const where = chosen.map((column) => test.sql(quote(column))).join(' OR ');
  if (test.alone) return { where, args: [] };
  const numeric = ['integer', 'real'].includes(columns.find((column) => column.name === name)?.type) || name === '_id';
  const arg = test.arg?.(text) ?? (numeric && isNumber(text) ? Number(text) : text);
  return { where, args: chosen.map(() => arg) };
}
