// data-columns: what columns a table has, and how their values are shown and
// typed in.
import { element } from './dom.mjs';
import { ago } from './time.mjs';

export const TYPES = [
  ['text', 'Text'],
  ['integer', 'Whole number'],
  ['real', 'Number'],
  ['datetime', 'Date and time'],
  ['date', 'Date'],
  ['time', 'Time'],
  ['enum', 'Choice'],
  ['guid', 'Unique id'],
  ['blob', 'Bytes'],
];
const SYSTEM = ['_id', '_owner', '_owner_email', '_created_at', '_updated_at'];

export const quote = (name) => `"${name.replaceAll('"', '""')}"`;
export const isSystem = (name) => name.startsWith('_');

// Of a classic table's SQL type, the typed table's word that comes closest.
function wordOf(sqlType) {
  const type = sqlType.toUpperCase();
  if (/INT|BOOL/.test(type)) return 'integer';
  if (/REAL|FLOA|DOUB|NUM|DEC/.test(type)) return 'real';
  if (/DATETIME|TIMESTAMP/.test(type)) return 'datetime';
  return type === 'DATE' ? 'date' : type === 'TIME' ? 'time' : type === 'BLOB' ? 'blob' : 'text';
}

// The own columns of a described table.
export function columnsOf(description) {
  if (description.mode === 'orm') return description.schema.columns;
  return (description.columns ?? []).filter(({ name }) => !isSystem(name)).map((column) => ({
    name: column.name,
    type: wordOf(column.type ?? ''),
    required: column.not_null && column.default === null,
    default: column.default ?? undefined,
  }));
}

export function hasSystemColumns(description) {
  if (description.mode === 'orm') return true;
  const names = new Set((description.columns ?? []).map(({ name }) => name));
  return SYSTEM.every((name) => names.has(name));
}

export const isNumber = (column) => column.type === 'integer' || column.type === 'real';

// The cell's content: text only, cut by the style sheet.
export function cellOf(column, value) {
  if (value === null || value === undefined) return element('td', { class: 'null', title: 'nothing' }, '–');
  const choice = column.values?.find(({ key }) => key === value)?.label;
  return element('td', { class: isNumber(column) ? 'number' : undefined, title: String(value) },
    choice ?? String(value));
}

// "2026-04-09 10:11:12" is UTC.
export const whenOf = (text) => (text ? ago(`${text.replace(' ', 'T')}Z`) : '');

const INPUTS = { integer: 'number', real: 'number', datetime: 'datetime-local', date: 'date', time: 'time' };

function textArea(column, value) {
  const area = element('textarea', { name: column.name, rows: value.length > 60 ? 5 : 2, spellcheck: 'true' });
  area.value = value;
  return area;
}

function choices(column, value) {
  const list = element('select', { name: column.name },
    ...(column.required ? [] : [element('option', { value: '' }, '–')]),
    ...column.values.map(({ key, label }) => element('option', { value: key }, label ?? key)));
  list.value = value;
  return list;
}

// What the browser's own fields want for times: a T, and no zone.
const asLocal = (text) => text.replace(' ', 'T').replace(/(Z|[+-]\d\d:\d\d)$/, '');

export function inputOf(column, value) {
  const text = value === null || value === undefined ? '' : String(value);
  if (column.type === 'enum') return choices(column, text);
  if (!INPUTS[column.type]) return textArea(column, text);
  const input = element('input', { name: column.name, type: INPUTS[column.type],
    step: column.type === 'integer' ? 1 : isNumber(column) ? 'any' : 1 });
  input.value = column.type === 'datetime' ? asLocal(text) : text;
  return input;
}

// What a field says, for the database. Empty is nothing, unless there must be
// something: then it is an empty text.
export function valueOf(column, input) {
  const text = input.value;
  if (text === '') return column.required && !isNumber(column) ? '' : null;
  if (isNumber(column)) return Number(text);
  return column.type === 'datetime' ? text.replace('T', ' ') : text;
}
