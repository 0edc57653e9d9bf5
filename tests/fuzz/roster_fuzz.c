/*
 * What strangers publish, into the roster. Each line is a message; its first
 * byte says from where, on which WebSocket, when. Two rosters hear it, one of
 * them by the short way where that will do: they must agree, and what they
 * tell must be readable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/presence/presence_judge.h"
#include "goop-rendezvousd/roster/roster.h"
#include "proto/field_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum {
	SESSIONS = 2,
	TOLD_MAX = 1 << 20,
	LINES_MAX = 64,
	FORGED = 8, /* counts as proven: no fuzzer finds a signature */
};

struct world {
	struct roster *roster;
	struct roster_session *sessions[SESSIONS];
	struct client_address addresses[2];
	struct buffer told;
	struct monotime now;
	int64_t clock_ms;
	bool is_short; /* tries the short way */
};

static void
on_event(enum roster_event event, const struct roster_row *row,
    struct shared_text *text, void *arg)
{
	struct world *world = arg;
	struct presence said;

	if (message_decode_json(&presence_server_message,
		shared_text_bytes(text), &said, NULL) < 0)
		bug("told what cannot be read: %s", text->data);
	if (strcmp(said.peer_id, row->peer_id) != 0 ||
	    said.verification_token != NULL || said.target != NULL)
		bug("told what is not to be told: %s", text->data);
	presence_fini(&said);
	(void)buffer_printf(&world->told, "%d %s\n", event, text->data);
}

static const struct roster_user user = { on_event, NULL };

static void
begin(struct world *world, bool is_short)
{
	static const char *const ids[SESSIONS] = { "a",
		"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5" };
	size_t i;

	memset(world, 0, sizeof(*world));
	world->roster = roster_new(4, &user, world);
	world->addresses[0].octets[0] = 1;
	world->addresses[1].octets[0] = 2;
	world->clock_ms = 1700000000000;
	world->is_short = is_short;
	buffer_init(&world->told, TOLD_MAX);
	for (i = 0; i < SESSIONS; i++)
		world->sessions[i] = roster_session_begin(
		    world->roster, ids[i], &world->addresses[i]);
}

static void
hear(struct world *world, uint8_t how, struct bytes json)
{
	struct roster_session *session =
	    (how & 1) != 0 ? world->sessions[how >> 1 & 1] : NULL;
	struct presence_source source = { .channel = PRESENCE_BY_PUBLISHER,
		.clock_ms = world->clock_ms };
	struct roster_heard heard = { .from = &world->addresses[how >> 2 & 1],
		.session = session,
		.now = world->now,
		.clock_ms = world->clock_ms };
	struct presence_heard checked;
	const char *why;

	if (session != NULL) {
		source.session_peer_id = roster_session_peer_id(session);
		source.is_trusted = roster_session_is_trusted(session);
		if (world->is_short && (how & FORGED) == 0 &&
		    roster_hear_same(world->roster, json, &heard))
			return;
	}
	if (presence_judge(json, &source, &checked, &why) != PRESENCE_HEARD)
		return;
	heard.message = &checked.presence;
	heard.proof = checked.proof;
	if ((how & FORGED) != 0 && heard.proof == PRESENCE_UNPROVEN)
		heard.proof = PRESENCE_PROVEN;
	(void)roster_hear(world->roster, &heard);
	presence_heard_fini(&checked);
}

static void
pass(struct world *world, uint8_t how)
{
	int64_t ms = (how >> 4) * (how >> 4) * 50;

	world->now = monotime_add_ms(world->now, ms);
	world->clock_ms += ms;
	roster_run(world->roster, world->now, world->clock_ms);
}

static bool
count(const struct roster_change *change, void *arg)
{
	size_t *rows = arg;

	*rows += change->row != NULL;
	return true;
}

static void
end(struct world *world)
{
	struct roster_cursor start = roster_now(world->roster);
	size_t rows = 0;

	start.version = 0;
	roster_since(world->roster, &start, count, &rows);
	if (rows != roster_count(world->roster))
		bug("not all rows are among what changed");
	roster_free(world->roster);
	buffer_fini(&world->told);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world one, other;
	const uint8_t *stop;
	struct bytes line;
	int lines;

	begin(&one, true);
	begin(&other, false);
	for (lines = 0; size > 1 && lines < LINES_MAX; lines++) {
		stop = memchr(data + 1, '\n', size - 1);
		line.data = data + 1;
		line.len = stop == NULL ? size - 1 : (size_t)(stop - line.data);
		pass(&one, data[0]);
		pass(&other, data[0]);
		hear(&one, data[0], line);
		hear(&other, data[0], line);
		size -= line.len + 1 + (stop != NULL);
		data = line.data + line.len + (stop != NULL);
	}
	if (!bytes_equal(buffer_bytes(&one.told), buffer_bytes(&other.told)))
		bug("the short way says %.*s the long one %.*s",
		    (int)one.told.len, buffer_bytes(&one.told).data,
		    (int)other.told.len, buffer_bytes(&other.told).data);
	end(&one);
	end(&other);
	return 0;
}
