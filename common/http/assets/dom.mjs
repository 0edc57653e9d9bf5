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

// Copy text, and say so on the button for a moment.
export async function copyFrom(button, text) {
  const before = button.textContent;
  let told = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    told = 'Not allowed';
  }
  button.textContent = told;
  setTimeout(() => { button.textContent = before; }, 1500);
}
