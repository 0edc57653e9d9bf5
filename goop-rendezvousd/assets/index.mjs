// index: the copy buttons, and the number of peers online every few seconds.
import { copyFrom, find, setText } from './dom.mjs';

const EVERY_MS = 5000;

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => {
    copyFrom(button, button.parentElement.querySelector('code').textContent);
  });
}

async function look() {
  if (document.hidden) return;
  let online;
  try {
    ({ online } = await (await fetch('api/online')).json());
  } catch {
    find('dot').className = 'dot waiting';
    return;
  }
  find('dot').className = 'dot on';
  setText(find('online'), String(online));
  setText(find('noun'), online === 1 ? 'peer' : 'peers');
}

setInterval(look, EVERY_MS);
document.addEventListener('visibilitychange', look);
