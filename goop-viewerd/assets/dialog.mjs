// dialog: questions to the user in the browser's own dialogs, which keep the
// focus and close by Escape.
import { element } from './dom.mjs';

/* ask({ title, body: [elements], action, danger, submit }): opens; when the
   user agrees, await submit(form) is called: what it throws is shown and the
   dialog stays. Resolves to what submit gave, or undefined if closed. */
export function ask({ title, body, action, danger = false, submit }) {
  const wrong = element('p', { class: 'wrong', role: 'alert' });
  const agree = element('button', { type: 'submit', class: danger ? 'danger' : 'primary' }, action);
  const form = element('form', { method: 'dialog' },
    element('h2', {}, title), ...body, wrong,
    element('div', { class: 'row' }, agree,
      element('button', { type: 'button', 'data-close': true }, 'Cancel')));
  const dialog = element('dialog', { 'aria-label': title }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let result;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      agree.disabled = true;
      wrong.textContent = '';
      try {
        result = await submit(form);
        dialog.close();
      } catch (error) {
        wrong.textContent = error.message;
      }
      agree.disabled = false;
    });
    form.querySelector('[data-close]').addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    dialog.showModal();
  });
}

// A labelled field; hint may be left out.
export function field(label, input, hint) {
  return element('label', { class: 'field' }, element('span', {}, label), input,
    ...(hint ? [element('span', { class: 'hint' }, hint)] : []));
}
