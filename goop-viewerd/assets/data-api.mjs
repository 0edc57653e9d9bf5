// data-api: the calls of the owner's database.

async function wordsOf(answer) {
  const text = (await answer.text()).trim();
  return text === '' ? `the viewer answered ${answer.status}` : text;
}

// Writes carry an id, so that one that is repeated is applied once.
export async function call(name, request) {
  const answer = await fetch(`/api/data/${name}`, request === undefined ? {} : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!answer.ok) throw Object.assign(new Error(await wordsOf(answer)), { status: answer.status });
  return answer.json();
}

export const exportAddress = (table, format) =>
  `/api/data/export?table=${encodeURIComponent(table)}&format=${format}`;
