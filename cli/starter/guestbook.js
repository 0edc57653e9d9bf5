// A guestbook in one table of this site's database. Whoever visits may read it
// and sign; who signed may change or delete the own entries, the owner of the
// site may delete any. That is not decided here but by the table's rules, on the
// owner's computer: this script only shows the buttons that will work.
(async () => {
	'use strict';
	const TABLE = 'guestbook';
	const PAGE = 50;
	// No longer than the form lets an entry be. A few of a megabyte each, sent by
	// another program, would be more than one answer may hold: nobody could read.
	const WHERE = "length(message) <= 2000 AND length(ifnull(name, '')) <= 300";
	// The same as schemas/guestbook.json, from which the table is made at start.
	const SCHEMA = {
		columns: [
			{ name: 'name', type: 'text' },
			{ name: 'message', type: 'text', required: true },
		],
		access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' },
		system_key: true,
	};

	const { data, dom } = Goop;
	const find = (id) => document.getElementById(id);
	const list = find('entries');
	const shown = new Map(); // _id -> { row, element, isEdited }
	let me, wanted = PAGE, isFirst = true;

	// --- one entry

	function button(label, onclick, name) {
		return dom('button', { type: 'button', class: name, onclick }, label);
	}

	async function attempt(problem, work) {
		problem.textContent = '';
		try {
			await work();
			return true;
		} catch (error) {
			problem.textContent = error.message;
			return false;
		}
	}

	function edit(entry) {
		const text = dom('textarea', { rows: 3, maxlength: 2000,
			'aria-label': 'Your message', value: entry.row.message });
		const problem = dom('p', { class: 'problem', role: 'alert' });
		const done = () => {
			entry.isEdited = false;
			shown.delete(entry.row._id);
			const fresh = add(entry.row);
			entry.element.replaceWith(fresh.element);
			fresh.element.querySelector('button')?.focus();
		};
		const save = async () => {
			const message = text.value.trim();
			if (message !== '' && await attempt(problem, () =>
				data.update(TABLE, entry.row._id, { message }))) {
				entry.row = { ...entry.row, message };
				done();
			}
		};
		entry.isEdited = true;
		entry.element.querySelector('.message').replaceWith(dom('div', { class: 'edit' },
			text, problem, dom('div', { class: 'buttons' },
				button('Save', save, 'save'), button('Cancel', done))));
		entry.element.querySelector('.tools').replaceChildren();
		text.focus();
	}

	async function remove(entry) {
		if (!await Goop.ui.confirm({ title: 'Delete this entry?', okLabel: 'Delete',
			message: entry.row.message.slice(0, 120), danger: true }))
			return;
		if (await attempt(find('problem'), () => data.remove(TABLE, entry.row._id))) {
			list.focus({ preventScroll: true }); // its button goes
			await refresh();
		}
	}

	function add(row) {
		const isMine = row._owner === me.myId;
		const entry = { row, isEdited: false };
		const marks = [isMine && 'you', row._owner === me.hostId && 'owner of this site']
			.filter(Boolean).map((mark) => dom('span', { class: 'mark' }, mark));
		const name = row.name || 'Anonymous';
		const avatar = Goop.ui.avatar(row._owner, { size: 40 });
		avatar.title = row._owner; // a name can be anybody's, this cannot
		entry.element = dom('li', { class: 'entry', data: { id: row._id } }, avatar,
			dom('div', { class: 'by' }, dom('strong', {}, name),
				Goop.ui.time(row._created_at), marks),
			dom('p', { class: 'message' }, row.message),
			dom('div', { class: 'tools' },
				isMine && button('Edit', () => edit(entry)),
				(isMine || me.isOwner) && button('Delete', () => remove(entry))));
		shown.set(row._id, entry);
		return entry;
	}

	// --- all of them

	const isSame = (a, b) => a.message === b.message && a.name === b.name;

	function show(rows) {
		const ids = new Set(rows.map((row) => row._id));
		for (const [id, { element, isEdited }] of shown)
			if (!ids.has(id) && !isEdited) {
				element.remove();
				shown.delete(id);
			}
		let before = null; // the element above
		for (const row of rows) {
			let entry = shown.get(row._id);
			if (!entry || !entry.isEdited && !isSame(entry.row, row)) {
				entry?.element.remove();
				const isNew = !entry && !isFirst;
				entry = add(row);
				entry.element.classList.toggle('new', isNew);
			}
			const place = before ? before.nextSibling : list.firstChild;
			if (place !== entry.element)
				list.insertBefore(entry.element, place);
			before = entry.element;
		}
		isFirst = false;
		list.setAttribute('aria-live', 'polite'); // from here on, what is new
	}

	async function read() {
		const options = { where: WHERE, order: '_id DESC', limit: wanted + 1 };
		try {
			return await data.find(TABLE, options);
		} catch (error) {
			if (error.status !== 404 || !me.isOwner)
				throw error;
			await data.createTable(TABLE, SCHEMA);
			return data.find(TABLE, options);
		}
	}

	async function refresh() {
		try {
			const rows = (await read()).sort((a, b) => b._id - a._id);
			show(rows.slice(0, wanted));
			find('older').hidden = rows.length <= wanted;
			find('state').textContent = rows.length ? '' : 'No entries yet. Be the first!';
		} catch (error) {
			find('state').textContent = error.status === 404 ?
				'This guestbook is not open yet.' :
				`The guestbook cannot be read now: ${error.message}`;
		}
	}

	// --- signing

	find('sign').addEventListener('submit', async (event) => {
		event.preventDefault();
		const message = find('message').value.trim();
		const send = event.target.querySelector('button');
		if (message === '')
			return;
		send.disabled = true;
		if (await attempt(find('problem'), () => data.insert(TABLE,
			{ name: find('name').value.trim(), message }))) {
			find('message').value = '';
			await refresh();
		}
		send.disabled = false;
	});

	find('older').addEventListener('click', () => {
		wanted += PAGE;
		refresh();
	});

	try {
		me = await Goop.peer();
	} catch (error) {
		find('state').textContent = `The guestbook cannot be opened: ${error.message}`;
		return;
	}
	find('name').value ||= me.label ?? '';
	await refresh();
	data.subscribe?.(TABLE, refresh);
})();
