// Goop.forms: a table to read and, where the visitor may, to fill, change and
// delete; made of its schema. Needs goop-data.js; asks by
// goop-component-dialog.js if that is there; goop-forms.css is how it looks.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ROWS_MAX = 200; // shown at once

  const confirmRemoval = () => Goop.ui?.confirm ?
    Goop.ui.confirm({ title: 'Delete this row?', okLabel: 'Delete', danger: true }) :
    Promise.resolve(confirm('Delete this row?'));

  function part(name, tag = 'div') {
    const element = document.createElement(tag);
    element.className = `goop-forms-${name}`;
    return element;
  }

  async function insertForm(element, table, onInsert) {
    const handle = await Goop.data.orm(table);
    if (!handle.canInsert) {
      element.replaceChildren();
      return null;
    }
    return handle.form(element, { submitLabel: 'Add', onSave: (result) => onInsert?.(result) });
  }

  async function render(element, table) {
    const handle = await Goop.data.orm(table);
    const rows = part('rows'), editor = part('editor'), said = part('message', 'p');
    said.setAttribute('role', 'alert');
    element.classList.add('goop-forms');
    element.replaceChildren(rows, said, editor);

    const tell = (error) => said.textContent = error.message;

    async function show() {
      const found = await handle.find({ order: '_id DESC', limit: ROWS_MAX });
      if (found.length === 0) {
        rows.replaceChildren(Object.assign(part('empty', 'p'), { textContent: 'No rows yet.' }));
        return;
      }
      const anyIs = (may) => found.some(may);
      handle.table(rows, found, { actions: {
        edit: anyIs(handle.mayUpdate) && edit, remove: anyIs(handle.mayDelete) && remove } });
    }

    function add() {
      editor.replaceChildren();
      if (handle.canInsert)
        handle.form(editor, { submitLabel: 'Add', onSave: () => show().catch(tell) });
    }

    function edit(values) {
      const form = handle.form(editor, { values, onSave() {
        add();
        show().catch(tell);
      } });
      const cancel = Object.assign(part('cancel', 'button'), { type: 'button',
        textContent: 'Cancel', onclick: add });
      form.querySelector('.goop-form-buttons').append(cancel);
      form.querySelector('input, select, textarea')?.focus();
    }

    async function remove({ _id: id }) {
      said.textContent = '';
      if (await confirmRemoval())
        await handle.remove(id).then(show).catch(tell);
    }

    add();
    await show();
    return { el: element, refresh: show };
  }

  Goop.forms = { render, insertForm };
})();
