// Goop.ui.alert, confirm, prompt, confirmDanger, dialog: questions. Needs
// goop-component-base.js; goop-component-dialog.css is how it looks.
//
//   if (await Goop.ui.confirm('Delete it?')) ...
//   const name = await Goop.ui.prompt({ title: 'Rename', value: old });
//   Goop.ui.dialog(element, { ok: '.ok', cancel: '.cancel', ... }) // own markup
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ui = Goop.ui ??= {};
  const FOCUSABLE = 'input, textarea, select, button, [href], [tabindex]';

  const dialogNumber = (() => {
    let number = 0;
    return () => ++number;
  })();

  // --- two kinds of windows: ours, and markup of the page

  function ownWindow() {
    const parts = { title: Goop.dom('h2', { class: 'gc-dialog-title' }),
      message: Goop.dom('p', { class: 'gc-dialog-message' }),
      input: Goop.dom('input', { class: 'gc-dialog-input' }),
      cancel: Goop.dom('button', { class: 'gc-dialog-cancel', type: 'button' }, 'Cancel'),
      ok: Goop.dom('button', { class: 'gc-dialog-ok', type: 'button' }, 'OK') };
    parts.inputWrap = Goop.dom('div', { class: 'gc-dialog-input-wrap' }, parts.input);
    const el = Goop.dom('dialog', { class: 'gc-dialog' }, parts.title,
      Goop.dom('div', { class: 'gc-dialog-body' }, parts.message, parts.inputWrap),
      Goop.dom('div', { class: 'gc-dialog-buttons' }, parts.cancel, parts.ok));
    return { el, ...parts,
      open() {
        document.body.append(el);
        el.showModal();
      },
      close() {
        el.close();
        el.remove();
      } };
  }

  function keepFocusInside(el, event) {
    const all = [...el.querySelectorAll(FOCUSABLE)].filter((one) =>
      !one.disabled && one.offsetParent !== null);
    if (event.key !== 'Tab' || all.length === 0)
      return;
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (document.activeElement === from || !el.contains(document.activeElement)) {
      event.preventDefault();
      to.focus();
    }
  }

  function pageWindow(el, options) {
    const find = (name) => el.querySelector(options[name] ?? `.gc-dialog-${name}`);
    const hidden = options.hiddenClass ?? 'hidden';
    const onKey = (event) => keepFocusInside(el, event);
    let before;
    return { el, title: find('title'), message: find('message'), ok: find('ok'),
      cancel: find('cancel'), input: find('input'),
      inputWrap: el.querySelector(options.inputWrap ?? '.gc-dialog-input-wrap'),
      open() {
        before = document.activeElement;
        el.setAttribute('role', 'dialog');
        el.setAttribute('aria-modal', 'true');
        el.classList.remove(hidden);
        el.addEventListener('keydown', onKey);
      },
      close() {
        el.classList.add(hidden);
        el.removeEventListener('keydown', onKey);
        before?.focus?.();
      } };
  }

  // --- one question

  function setText(element, text) {
    if (!element)
      return;
    element.textContent = text ?? '';
    element.hidden = !text;
  }

  function fill(shown, options) {
    setText(shown.title, options.title);
    setText(shown.message, options.message);
    shown.title && (shown.title.id ||= `gc-dialog-title-${dialogNumber()}`);
    shown.message && (shown.message.id ||= `gc-dialog-message-${dialogNumber()}`);
    shown.el.setAttribute('aria-labelledby', (options.title ? shown.title : shown.message)?.id ?? '');
    if (options.title && options.message)
      shown.el.setAttribute('aria-describedby', shown.message?.id ?? '');
    const input = options.input && (typeof options.input === 'object' ? options.input : {});
    if (shown.inputWrap)
      shown.inputWrap.hidden = !input;
    if (shown.input) {
      shown.input.hidden = !input;
      shown.input.value = (input && input.value) ?? options.value ?? '';
      shown.input.placeholder = (input && input.placeholder) ?? options.placeholder ?? '';
      shown.input.setAttribute('aria-label', options.message || options.title || 'Answer');
    }
    if (shown.ok) {
      shown.ok.textContent = options.okLabel ?? 'OK';
      shown.ok.classList.toggle('gc-danger', !!options.danger);
    }
    if (shown.cancel) {
      shown.cancel.textContent = options.cancelLabel ?? 'Cancel';
      shown.cancel.hidden = !!options.hideCancel;
    }
  }

  // Resolves to true (or the text of the input), or null if it was left.
  function ask(shown, options) {
    fill(shown, options);
    return new Promise((done) => {
      const finished = new AbortController();
      const on = (element, name, fn) =>
        element?.addEventListener(name, fn, { signal: finished.signal });
      const finish = (result) => {
        finished.abort();
        shown.close();
        done(result);
      };
      const accept = () => finish(options.input ? shown.input?.value ?? '' : true);
      const isWrong = () => options.match !== undefined && shown.input?.value !== options.match;
      const check = () => shown.ok && (shown.ok.disabled = isWrong());
      check();
      on(shown.input, 'input', check);
      on(shown.ok, 'click', accept);
      on(shown.cancel, 'click', () => finish(null));
      on(shown.el, 'cancel', (event) => {
        event.preventDefault();
        finish(null);
      });
      on(shown.el, 'click', (event) => event.target === shown.el && finish(null));
      on(shown.el, 'keydown', (event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          finish(null);
        } else if (event.key === 'Enter' && event.target === shown.input && !isWrong()) {
          event.preventDefault();
          accept();
        }
      });
      shown.open();
      const first = options.input ? shown.input : options.danger ? shown.cancel : shown.ok;
      first?.focus();
      options.input && shown.input?.select();
    });
  }

  // --- the calls

  const asOptions = (first, title) => first !== null && typeof first === 'object' ?
    first : { message: first, title };

  // open() makes the window to ask in.
  const callsOf = (open) => ({
    show: (options) => ask(open(), options ?? {}),
    alert: async (title, message) => {
      const options = message === undefined ? asOptions(title) : { title, message };
      await ask(open(), { ...options, hideCancel: true });
    },
    confirm: async (message, title) => await ask(open(), asOptions(message, title)) === true,
    prompt: (message, value, title) => ask(open(),
      { input: true, value, ...asOptions(message, title) }),
    confirmDanger: (message, match) => ask(open(),
      { danger: true, match, ...asOptions(message), input: true }),
  });

  // dialog(element, { title, message, input, inputWrap, ok, cancel, hiddenClass }):
  // ask in markup of the page from now on; dialog(options): one question.
  ui.dialog = (first, options = {}) => {
    if (!(first instanceof Element))
      return standard.show(first);
    const shown = pageWindow(first, options);
    const calls = callsOf(() => shown);
    Object.assign(ui, { alert: calls.alert, confirm: calls.confirm, prompt: calls.prompt,
      confirmDanger: calls.confirmDanger });
    return { el: first, ...calls, close: () => shown.cancel?.click(),
      destroy: () => Object.assign(ui, standardCalls) };
  };

  const standard = callsOf(ownWindow);
  const { show, ...standardCalls } = standard;
  Object.assign(ui, standardCalls);
})();
