// dom: elements without markup. Text only ever becomes text.

export const find = (id) => document.getElementById(id);

// element('a', { href: '/x', class: 'y' }, 'text', child)
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

// Only when it differs: a screen reader reads live regions anew otherwise.
export function setText(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

// Where a page came over plain http from another machine, browsers know no
// clipboard, but still obey this.
function copyOldWay(text) {
  const field = element('textarea', { class: 'hidden', readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

// Copy text, and say so on the button for a moment.
export async function copyFrom(button, text) {
  button.dataset.label ??= button.textContent;
  button.textContent = await copy(text) ? 'Copied' : 'Not allowed';
  setTimeout(() => { button.textContent = button.dataset.label; }, 1500);
}
