// Goop.data: the database of the site that this page belongs to, the visitor's
// own or another peer's. Also Goop.peer, esc, date, list, clean, overlay.
// Needs no other file. docs/sdk.md shows how it is used.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};

  const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

  // The name of a site's origin is its peer id as a CIDv1 in base36: bytes 01 72,
  // then those that the usual form has in base58.
  function peerOfLabel(label) {
    let number = 0n;
    for (const digit of label)
      number = number * 36n + BigInt(parseInt(digit, 36));
    const hex = number.toString(16).replace(/^172/, '');
    const zeros = /^(?:00)*/.exec(hex)[0].length / 2;
    let text = '';
    for (let rest = BigInt(`0x${hex}`); rest > 0n; rest /= 58n)
      text = BASE58[Number(rest % 58n)] + text;
    return '1'.repeat(zeros) + text;
  }

  // Whose page it is: /p/<peer id>/page.html, or /page.html at the site's origin.
  const place = /^\/p\/([1-9A-HJ-NP-Za-km-z]{46,})\//.exec(location.pathname);
  const origin = /^k([0-9a-z]{40,62})\.localhost$/.exec(location.hostname);
  const hostId = place?.[1] ?? (origin ? peerOfLabel(origin[1]) : '');
  const base = hostId ? `/api/p/${hostId}/data` : '/api/data';

  // --- asking

  const ATTEMPTS = 6;
  const PAUSE_MS = 250; // before the second attempt, then twice as long
  const PAUSE_MAX_MS = 4000;
  const HOST_PATIENCE_MS = 3000;
  const WRITES = new Set(['insert', 'update', 'delete', 'update-where', 'delete-where',
    'upsert', 'tables/create', 'tables/delete', 'tables/add-column']);

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // An Error whose message is what a person may read; status 0: no answer at all.
  const failure = (text, status, extra) =>
    Object.assign(new Error(text), { name: 'GoopError', status, ...extra });

  async function askOnce(path, body) {
    let answer, text;
    try {
      answer = await fetch(path, body && { method: 'POST', body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' } });
      text = await answer.text();
    } catch (cause) {
      throw failure('Goop² does not answer', 0, { cause });
    }
    if (!answer.ok)
      throw failure(text.trim() || `status ${answer.status}`, answer.status,
        { retryAfter: Number(answer.headers.get('Retry-After')) || 0 });
    try {
      return text === '' ? null : JSON.parse(text);
    } catch (cause) {
      throw failure('the answer is malformed', 0, { cause });
    }
  }

  const newRequestId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');

  // Does the host apply a write with the same request id only once? Our own
  // Goop does; another peer's does if its list of tables tells their mode.
  async function hostKnowsRequestIds() {
    if (hostId === '' || (await askOnce('/api/self')).id === hostId)
      return true;
    return (await askOnce(`${base}/tables`) ?? []).some((table) => 'mode' in table);
  }

  // Nobody answers, neither here (0, 503) nor at the host (502): for now?
  const isPassing = ({ status }) => status === 0 || status === 502 || status === 503;

  // While Goop restarts, try again; also the host's, if it is quick to refuse.
  async function patiently(attempt, isWorthIt = isPassing) {
    const start = performance.now();
    for (let tries = 1; ; tries++)
      try {
        return await attempt();
      } catch (error) {
        if (!isWorthIt(error) || tries === ATTEMPTS ||
          error.status === 502 && performance.now() - start > HOST_PATIENCE_MS)
          throw error;
        await pause(Math.min(PAUSE_MAX_MS,
          Math.max(PAUSE_MS * 2 ** (tries - 1), 1000 * (error.retryAfter ?? 0))));
      }
  }

  // A write has the same id each time; it is repeated only where that makes a
  // repeat harmless.
  function ask(suffix, body) {
    const isWrite = WRITES.has(suffix), isScript = suffix === 'lua/call';
    const sent = isWrite ? { ...body, request_id: newRequestId() } : body;
    let first;
    return patiently(async () => {
      if (first && isWrite && !(await hostKnowsRequestIds().catch((error) =>
        isPassing(error) && Promise.reject(error))))
        throw failure(first.message, first.status, { isFinal: true });
      return askOnce(`${base}/${suffix}`, sent);
    }, (error) => {
      first ??= error;
      return isPassing(error) && !error.isFinal && !isScript;
    });
  }

  // --- who is here

  let context;
  async function isMember() {
    const all = await Goop.group?.subscriptions?.().catch(() => null) ?? [];
    return all.some((row) => row.host_peer_id === hostId && row.group_type === 'template');
  }

  // { myId, hostId, isOwner, isGroup, label }, asked once.
  Goop.peer = () => {
    context ??= (async () => {
      const { id, label } = await patiently(async () => {
        const self = await (Goop.identity?.get() ?? askOnce('/api/self'));
        return self.id ? self : Promise.reject(failure('Goop² is starting', 503));
      });
      const isOwner = hostId === '' || hostId === id;
      return { myId: id, hostId: hostId || id, isOwner,
        isGroup: !isOwner && await isMember(), label };
    })().catch((error) => {
      context = undefined;
      throw error;
    });
    return context;
  };

  // --- texts

  const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

  Goop.esc = (text) => String(text ?? '').replace(/[&<>"']/g, (mark) => ENTITIES[mark]);

  // A time of the database (UTC) as this visitor writes dates.
  Goop.date = (time, options = { year: 'numeric', month: 'long', day: 'numeric' }) => {
    if (time === undefined || time === null || time === '')
      return '';
    const text = typeof time === 'string' && /^\d{4}-\d\d-\d\d[ T][\d:.]+$/.test(time) ?
      `${time.replace(' ', 'T')}Z` : time;
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? String(time) : date.toLocaleString(undefined, options);
  };

  // --- HTML that did not come from this site's own files

  const TAGS = new Set(`a abbr article aside audio b blockquote br button caption cite code
    dd del details dfn div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
    header hr i img input ins kbd label legend li main mark nav ol optgroup option p picture
    pre progress q s samp section select small source span strong sub summary sup table tbody
    td textarea tfoot th thead time tr u ul var video`.split(/\s+/));
  const ATTRIBUTES = /^(class|id|title|alt|lang|dir|role|aria-[\w-]+|data-[\w-]+|width|height|datetime|colspan|rowspan|scope|type|value|name|placeholder|for|disabled|checked|selected|required|multiple|min|max|step|maxlength|rows|cols|readonly|hidden|tabindex|loading|controls|open|start|label)$/;
  const SAFE_ADDRESS = /^(https?:|mailto:|tel:|blob:|data:image\/(png|jpeg|gif|webp|avif);|[^:]*$|[^:]*[/?#])/i;

  function cleanInto(parent, nodes) {
    for (const node of nodes) {
      if (node.nodeType === Node.TEXT_NODE)
        parent.append(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE || /^(script|style|template|svg|math)$/i
        .test(node.localName))
        continue;
      if (!TAGS.has(node.localName)) {
        cleanInto(parent, node.childNodes);
        continue;
      }
      const copy = document.createElement(node.localName);
      for (const { name, value } of node.attributes)
        if (ATTRIBUTES.test(name) || /^(href|src)$/.test(name) &&
          SAFE_ADDRESS.test(value.replace(/[\u0000-\u0020]/g, '')))
          copy.setAttribute(name, value);
      cleanInto(copy, node.childNodes);
      parent.append(copy);
    }
    return parent;
  }

  // HTML as a fragment, without scripts, handlers, styles, and other documents.
  Goop.clean = (html) => cleanInto(document.createDocumentFragment(),
    new DOMParser().parseFromString(`<body>${html}`, 'text/html').body.childNodes);

  // --- showing

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  const elementOf = (idOrElement) => typeof idOrElement === 'string' ?
    document.getElementById(idOrElement) : idOrElement;

  function showEmpty(element, { empty = '', emptyClass = 'gc-empty' }) {
    const tag = element.matches('ul,ol') ? 'li' : 'p';
    element.replaceChildren(empty instanceof Node || empty === '' ? empty :
      make(tag, { className: emptyClass, textContent: empty }));
  }

  function bindRow(element, row, { actions = {}, onRow }) {
    for (const button of [element, ...element.querySelectorAll('[data-action]')]) {
      const name = button.dataset.action;
      if (Object.hasOwn(actions, name))
        button.addEventListener('click', (event) => {
          event.stopPropagation();
          actions[name](row, element, event);
        });
    }
    onRow?.(element, row);
  }

  function asElement(made) {
    if (made instanceof Element)
      return made;
    const content = made instanceof Node ? made : Goop.clean(made ?? '');
    return content.children?.length === 1 ? content.firstElementChild : make('div', {}, content);
  }

  // Show rows in an element: each as fn(row, index) makes it (an element; HTML
  // is cleaned), or as a partial of that name (then a promise comes back).
  Goop.list = (element, rows, fn, options = {}) => {
    const list = elementOf(element);
    const show = (elements) => {
      elements.forEach((made, index) => bindRow(made, rows[index], options));
      list.replaceChildren(...elements);
      return list;
    };
    if (!rows?.length) {
      showEmpty(list, options);
      return typeof fn === 'string' ? Promise.resolve(list) : list;
    }
    if (typeof fn !== 'string')
      return show(rows.map((row, index) => asElement(fn(row, index))));
    if (!Goop.partial)
      return Promise.reject(failure('load /sdk/goop-component-template.js for partials', 0));
    return Promise.all(rows.map((row) => Goop.partial(fn, row))).then(show);
  };

  // Something that lies over the page: shown without its class "hidden".
  Goop.overlay = (idOrElement) => {
    const element = elementOf(idOrElement);
    let before;
    const close = () => {
      if (element.classList.contains('hidden'))
        return;
      element.classList.add('hidden');
      before?.focus?.();
    };
    const open = () => {
      before = document.activeElement;
      element.classList.remove('hidden');
      element.querySelector('input, textarea, select, button, [href], [tabindex]')?.focus();
    };
    element.addEventListener('click', (event) => event.target === element && close());
    element.addEventListener('keydown', (event) => event.key === 'Escape' && close());
    return { el: element, open, close };
  };

  // --- what changed

  const LOOK_MS = 5000; // where no events come
  const listeners = new Set(); // { table, fn, seen, isOwed }
  let source; // undefined: to be opened; null: there is none here
  let isLive = false, timer;

  // As an event would: what a page throws is its own.
  const tell = (listener, table) => queueMicrotask(() => listener.fn({ table }));

  const tellAll = (table) => {
    for (const listener of listeners)
      if (table === '' || listener.table === table)
        tell(listener, table || listener.table);
  };

  // The times of rows are in seconds: what changed is told once more at the next
  // look, when nothing can change in that second any more.
  async function look(listener) {
    let now;
    try {
      now = JSON.stringify(await askOnce(`${base}/aggregate`, { table: listener.table,
        expr: 'COUNT(*) AS n, MAX(_updated_at) AS at, MAX(_id) AS id, SUM(_id) AS ids' }));
    } catch (error) {
      if (error.status === 0 || error.status === 403 || error.status >= 502)
        return;
      now = Symbol(); // this host cannot say: the page looks itself
    }
    if (!listeners.has(listener) || isLive)
      return;
    const isFirst = listener.seen === undefined, isNew = !isFirst && listener.seen !== now;
    if (isNew || listener.isOwed)
      tell(listener, listener.table);
    listener.isOwed = isNew || isFirst;
    listener.seen = now;
  }

  const isSeen = () => document.visibilityState === 'visible';

  function lookAtAll() {
    if (!isSeen() || isLive)
      return;
    connect();
    for (const listener of listeners)
      look(listener);
  }

  // Only the own site tells of changes by itself.
  async function connect() {
    if (source !== undefined || !isSeen())
      return;
    source = null;
    const isMine = await Goop.peer().then(({ isOwner }) => isOwner, () => undefined);
    if (source !== null || timer === undefined)
      return; // stopped meanwhile
    if (isMine === undefined || isMine && !isSeen())
      source = undefined;
    else
      isMine ? openSource() : lookAtAll();
  }

  // A browser has few connections to one place: pages that nobody sees hold none.
  function onVisibility() {
    if (isSeen())
      return lookAtAll();
    source &&= source.close();
    isLive = false;
  }

  function openSource() {
    const opened = source = new EventSource(`${base}/events`);
    opened.addEventListener('changed', ({ data: text }) => tellAll(JSON.parse(text).table ?? ''));
    opened.addEventListener('snapshot', () => tellAll('')); // first, and after each gap
    opened.onopen = () => isLive = true;
    opened.onerror = () => {
      isLive = false;
      if (opened.readyState === EventSource.CLOSED && source === opened)
        source = undefined; // else the browser connects again
    };
  }

  function startLooking() {
    if (timer !== undefined)
      return;
    timer = setInterval(lookAtAll, LOOK_MS);
    document.addEventListener('visibilitychange', onVisibility);
    connect();
  }

  function stopLooking() {
    clearInterval(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', onVisibility);
    source?.close();
    source = undefined;
    isLive = false;
  }

  // --- the calls

  const rowsOf = (answer) => answer ?? [];
  const clause = ({ where, args } = {}) => ({ where, args });
  const picked = ({ fields, columns = fields, order, limit, offset, ...rest } = {}) =>
    ({ columns, fields: columns, order, limit, offset, ...clause(rest) });

  const data = {
    find: async (table, options) => rowsOf(await ask('find', { table, ...picked(options) })),
    findOne: (table, options) => ask('find-one', { table, ...picked(options) }),
    get: (table, id) => ask('find-one', { table, where: '_id = ?', args: [id] }),
    getBy: (table, column, value) => ask('get-by', { table, column, value }),
    list: async (table, limit) => rowsOf(await ask('find', { table, limit })),
    pluck: async (table, column, { order, limit, ...rest } = {}) =>
      rowsOf(await ask('pluck', { table, column, order, limit, ...clause(rest) })),
    distinct: async (table, column, options) =>
      rowsOf(await ask('distinct', { table, column, ...clause(options) })),
    exists: async (table, options) => (await ask('exists', { table, ...clause(options) })).exists,
    count: async (table, options) => (await ask('count', { table, ...clause(options) })).count,
    aggregate: async (table, expr, { group_by, groupBy = group_by, ...rest } = {}) =>
      rowsOf(await ask('aggregate', { table, expr, group_by: groupBy, ...clause(rest) })),
    insert: (table, row) => ask('insert', { table, data: row }),
    update: (table, id, row) => ask('update', { table, id, data: row }),
    remove: (table, id) => ask('delete', { table, id }),
    updateWhere: (table, row, options) =>
      ask('update-where', { table, data: row, ...clause(options) }),
    deleteWhere: (table, options) => ask('delete-where', { table, ...clause(options) }),
    upsert: (table, keyColumn, row) => ask('upsert', { table, key_col: keyColumn, data: row }),
    tables: async () => rowsOf(await ask('tables')),
    schemas: async () => await ask('orm-schema') ?? {},
    describe: (table) => ask('tables/describe', { table }),
    role: (table) => ask('role', { table }),
    call: (name, params = {}) => ask('lua/call', { function: name, params }),
    functions: async () => {
      const answer = await ask('lua/list');
      return Array.isArray(answer) ? answer : answer?.functions ?? [];
    },
    api: (name) => (action, params) => data.call(name, { action, ...params }),
    query: async (table, options) => rowsOf(await ask('query', { table, ...picked(options) })),
    createTable: (name, columns) => ask('tables/create', Array.isArray(columns) ?
      { name, columns } : { name, schema: { ...columns, name } }),
    dropTable: (table) => ask('tables/delete', { table }),
    addColumn: (table, column) => ask('tables/add-column', { table, column }),

    // Call fn({ table }) whenever the table may have changed. Returns how to stop.
    subscribe(table, fn) {
      const listener = { table, fn, seen: undefined, isOwed: false };
      listeners.add(listener);
      startLooking();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0)
          stopLooking();
      };
    },
  };

  // --- a table by its schema

  const isNothing = (value) => value === undefined || value === null || value === '';

  // The word of a typed column for the SQL type of a classic one.
  const KINDS = [[/^(integer|int|bigint|smallint|tinyint|boolean)\b/i, 'integer'],
    [/^(real|double|float|numeric|decimal)\b/i, 'real'], [/^(datetime|timestamp)\b/i, 'datetime'],
    [/^date\b/i, 'date'], [/^time\b/i, 'time'], [/^blob\b/i, 'blob'], [/^enum\b/i, 'enum']];
  const kindOf = ({ type = '' }) => KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'text';

  const CHECKS = {
    integer: [(value) => Number.isInteger(Number(value)), 'has to be a whole number'],
    real: [(value) => Number.isFinite(Number(value)), 'has to be a number'],
    date: [(value) => /^\d{4}-\d\d-\d\d$/.test(value), 'has to be a date, YYYY-MM-DD'],
    time: [(value) => /^\d\d:\d\d(:\d\d)?$/.test(value), 'has to be a time, hh:mm'],
    datetime: [(value) => !Number.isNaN(Date.parse(value)), 'has to be a date and time'],
  };

  function columnError(column, value) {
    if (isNothing(value))
      return (column.required || column.key || column.not_null) && !column.auto &&
        isNothing(column.default) ? `${column.name} is required` : null;
    if (kindOf(column) === 'enum' && !column.values?.some(({ key }) => key === String(value)))
      return `${column.name} has to be one of: ${column.values?.map(({ key }) => key).join(', ')}`;
    const [isRight, words] = CHECKS[kindOf(column)] ?? [];
    return isRight && !isRight(value) ? `${column.name} ${words}` : null;
  }

  const INPUTS = { integer: { type: 'number' }, real: { type: 'number', step: 'any' },
    date: { type: 'date' }, time: { type: 'time' }, datetime: { type: 'datetime-local', step: 1 } };

  function inputFor(column, value) {
    const { name } = column;
    const kind = kindOf(column);
    const shown = String(value ?? column.default ?? '');
    if (column.values?.length)
      return make('select', { name }, column.required ? null : make('option', { value: '' }),
        ...column.values.map(({ key, label }) => make('option', { value: key,
          textContent: label || key, selected: key === shown })));
    const input = kind === 'blob' ? make('textarea', { name, rows: 4 }) :
      make('input', { name, ...INPUTS[kind] });
    input.value = kind === 'datetime' ? shown.replace(' ', 'T').replace(/Z$/, '') : shown;
    return input;
  }

  function valueOf(column, input) {
    if (input.value === '')
      return null;
    const kind = kindOf(column);
    if (kind === 'integer' || kind === 'real')
      return Number(input.value);
    return kind === 'datetime' ? `${input.value}Z` : input.value;
  }

  const labelOf = (column, value) => String((column?.values?.find(({ key }) =>
    key === value)?.label || value) ?? '');

  let forms = 0;

  function showForm(handle, place, { values, exclude = [], labels = {}, submitLabel = 'Save',
    onSave } = {}) {
    const columns = handle.columns.filter((column) =>
      !exclude.includes(column.name) && !column.auto && !column.name.startsWith('_'));
    const number = ++forms;
    const inputs = new Map();
    const said = make('p', { className: 'goop-form-message' });
    said.setAttribute('role', 'alert');
    const form = make('form', { className: 'goop-form', noValidate: true },
      ...columns.map((column) => {
        const input = inputFor(column, values?.[column.name]);
        input.id = `goop-${number}-${column.name}`;
        input.required = !!(column.required || column.key);
        inputs.set(column, input);
        return make('div', { className: 'goop-form-field' }, make('label', {
          htmlFor: input.id, textContent: labels[column.name] ?? column.name }), input);
      }), said, make('div', { className: 'goop-form-buttons' },
        make('button', { type: 'submit', textContent: submitLabel })));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const row = {};
      for (const [column, input] of inputs)
        if (input.value !== '' || values)
          row[column.name] = valueOf(column, input);
      const { valid, errors } = handle.validate({ ...values, ...row });
      for (const [column, input] of inputs)
        input.setAttribute('aria-invalid', String(column.name in errors));
      said.textContent = Object.values(errors).join('. ');
      if (!valid)
        return;
      const button = form.querySelector('[type=submit]');
      button.disabled = true;
      try {
        const result = values?._id ? await handle.update(values._id, row) :
          await handle.insert(row);
        if (!values?._id)
          HTMLFormElement.prototype.reset.call(form); // a field may be called so
        onSave?.(result, row);
      } catch (error) {
        said.textContent = error.message;
      } finally {
        button.disabled = false;
      }
    });
    elementOf(place).replaceChildren(form);
    return form;
  }

  function showTable(handle, place, rows, { exclude = [], labels = {}, showId = false, actions = {},
    onRow } = {}) {
    const names = handle.columns.map(({ name }) => name).filter((name) => !exclude.includes(name));
    const shown = showId ? ['_id', ...names] : names;
    const words = { edit: 'Edit', remove: 'Delete' };
    const may = { edit: handle.mayUpdate, remove: handle.mayDelete };
    const wanted = Object.keys(actions).filter((name) => actions[name]);
    const head = make('tr', {}, ...shown.map((name) => make('th', { scope: 'col',
      textContent: labels[name] ?? name })), wanted.length ? make('th') : null);
    const columns = new Map(handle.columns.map((column) => [column.name, column]));
    const body = rowsOf(rows).map((row) => {
      const line = make('tr', {}, ...shown.map((name) => make('td', {
        textContent: labelOf(columns.get(name), row[name]) })));
      if (wanted.length)
        line.append(make('td', {}, ...wanted.filter((name) => !may[name] || may[name](row))
          .map((name) => make('button', { type: 'button', textContent: labels[name] ??
            words[name] ?? name, onclick: () => actions[name](row, line) }))));
      onRow?.(line, row);
      return line;
    });
    const table = make('table', { className: 'goop-table' }, make('thead', {}, head),
      make('tbody', {}, ...body));
    elementOf(place).replaceChildren(table);
    return table;
  }

  const BOUND = ['find', 'findOne', 'get', 'getBy', 'list', 'pluck', 'distinct', 'exists',
    'count', 'aggregate', 'insert', 'update', 'remove', 'updateWhere', 'deleteWhere', 'upsert',
    'role', 'subscribe'];

  // A handle on one table: its schema, what the visitor may do, and all calls.
  data.orm = async (table) => {
    const [shape, peer, role] = await Promise.all([data.describe(table), Goop.peer(),
      data.role(table).catch(() => null)]);
    const schema = shape.schema ?? shape;
    const access = schema.access ?? null;
    const level = (right) => access?.[right] ?? 'owner';
    const may = (right) => peer.isOwner || level(right) === 'open' ||
      level(right) === 'group' && !!(role?.permissions ? role.permissions[right] : role?.role);
    const mayRow = (right) => (row) => peer.isOwner || level(right) === 'open' ||
      row._owner === peer.myId && (level(right) === 'owner' || may(right));
    const handle = { name: schema.name ?? table,
      columns: (schema.columns ?? []).filter(({ name }) => !name.startsWith('_')),
      access, system_key: !!schema.system_key, context: !!schema.context,
      canInsert: may('insert'), canUpdate: may('update'), canDelete: may('delete'),
      mayUpdate: mayRow('update'), mayDelete: mayRow('delete'),
      validate(row) {
        const errors = Object.fromEntries(handle.columns.map((column) =>
          [column.name, columnError(column, row?.[column.name])]).filter(([, words]) => words));
        return { valid: Object.keys(errors).length === 0, errors };
      },
      form: (place, options) => showForm(handle, place, options),
      table: (place, rows, options) => showTable(handle, place, rows, options) };
    for (const name of BOUND)
      handle[name] = (...words) => data[name](table, ...words);
    return handle;
  };

  // Settings in a table: of keys and values, or the last row of another one.
  data.config = async (table, defaults = {}) => {
    const orNone = (none) => (error) => error.status === 404 ? none : Promise.reject(error);
    const shape = await data.describe(table).catch(orNone({}));
    const names = (shape.schema ?? shape).columns?.map(({ name }) => name) ?? [];
    const isMap = names.includes('key') && names.includes('value');
    const rows = await data.find(table, isMap ? {} : { order: '_id DESC', limit: 1 })
      .catch(orNone([]));
    const stored = isMap ? Object.fromEntries(rows.map(({ key, value }) => [key, value])) :
      { ...rows[0] };
    let id = rows[0]?._id;
    const values = { ...defaults };
    for (const [key, value] of Object.entries(stored))
      if (!key.startsWith('_') && value !== null)
        values[key] = value;
    const config = {
      get: (key) => values[key],
      async set(key, value) {
        if (isMap)
          await data.upsert(table, 'key', { key, value });
        else if (id !== undefined)
          await data.update(table, id, { [key]: value });
        else
          ({ id } = await data.insert(table, { [key]: value }));
        values[key] = value;
        show(key);
      },
    };
    const show = (key) => Object.hasOwn(config, key) || Object.defineProperty(config, key,
      { enumerable: true, get: () => values[key] });
    Object.keys(values).forEach(show);
    return config;
  };

  Goop.data = data;
})();
