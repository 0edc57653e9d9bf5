// Typical use, for the compiler.
interface Post extends Goop.Row {
  title: string;
}

async function use(): Promise<void> {
  const { myId, isOwner }: Goop.Peer = await Goop.peer();
  const rows = await Goop.data.find<Post>('posts', { where: '_owner = ?', args: [myId], limit: 5 });
  const first: Post | null = await Goop.data.findOne<Post>('posts');
  const title: string = rows[0].title + (first?.title ?? '') + Goop.date(rows[0]._created_at);
  const { id } = await Goop.data.insert('posts', { title });
  const posts = await Goop.data.orm<Post>('posts');
  if (posts.canUpdate || posts.mayUpdate(rows[0]))
    await posts.update(id, { title: Goop.esc(title) });
  posts.form('place', { exclude: ['x'], onSave: () => undefined });
  const stop: () => void = Goop.data.subscribe('posts', ({ table }) => console.log(table));
  stop();
  const settings = await Goop.data.config('settings', { theme: 'light' });
  await settings.set('theme', settings.theme + settings.get('other'));
  if (isOwner)
    await Goop.data.createTable('notes', { system_key: true,
      columns: [{ name: 'text', type: 'text', required: true }],
      access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } });
  const list: HTMLElement = Goop.dom('ul', { class: 'list' });
  Goop.list(list, rows, (row) => Goop.dom('li', {}, row.title));
  await Goop.list(list, rows, 'post', { empty: 'None' });
  const card: HTMLElement = await Goop.partial('card', { title });
  Goop.render(card, Goop.ui.time(rows[0]._created_at), Goop.ui.avatar(myId));
  const toast = Goop.ui.toast(card, { duration: 10 });
  toast.error('no');
  Goop.ui.toast('yes').close();
  const name: string | null = await Goop.ui.prompt({ title: 'Name' });
  const yes: boolean = await Goop.ui.confirm(name ?? 'Sure?');
  Goop.ui.dialog(card, { ok: '.ok' }).close();
  await Goop.form.render(card, { table: 'answers', fields: [{ name: 'a', type: 'stepper' }] });
  Goop.peers.subscribe({ onSnapshot: (all) => console.log(all.length, yes) });
  Goop.router.go('index.html');
  await Goop.data.find('posts').catch((error: Goop.GoopError) => error.status);
}
use();
