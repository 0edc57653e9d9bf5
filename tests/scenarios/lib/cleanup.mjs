// What a test made is taken away in reverse order: first the peer, then its
// directory, then its network.
const stacks = new WeakMap();

// Call undo (it may be async) when the test t ends.
export function cleanup(t, undo) {
	if (!stacks.has(t)) {
		const stack = [];
		stacks.set(t, stack);
		t.after(async () => {
			for (const step of stack.reverse())
				await step();
		});
	}
	stacks.get(t).push(undo);
}
