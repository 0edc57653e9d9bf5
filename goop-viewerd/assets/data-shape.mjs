// data-shape: making tables and changing their columns.
import { call } from './data-api.mjs';
import { TYPES } from './data-columns.mjs';
import { ask, field } from './dialog.mjs';
import { element } from './dom.mjs';

const NAME = { required: true, maxlength: 64, pattern: '[A-Za-z][A-Za-z0-9_]*', autocomplete: 'off', spellcheck: 'false',
  title: 'a letter, then letters, digits and underscores' };

function columnFields() {
  const type = element('select', { name: 'type', 'aria-label': 'Type' },
    ...TYPES.map(([word, text]) => element('option', { value: word }, text)));
  const values = element('input', { name: 'values', placeholder: 'red, green, blue', 'aria-label': 'Choices', hidden: true });
  type.addEventListener('change', () => {
    values.hidden = type.value !== 'enum';
    values.required = !values.hidden;
  });
  return element('fieldset', { class: 'column' },
    element('input', { ...NAME, name: 'column', placeholder: 'name', 'aria-label': 'Column name' }),
    type, values,
    element('label', { class: 'check' }, element('input', { type: 'checkbox', name: 'required' }), 'required'));
}

function readColumn(set) {
  const of = (name) => set.querySelector(`[name="${name}"]`);
  const column = { name: of('column').value, type: of('type').value };
  if (of('required').checked) column.required = true;
  if (column.type === 'enum') {
    column.values = of('values').value.split(',').map((text) => text.trim()).filter(Boolean)
      .map((key) => ({ key, label: key }));
  }
  if (column.type === 'guid') column.auto = true;
  return column;
}

// Resolves to the name of the new table.
export function askNewTable() {
  const columns = element('div', { class: 'columns' }, columnFields());
  const more = element('button', { type: 'button' }, 'Add column');
  more.addEventListener('click', () => {
    columns.append(columnFields());
    columns.lastElementChild.querySelector('input').focus();
  });
  return ask({
    title: 'New table',
    body: [field('Name', element('input', { ...NAME, name: 'table', placeholder: 'guestbook' })),
      element('h3', {}, 'Columns'), columns, more,
      element('p', { class: 'hint' }, 'Author and time of each row are stored automatically. Visitors can read the table; set other access afterwards.')],
    action: 'Create table',
    async submit(form) {
      const name = form.elements.table.value;
      await call('tables/create', { schema: { name, system_key: true,
        columns: [...columns.children].map(readColumn),
        access: { read: 'open', insert: 'owner', update: 'owner', delete: 'owner' } } });
      return name;
    },
  });
}

function askNewColumn(table) {
  return ask({
    title: `New column of ${table}`,
    body: [columnFields()],
    action: 'Add column',
    async submit(form) {
      await call('tables/add-column', { table, column: readColumn(form.querySelector('fieldset')) });
      return true;
    },
  });
}

function askDrop(title, text, name, request) {
  return ask({
    title,
    body: [element('p', {}, text)],
    action: 'Delete',
    danger: true,
    async submit() {
      await call(name, request);
      return true;
    },
  });
}

function askRename(table) {
  const input = element('input', { ...NAME, name: 'to' });
  input.value = table;
  return ask({
    title: `Rename ${table}`,
    body: [field('New name', input,
      'Pages of your site that use the old name will not find the table.')],
    action: 'Rename',
    async submit(form) {
      const to = form.elements.to.value;
      if (to !== table) await call('tables/rename', { old_name: table, new_name: to });
      return to;
    },
  });
}

function columnRow(table, column, changed) {
  const drop = element('button', { type: 'button', class: 'danger', 'aria-label': `Delete column ${column.name}` }, 'Delete …');
  drop.addEventListener('click', async () => {
    if (await askDrop(`Delete column ${column.name}`, 'Its contents are deleted, too. It can be restored for one day.',
      'tables/drop-column', { table, column: column.name })) changed({ table });
  });
  const words = [TYPES.find(([word]) => word === column.type)?.[1] ?? column.type];
  if (column.required || column.key) words.push('required');
  if (column.auto) words.push('filled automatically');
  return element('li', {}, element('strong', {}, column.name),
    element('span', { class: 'hint' }, words.join(', ')), drop);
}

// The dialog with all columns; changed({ table }) after each change, table
// being undefined when there is none any more.
export function showColumns(table, columns, changed) {
  const dialog = element('dialog', { 'aria-label': `Columns of ${table}` });
  const button = (text, kind, act) => {
    const made = element('button', { type: 'button', class: kind }, text);
    made.addEventListener('click', act);
    return made;
  };
  const after = (change) => {
    dialog.close();
    changed(change);
  };
  dialog.append(
    element('h2', {}, `Columns of ${table}`),
    element('ul', { class: 'column-list' }, ...columns.map((column) => columnRow(table, column, after))),
    element('div', { class: 'row' },
      button('Add column …', 'primary', async () => { if (await askNewColumn(table)) after({ table }); }),
      button('Rename table …', undefined, async () => {
        const to = await askRename(table);
        if (to && to !== table) after({ table: to });
      }),
      button('Delete table …', 'danger', async () => {
        if (await askDrop(`Delete table ${table}`, 'All its rows are deleted, too. It can be restored for one day.',
          'tables/delete', { table })) after({});
      }),
      button('Close', undefined, () => dialog.close())));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
