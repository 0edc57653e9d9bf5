// Goop.ui: brings goop-component-base, -toast and -dialog with their styles. Until
// they are there, what is called waits for them.
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ui = Goop.ui ??= {};
  const folder = new URL('.', document.currentScript.src);

  const load = (element) => new Promise((done, fail) => {
    element.onload = done;
    element.onerror = () => fail(new Error(`${element.src || element.href} does not load`));
    document.head.append(element);
  });
  const script = (name) => load(Object.assign(document.createElement('script'),
    { src: new URL(`${name}.js`, folder), async: false }));
  const style = (name) => load(Object.assign(document.createElement('link'),
    { rel: 'stylesheet', href: new URL(`${name}.css`, folder) })).catch(() => {});

  const missing = ['base', 'toast', 'dialog'].filter((part) =>
    part === 'base' ? !Goop.dom : !ui[part]).map((part) => `goop-component-${part}`);
  const ready = Promise.all([...missing.map(script), ...missing.map(style)]);

  const later = (name) => {
    const stub = (...words) => ready.then(() => ui[name](...words));
    return stub;
  };
  for (const name of ['toast', 'dialog', 'alert', 'confirm', 'prompt', 'confirmDanger'])
    ui[name] ??= later(name);
  for (const kind of ['success', 'error', 'warning', 'info'])
    ui.toast[kind] ??= (message) => ready.then(() => ui.toast[kind](message));
  Goop.ui.ready = ready.then(() => ui);
})();
