// Goop.form: a form made of a list of fields, whose answers are rows of a table.
// Needs goop-data.js; goop-form.css is how it looks. For the owner it makes the
// table: everybody may answer, and sees and changes the own answers only.
//
//   Goop.form.render(element, { table: 'answers', singleResponse: true, fields: [
//     { name: 'size', label: 'Size', type: 'radio', options: ['S', 'M', 'L'] }] });
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ACCESS = { read: 'owner', insert: 'open', update: 'owner', delete: 'owner' };
  const INPUTS = { text: 'text', number: 'number', date: 'date', datetime: 'datetime-local',
    color: 'color' };
  let forms = 0;

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter(Boolean));
    return element;
  }

  // --- the table

  async function makeTable({ table, fields }) {
    const known = (await Goop.data.tables()).some(({ name }) => name === table);
    if (!known) {
      await Goop.data.createTable(table, { system_key: true, access: ACCESS,
        columns: fields.map(({ name }) => ({ name, type: 'text' })) });
      return;
    }
    const shape = await Goop.data.describe(table);
    const names = new Set(((shape.schema ?? shape).columns ?? []).map(({ name }) => name));
    for (const { name } of fields)
      if (!names.has(name))
        await Goop.data.addColumn(table, { name, type: shape.mode === 'orm' ? 'text' : 'TEXT' });
  }

  // --- fields: each gives { el, get(), set(text), focus() }

  const optionsOf = ({ options = [] }) => options.map((option) => typeof option === 'object' ?
    { value: option.value ?? option.key, label: option.label ?? option.value ?? option.key } :
    { value: String(option), label: String(option) });
  const listOf = (text) => String(text ?? '').split(',').map((part) => part.trim())
    .filter((part) => part !== '');

  function choices(field, id, type) {
    const inputs = optionsOf(field).map(({ value, label }) => {
      const input = make('input', { type, name: id, value });
      return { input, el: make('label', {}, input, ` ${label}`) };
    });
    return { el: make('div', { className: 'goop-form-choices' }, ...inputs.map(({ el }) => el)),
      isGroup: true,
      get: () => inputs.filter(({ input }) => input.checked).map(({ input }) => input.value).join(', '),
      set: (text) => inputs.forEach(({ input }) => input.checked = type === 'radio' ?
        input.value === text : listOf(text).includes(input.value)),
      focus: () => inputs[0]?.input.focus() };
  }

  function select(field, id) {
    const el = make('select', { id, multiple: !!field.multi }, field.multi ? null :
      make('option', { value: '', textContent: field.placeholder ?? '' }),
    ...optionsOf(field).map(({ value, label }) => make('option', { value, textContent: label })));
    return { el, get: () => [...el.selectedOptions].map(({ value }) => value).join(', '),
      set: (text) => [...el.options].forEach((option) => option.selected = field.multi ?
        listOf(text).includes(option.value) : option.value === String(text ?? '')),
      focus: () => el.focus() };
  }

  function checkbox(field, id) {
    const el = make('input', { type: 'checkbox', id });
    if (field.type === 'toggle')
      el.setAttribute('role', 'switch');
    return { el, isInline: true, get: () => el.checked ? '1' : field.required ? '' : '0',
      set: (text) => el.checked = text === '1' || text === 1 || text === true || text === 'true',
      focus: () => el.focus() };
  }

  function stepper(field, id) {
    const el = make('input', { type: 'number', id });
    const button = (words, label, step) => {
      const made = make('button', { type: 'button', textContent: label,
        onclick: () => el.value === '' ? el.value = field.min ?? 0 : step() });
      made.setAttribute('aria-label', `${words} ${field.label ?? field.name}`);
      return made;
    };
    return { el: make('div', { className: 'goop-form-stepper' },
      button('less', '−', () => el.stepDown()), el, button('more', '+', () => el.stepUp())),
    input: el, get: () => el.value, set: (text) => el.value = text ?? '', focus: () => el.focus() };
  }

  function plain(field, id) {
    const el = field.type === 'textarea' ? make('textarea', { id, rows: 4 }) :
      make('input', { id, type: INPUTS[field.type] ?? 'text' });
    return { el, input: el, get: () => el.value.trim(), set: (text) => el.value = text ?? '',
      focus: () => el.focus() };
  }

  function tags(field, id) {
    const made = plain({ ...field, type: 'text' }, id);
    made.el.placeholder = field.placeholder ?? 'one, two, three';
    return { ...made, get: () => [...new Set(listOf(made.el.value))].join(', ') };
  }

  function controlOf(field, id) {
    if (field.type === 'radio' || field.type === 'checkbox' && field.options)
      return choices(field, id, field.type);
    const makers = { select, checkbox, toggle: checkbox, stepper, tags };
    const control = (makers[field.type] ?? plain)(field, id);
    for (const name of ['min', 'max', 'step', 'placeholder'])
      if (control.input && field[name] !== undefined)
        control.input[name] = field[name];
    return control;
  }

  function rowOf(field, number) {
    const id = `goop-form-${number}-${field.name}`;
    const control = controlOf(field, id);
    const label = make(control.isGroup ? 'legend' : 'label', {}, field.label ?? field.name,
      field.required ? make('span', { className: 'goop-form-required', textContent: ' *' }) : null);
    if (!control.isGroup)
      label.htmlFor = id;
    const target = control.input ?? control.el;
    if (field.required && 'required' in target)
      target.required = true;
    const el = make(control.isGroup ? 'fieldset' : 'div', { className: 'goop-form-field' },
      ...(control.isInline ? [control.el, label] : [label, control.el]));
    el.classList.toggle('goop-form-inline', !!control.isInline);
    return { ...control, el, field, target };
  }

  function wrong({ field, get, target }) {
    const value = get();
    if (value === '')
      return field.required ? 'is required' : null;
    return target.validity?.valid === false ? target.validationMessage : null;
  }

  // --- the form

  async function answerOf(options, peer) {
    if (!options.singleResponse)
      return null;
    const rows = await Goop.data.find(options.table, { where: '_owner = ?', args: [peer.myId],
      limit: 1 });
    return rows[0] ?? null;
  }

  async function submit({ options, rows, said, button }, answer) {
    const problems = rows.map((row) => {
      const words = wrong(row);
      row.target.setAttribute('aria-invalid', String(!!words));
      return words && { row, words: `${row.field.label ?? row.field.name} ${words}` };
    }).filter(Boolean);
    said.textContent = problems.map(({ words }) => words).join('. ');
    said.dataset.kind = 'error';
    if (problems.length) {
      problems[0].row.focus();
      return answer;
    }
    const data = Object.fromEntries(rows.map(({ field, get }) => [field.name, get()]));
    button.disabled = true;
    try {
      const id = answer ? answer._id : (await Goop.data.insert(options.table, data)).id;
      if (answer)
        await Goop.data.update(options.table, id, data);
      said.dataset.kind = 'done';
      said.textContent = options.doneMessage ?? 'Thank you: saved.';
      options.onDone?.(data, id);
      if (options.singleResponse)
        return { _id: id };
      rows.forEach(({ set }) => set(''));
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
    return answer;
  }

  async function render(element, options) {
    const peer = await Goop.peer();
    if (peer.isOwner)
      await makeTable(options);
    let answer = await answerOf(options, peer);
    const number = ++forms;
    const rows = options.fields.map((field) => rowOf(field, number));
    const said = make('p', { className: 'goop-form-message' });
    said.setAttribute('role', 'status');
    const button = make('button', { type: 'submit', className: 'goop-form-submit',
      textContent: options.submitLabel ?? 'Submit' });
    const form = make('form', { className: 'goop-form', noValidate: true },
      ...rows.map(({ el }) => el), said, button);
    rows.forEach(({ field, set }) => set(answer?.[field.name] ?? field.value ?? ''));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      answer = await submit({ options, rows, said, button }, answer);
    });
    element.replaceChildren(form);
    return form;
  }

  Goop.form = { render };
})();
