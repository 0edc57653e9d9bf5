// data-access: access rules in plain words.
import { call } from './data-api.mjs';
import { ask, field } from './dialog.mjs';
import { element } from './dom.mjs';

const RIGHTS = ['read', 'insert', 'update', 'delete'];
const QUESTIONS = {
  read: 'Who sees the rows?',
  insert: 'Who adds rows?',
  update: 'Who changes rows?',
  delete: 'Who deletes rows?',
};
const WORDS = {
  read: {
    open: 'Everybody who visits',
    owner: 'Each visitor, but only what they wrote themselves',
    group: 'Members of your group, if their role may',
    local: 'Nobody but me',
  },
  insert: {
    open: 'Everybody who visits',
    group: 'Members of your group, if their role may',
    owner: 'Nobody but me',
    local: 'Nobody but me; visitors do not see the table either',
  },
  update: {
    open: 'Everybody, every row',
    owner: 'Whoever wrote a row, that row',
    group: 'Members of your group, their own rows, if their role may',
    local: 'Nobody but me',
  },
};
WORDS.delete = WORDS.update;

const SHORT = {
  read: { open: 'everybody reads', owner: 'visitors read what they wrote', group: 'the group reads', local: 'nobody else reads' },
  insert: { open: 'visitors add', group: 'the group adds', owner: 'only I add', local: 'only I add' },
  update: { open: 'everybody changes every row', owner: 'authors change their rows', group: 'the group changes its rows', local: 'only I change' },
  delete: { open: 'everybody deletes every row', owner: 'authors delete theirs', group: 'the group deletes its rows', local: 'only I delete' },
};

// What an old insert policy means.
function ofPolicy(policy) {
  const insert = { open: 'open', public: 'open', group: 'group', local: 'local' }[policy] ?? 'owner';
  if (insert === 'local') return { read: 'local', insert, update: 'local', delete: 'local' };
  return { read: 'open', insert, update: 'owner', delete: 'owner' };
}

export function accessOf(description, policy) {
  const access = description.access ?? description.schema?.access ?? ofPolicy(policy);
  return Object.fromEntries(RIGHTS.map((right) => [right, access[right] || 'owner']));
}

// "Everybody reads, visitors add, authors change their rows, ..."
export function accessWords(access) {
  const text = RIGHTS.map((right) => SHORT[right][access[right]]).join(', ');
  return `${text[0].toUpperCase()}${text.slice(1)}. I may do everything.`;
}

function choice(right, level) {
  const list = element('select', { name: right },
    ...Object.entries(WORDS[right]).map(([word, text]) => element('option', { value: word }, text)));
  list.value = level;
  return field(QUESTIONS[right], list);
}

// Resolves to true when something was saved.
export function askAccess(table, access) {
  return ask({
    title: `Who may do what with ${table}`,
    body: [...RIGHTS.map((right) => choice(right, access[right])),
      element('p', { class: 'hint' }, 'A visitor is known by the key of their peer: nobody can pass for another. I, in this viewer and on my own site, may do everything.')],
    action: 'Save',
    async submit(form) {
      const wanted = Object.fromEntries(RIGHTS.map((right) => [right, form.elements[right].value]));
      await call('tables/set-access', { table, access: wanted });
      return true;
    },
  });
}
