// Goop.partial: pieces of HTML in partials/<name>.html of the site, filled with
// data. Data never becomes markup: it is put in as text once the piece is
// parsed; {{{raw}}} is cleaned of scripts first (goop-data.js).
//
//   {{name}} {{a.b}}  {{{html}}}  {{#if x}}..{{/if}}  {{#unless x}}..{{/unless}}
//   {{#each rows}} {{name}} {{.}} {{@index}} {{/each}}
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const prefix = /^\/p\/[1-9A-HJ-NP-Za-km-z]{46,}(?=\/)/.exec(location.pathname)?.[0] ?? '';
  const partials = new Map(); // name -> promise of its tree

  // --- reading: a tree of texts, values and blocks

  const TOKEN = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([#/]?)\s*([^{}]+?)\s*\}\}/g;

  function parse(text) {
    const root = { children: [] };
    const open = [root];
    let at = 0;
    for (const token of text.matchAll(TOKEN)) {
      const [whole, raw, mark, words] = token;
      open.at(-1).children.push(text.slice(at, token.index));
      at = token.index + whole.length;
      const [kind, ...path] = (words ?? '').split(/\s+/);
      if (mark === '#') {
        const block = { kind, path: path.join(' '), children: [] };
        open.at(-1).children.push(block);
        open.push(block);
      } else if (mark === '/') {
        if (open.length === 1 || open.at(-1).kind !== kind)
          throw new Error(`a partial ends {{/${kind}}} that is not open`);
        open.pop();
      } else {
        open.at(-1).children.push({ kind: raw ? 'raw' : 'text', path: raw ?? words });
      }
    }
    if (open.length > 1)
      throw new Error(`a partial does not end {{#${open.at(-1).kind}}}`);
    root.children.push(text.slice(at));
    return root;
  }

  // --- filling: HTML with marks where values go, and the values

  function lookUp(path, scopes) {
    if (path === '.' || path === 'this')
      return scopes[0].item;
    if (path === '@index')
      return scopes[0].index;
    const names = path.split('.').filter((name) => name !== '' && name !== 'this');
    for (const { item } of scopes) {
      let value = item;
      for (const name of names)
        value = value !== null && typeof value === 'object' && Object.hasOwn(value, name) ?
          value[name] : undefined;
      if (value !== undefined)
        return value;
    }
    return undefined;
  }

  const isTrue = (value) => Array.isArray(value) ? value.length > 0 : !!value;

  function expand(node, scopes, values) {
    const inside = (where) => node.children.map((child) => typeof child === 'string' ? child :
      expand(child, where, values)).join('');
    if (node.kind === undefined)
      return inside(scopes);
    const value = lookUp(node.path, scopes);
    if (node.kind === 'if')
      return isTrue(value) ? inside(scopes) : '';
    if (node.kind === 'unless')
      return isTrue(value) ? '' : inside(scopes);
    if (node.kind === 'each')
      return (Array.isArray(value) ? value : []).map((item, index) =>
        inside([{ item, index }, ...scopes])).join('');
    if (node.kind !== 'text' && node.kind !== 'raw')
      throw new Error(`a partial uses {{#${node.kind}}}, which is not known`);
    values.push({ value: value ?? '', isRaw: node.kind === 'raw' });
    return `\uE000${values.length - 1}\uE001`;
  }

  const MARK = /\uE000(\d+)\uE001/;

  function textOf(text, values) {
    return text.split(MARK).map((part, index) =>
      index % 2 ? String(values[part].value) : part).join('');
  }

  function fillText(node, values) {
    const parts = node.data.split(MARK).map((part, index) => {
      const entry = index % 2 ? values[part] : undefined;
      if (!entry?.isRaw)
        return entry ? String(entry.value) : part;
      return Goop.clean ? Goop.clean(entry.value) : String(entry.value);
    });
    node.replaceWith(...parts);
  }

  const ADDRESS = /^(href|src|action|formaction|xlink:href|data|poster)$/i;
  const isScriptAddress = (text) =>
    /^(javascript|vbscript|data:text)/i.test(text.replace(/[\u0000-\u0020]/g, ''));

  function fillAttributes(element, values) {
    for (const { name, value } of [...element.attributes]) {
      if (!MARK.test(value) && !MARK.test(name))
        continue;
      const filled = textOf(value, values);
      // Data is never part of a program.
      if (MARK.test(name) || /^(on|srcdoc$)/i.test(name) ||
        ADDRESS.test(name) && isScriptAddress(filled))
        element.removeAttribute(name);
      else
        element.setAttribute(name, filled);
    }
  }

  function fill(tree, data) {
    const values = [];
    const html = expand(tree, [{ item: data ?? {}, index: 0 }], values);
    const parsed = new DOMParser().parseFromString(`<body><template>${html}</template>`, 'text/html');
    const { content } = parsed.querySelector('template');
    content.querySelectorAll('script, style').forEach((element) => element.remove());
    const walker = parsed.createTreeWalker(content, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode())
      nodes.push(walker.currentNode);
    for (const node of nodes)
      if (node.nodeType === Node.TEXT_NODE)
        MARK.test(node.data) && fillText(node, values);
      else
        fillAttributes(node, values);
    return document.importNode(content, true);
  }

  // --- the calls

  function load(name) {
    if (!/^[\w-]+(\/[\w-]+)*$/.test(name))
      return Promise.reject(new Error(`a partial cannot be called ${name}`));
    if (!partials.has(name))
      partials.set(name, fetch(`${prefix}/partials/${name}.html`).then(async (answer) => {
        if (!answer.ok)
          throw Object.assign(new Error(`partials/${name}.html: ${(await answer.text()).trim() ||
            answer.status}`), { status: answer.status });
        return parse(await answer.text());
      }).catch((error) => {
        partials.delete(name);
        throw error;
      }));
    return partials.get(name);
  }

  // The piece as an element (several elements come in a div).
  Goop.partial = async (name, data) => {
    const content = fill(await load(name), data);
    if (content.children.length === 1)
      return content.firstElementChild;
    const box = document.createElement('div');
    box.append(content);
    return box;
  };

  Goop.preload = (...names) => Promise.all(names.flat().map(load)).then(() => undefined);

  // With goop-data.js Goop.list knows partials already.
  const listOfElements = Goop.data ? undefined : Goop.list;
  if (listOfElements)
    Goop.list = (element, rows, fn, options) => typeof fn !== 'string' ?
      listOfElements(element, rows, fn, options) :
      Promise.all((rows ?? []).map((row) => Goop.partial(fn, row))).then((made) =>
        listOfElements(element, made, (one) => one, options));
})();
