// self: who I am: label, e-mail, id, addresses, theme.
import { copyFrom, element, find, setText } from './dom.mjs';
import { setTheme, start } from './frame.mjs';
import { showServers, startServers } from './servers.mjs';

const USUAL_ADDRESS = 'http://127.0.0.1:8080'; // of everybody's own viewer
const form = find('profile');
let edited = false; // what is being typed is not overwritten

async function save(change) {
  const answer = await fetch('/api/settings/quick', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(change),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim());
}

function say(text, wrong = false) {
  const saved = find('saved');
  saved.classList.toggle('wrong', wrong);
  setText(saved, text);
}

function showAddresses(addresses) {
  const none = 'none yet: check the network connection';
  const rows = addresses.length > 0
    ? addresses.map((text) => element('li', {}, element('code', {}, text)))
    : [element('li', { class: 'hint' }, none)];
  find('addresses').replaceChildren(...rows);
}

start({
  servers({ servers }) {
    showServers(servers);
  },
  self(me) {
    if (!edited) {
      form.elements.label.value = me.label;
      form.elements.email.value = me.email;
    }
    setText(find('id'), me.id || 'not known yet');
    setText(find('share'), me.id ? `${USUAL_ADDRESS}/p/${me.id}/` : '…');
    if (me.id) find('my-site').href = `/p/${me.id}/`;
    showAddresses(me.addresses);
    setText(find('version'), `Goop² ${me.version}`);
    for (const choice of document.getElementsByName('theme')) choice.checked = choice.value === me.theme;
  },
});

form.addEventListener('input', () => {
  edited = true;
  say('');
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { label, email } = form.elements;
  find('save').disabled = true;
  try {
    await save({ label: label.value.trim(), email: email.value.trim() });
    edited = false;
    say('Saved and announced.');
  } catch (error) {
    say(`Not saved: ${error.message}`, true);
  }
  find('save').disabled = false;
});

find('themes').addEventListener('change', ({ target }) => {
  setTheme(target.value);
  save({ theme: target.value }).catch((error) => say(`Not saved: ${error.message}`, true));
});

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => copyFrom(button, find(button.dataset.copy).textContent));
}

startServers();
