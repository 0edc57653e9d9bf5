// /goop/data/1.0.0 with a foreign node, which asks and answers as the original
// does: the same conversation for js and for Go.
import assert from 'node:assert/strict'
import { DataBus } from '../scenarios/lib/data_bus.mjs'

export const data = '/goop/data/1.0.0'

// Text as a command of the nodes wants it, in one word or at the end of a line.
const word = text => JSON.stringify(text).slice(1, -1)

const column = (name, type) =>
  ({ name, type, not_null: false, default: '' })

async function makeTables (bus) {
  // The starter site has one with other columns.
  await bus.own({ op: 'delete-table', table: 'guestbook' })
  await bus.own({
    op: 'create-table',
    table: 'posts',
    column_defs: [column('title', 'TEXT'), column('published', 'INTEGER')]
  })
  await bus.own({
    op: 'create-table',
    table: 'guestbook',
    column_defs: [column('text', 'TEXT')]
  })
  await bus.own({ op: 'set-policy', table: 'guestbook', policy: 'open' })
  await bus.own({
    op: 'set-access',
    table: 'posts',
    access: { read: 'open', insert: 'owner', update: 'owner', delete: 'owner' }
  })
  for (const title of ['Draft', 'Old', 'Hello']) {
    await bus.own({
      op: 'insert',
      table: 'posts',
      data: { title, published: title === 'Draft' ? 0 : 1 }
    })
  }
}

// What is said, byte for byte, and what has to come back: JSON, or words.
const talk = [
  ['{"op":"query","table":"posts","columns":["_id","title"],"where":"published = ?","args":[1],"limit":20}\n',
    { ok: true, data: [{ _id: 2, title: 'Old' }, { _id: 3, title: 'Hello' }] }],
  ['{"op":"query","table":"posts","where":"title = ?","args":["none"]}\n',
    { ok: true, data: [] }],
  ['{"op":"insert","table":"guestbook","data":{"text":"hi"}}\n',
    { ok: true, data: { id: 1, status: 'inserted' } }],
  ['{"op":"update","table":"guestbook","id":1,"data":{"text":"hello"}}\n',
    { ok: true, data: { status: 'updated' } }],
  ['{"op":"query","table":"guestbook","columns":["_id","text"]}\n',
    { ok: true, data: [{ _id: 1, text: 'hello' }] }],
  ['{"op":"delete","table":"guestbook","id":1}\n',
    { ok: true, data: { status: 'deleted' } }],
  ['{"op":"role","table":"posts"}\n',
    { ok: true, data: { role: '', permissions: null } }],
  // What the original refuses; between peers of ours it works.
  ['{"op":"count","table":"posts"}\n', { ok: true, data: { count: 3 } }],
  // What both refuse.
  ['{"op":"insert","table":"posts","data":{"title":"mine"}}\n',
    'insert not allowed: this table only accepts data from the site owner'],
  ['{"op":"create-table","name":"mine"}\n',
    'schema operations not allowed for remote peers'],
  ['{"op":"lua-call","function":"f"}\n', 'lua scripting not enabled'],
  ['{"op":"nothing"}\n', 'unknown op: nothing'],
  ['{"op":"query"}\n', 'table name required'],
  ['{"op":"delete","table":"guestbook"}\n', 'valid row id required'],
  ['ENC:AAAA\n', 'decrypt error'],
  ['{"op":\n', /^invalid json: /]
]

// The node, connected to us, asks: with and without closing its half.
export async function theyAsk (t, ours, theirs) {
  const bus = new DataBus(t, ours)
  await makeTables(bus)
  for (const [said, wanted] of talk) {
    const { text } = await theirs.do('open', ours.id, data, word(said))
    assert.ok(text.endsWith('\n') && text.indexOf('\n') === text.length - 1)
    const answer = JSON.parse(text)
    if (typeof wanted === 'string') {
      assert.equal(answer.ok, false, said)
      assert.equal(answer.error, wanted)
    } else if (wanted instanceof RegExp) {
      assert.match(answer.error, wanted)
    } else {
      assert.deepEqual(answer, wanted, said)
    }
  }
  const asked = await theirs.do('ask', ours.id, data,
    word('{"op":"count","table":"posts"}\n'))
  assert.equal(asked.text, '{"ok":true,"data":{"count":3}}\n')
  const unended = await theirs.do('open', ours.id, data,
    word('{"op":"count","table":"posts"}'))
  assert.equal(unended.text, asked.text)
  const [row] = await bus.own({ op: 'query', table: '_tables' })
    .catch(error => [error.code])
  assert.equal(row, 'not_found')
}

// We ask the node, which answers as the original's server.
export async function weAsk (t, ours, theirs) {
  const bus = new DataBus(t, ours)
  const ask = request => bus.ask(theirs.id, request)
  const request = {
    op: 'query',
    table: 'posts',
    columns: ['_id', 'title'],
    where: 'published = ?',
    args: [1],
    limit: 20
  }
  assert.deepEqual(await ask(request), [{ _id: 3, title: 'Hello' }])
  const heard = await theirs.next(e => e.event === 'asked')
  assert.equal(heard.from, ours.id)
  assert.equal(heard.text,
    '{"op":"query","table":"posts","columns":["_id","title"],' +
    '"where":"published = ?","args":[1],"limit":20}\n')
  assert.equal(await ask({ op: 'query', table: 'empty' }), undefined)
  assert.deepEqual(await ask({ op: 'query', table: 'numbers' }),
    [{ _id: 1, large: 1e21, price: 0.5, whole: 5 }])
  assert.deepEqual(await ask({ op: 'insert', table: 'guestbook',
    data: { text: 'hi' } }), { id: 7, status: 'inserted' })
  assert.equal(await ask({ op: 'lua-call', function: 'nil' }), undefined)
  const refused = [
    [{ op: 'count', table: 'posts' }, 'bad_request',
      'count not available for remote peers yet'],
    [{ op: 'upsert', table: 'posts' }, 'forbidden',
      'upsert not allowed for remote peers'],
    [{ op: 'update', table: 'posts', id: 1, data: {} }, 'forbidden',
      'update not allowed: owner only'],
    [{ op: 'delete', table: 'guestbook', id: 1 }, 'not_found',
      'row not found or not owned by caller'],
    [{ op: 'nothing' }, 'bad_request', 'unknown op: nothing']
  ]
  for (const [question, code, message] of refused) {
    await assert.rejects(ask(question), { code, message })
  }
  const large = await ask({ op: 'query', table: 'large' })
  assert.equal(large.length, 20000)
  assert.equal(large[19999].text, 'x'.repeat(100))
}
