// data-access: access rules in plain words.
import { call } from './data-api.mjs';
import { ask, field } from './dialog.mjs';
import { element } from './dom.mjs';

const RIGHTS = ['read', 'insert', 'update', 'delete'];
const QUESTIONS = {
  read: 'Who can read rows?',
  insert: 'Who can add rows?',
  update: 'Who can change rows?',
  delete: 'Who can delete rows?',
};
const WORDS = {
  read: {
    open: 'All visitors',
    owner: 'Each visitor, only their own rows',
    group: 'Members of your group, if their role allows it',
    local: 'Only me',
  },
  insert: {
    open: 'All visitors',
    group: 'Members of your group, if their role allows it',
    owner: 'Only me',
    local: 'Only me; visitors do not see the table either',
  },
  update: {
    open: 'All visitors, every row',
    owner: 'Authors, their own rows',
    group: 'Members of your group, their own rows, if their role allows it',
    local: 'Only me',
  },
};
WORDS.delete = WORDS.update;

const SHORT = {
  read: { open: 'all visitors read', owner: 'visitors read their own rows', group: 'the group reads', local: 'only I read' },
  insert: { open: 'visitors add', group: 'the group adds', owner: 'only I add', local: 'only I add' },
  update: { open: 'all visitors change every row', owner: 'authors change their rows', group: 'the group changes its rows', local: 'only I change' },
  delete: { open: 'all visitors delete every row', owner: 'authors delete their rows', group: 'the group deletes its rows', local: 'only I delete' },
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
  return `${text[0].toUpperCase()}${text.slice(1)}. I can do everything.`;
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
    title: `Access to ${table}`,
    body: [...RIGHTS.map((right) => choice(right, access[right])),
      element('p', { class: 'hint' }, 'Visitors are identified by the key of their peer and cannot impersonate each other. I can do everything, in this viewer and on my own site.')],
    action: 'Save',
    async submit(form) {
      const wanted = Object.fromEntries(RIGHTS.map((right) => [right, form.elements[right].value]));
      await call('tables/set-access', { table, access: wanted });
      return true;
    },
  });
}
