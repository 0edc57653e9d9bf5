// Goop.dom, Goop.render, Goop.ui: elements without HTML in strings. Load it
// before the other components.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ui = Goop.ui ??= {};

  function setAttribute(element, name, value) {
    if (value === null || value === undefined || value === false)
      return;
    if (name === 'class' || name === 'className')
      element.className = Array.isArray(value) ? value.filter(Boolean).join(' ') : value;
    else if (name === 'data' || name === 'dataset')
      Object.assign(element.dataset, value);
    else if (name === 'style')
      typeof value === 'string' ? element.style.cssText = value :
        Object.assign(element.style, value);
    else if (/^on/i.test(name))
      typeof value === 'function' && element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (/^(value|checked|selected|disabled|htmlFor|textContent)$/.test(name))
      element[name] = value;
    else if (/^(href|src|action|formaction)$/i.test(name) &&
      /^\s*(javascript|vbscript|data:text)/i.test(String(value).replace(/[\u0000-\u001f]/g, '')))
      return;
    else if (!/^(innerHTML|outerHTML|srcdoc)$/i.test(name))
      element.setAttribute(name, value === true ? '' : value);
  }

  function append(element, children) {
    for (const child of children)
      if (Array.isArray(child))
        append(element, child);
      else if (child !== null && child !== undefined && typeof child !== 'boolean')
        element.append(child instanceof Node ? child : String(child));
  }

  // An element: attributes may be class, data: {}, style: {}, onclick: fn, ...;
  // children elements, texts, lists of them, or nothing.
  Goop.dom = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {}))
      setAttribute(element, name, value);
    append(element, children);
    return element;
  };

  Goop.render = (element, ...children) => {
    element.replaceChildren();
    append(element, children);
    return element;
  };

  // The whole of it comes with goop-data.js.
  Goop.list ??= (element, rows, fn, { empty, emptyClass } = {}) => Goop.render(element,
    rows?.length ? rows.map(fn) : empty && ui.empty(empty, { class: emptyClass }));

  // --- small things

  ui.empty = (message, { class: name } = {}) =>
    Goop.dom('p', { class: name ?? 'gc-empty' }, message);

  ui.loading = (message = 'Loading …', { class: name } = {}) =>
    Goop.dom('p', { class: name ?? 'gc-loading', role: 'status' }, message);

  // A picture for a peer, made of its id: nobody is asked.
  ui.avatar = (peerId, { size = 40, class: name } = {}) => {
    let hash = 7;
    for (const letter of String(peerId))
      hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
    const element = Goop.dom('span', { class: ['gc-avatar', name], role: 'img',
      'aria-label': `peer ${String(peerId).slice(-6)}` }, String(peerId).slice(-2));
    Object.assign(element.style, { width: `${size}px`, height: `${size}px`,
      fontSize: `${size * 0.38}px`,
      background: `linear-gradient(135deg, oklch(0.62 0.15 ${hash % 360}), ` +
        `oklch(0.5 0.16 ${hash % 360 + 40}))` });
    return element;
  };

  const UNITS = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400],
    ['hour', 3600], ['minute', 60], ['second', 1]];
  const NOW_S = 10;

  function relative(date) {
    const away = (date - Date.now()) / 1000;
    const seconds = Math.abs(away) < NOW_S ? 0 : away; // clocks differ
    const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
    return new Intl.RelativeTimeFormat(document.documentElement.lang || undefined,
      { numeric: 'auto' }).format(Math.trunc(seconds / length), unit);
  }

  // A time of the database as "3 minutes ago": an element that is also a text.
  ui.time = (time) => {
    const date = new Date(typeof time === 'string' && /^\d{4}-\d\d-\d\d [\d:.]+$/.test(time) ?
      `${time.replace(' ', 'T')}Z` : time);
    if (Number.isNaN(date.getTime()))
      return Goop.dom('time', {}, time);
    const text = relative(date);
    return Object.assign(Goop.dom('time', { datetime: date.toISOString(),
      title: date.toLocaleString() }, text), { toString: () => text });
  };

  ui.theme = () => {
    const chosen = document.documentElement.dataset.theme;
    if (chosen === 'dark' || chosen === 'light')
      return chosen;
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  };

  ui.grid = (element) => {
    element.classList.add('gc-grid');
    return element;
  };
})();
