// Goop.ui.toast: short messages that go by themselves. Needs
// goop-component-base.js; goop-component-toast.css is how it looks.
//
//   Goop.ui.toast('Saved');
//   Goop.ui.toast.error('That did not work');
//   const toast = Goop.ui.toast(element, { duration: 4000 }); toast('Saved');
(() => {
  'use strict';
  const Goop = globalThis.Goop ??= {};
  const ui = Goop.ui ??= {};
  const DURATION_MS = 4000;
  const LEAVE_MS = 250;
  let standard;

  function show(container, options, message) {
    const { title, message: text, duration = options.duration ?? DURATION_MS, kind = '' } =
      message !== null && typeof message === 'object' ? message : { message };
    const { toastClass = 'gc-toast', titleClass = 'gc-toast-title',
      messageClass = 'gc-toast-message', enterClass = 'gc-toast-enter',
      exitClass = 'gc-toast-exit' } = options;
    const toast = Goop.dom('div', { class: `${toastClass} ${enterClass}`, data: { kind },
      role: kind === 'error' ? 'alert' : null },
    title ? Goop.dom('div', { class: titleClass }, title) : null,
    Goop.dom('div', { class: messageClass }, text ?? ''));
    let timer;
    const close = () => {
      clearTimeout(timer);
      toast.classList.add(exitClass);
      setTimeout(() => toast.remove(), LEAVE_MS);
    };
    const wait = () => timer = duration > 0 ? setTimeout(close, duration) : undefined;
    toast.addEventListener('click', close);
    toast.addEventListener('pointerenter', () => clearTimeout(timer));
    toast.addEventListener('pointerleave', wait);
    container.append(toast);
    requestAnimationFrame(() => toast.classList.remove(enterClass));
    wait();
    return { el: toast, close };
  }

  function standardContainer() {
    if (!standard?.element.isConnected) {
      standard = { element: Goop.dom('div', { class: 'gc-toast-container',
        'aria-live': 'polite' }), options: {} };
      document.body.append(standard.element);
    }
    return standard;
  }

  const withKinds = (toast) => {
    for (const kind of ['success', 'error', 'warning', 'info'])
      toast[kind] = (message) => toast(message !== null && typeof message === 'object' ?
        { ...message, kind } : { message, kind });
    return toast;
  };

  // Bound to an element of the page, or a message in a corner of its own.
  ui.toast = withKinds((first, options = {}) => {
    if (!(first instanceof Element)) {
      const { element, options: own } = standardContainer();
      return show(element, own, first);
    }
    first.setAttribute('aria-live', 'polite');
    standard = { element: first, options };
    return Object.assign(withKinds((message) => show(first, options, message)),
      { el: first, destroy: () => first.replaceChildren() });
  });
})();
