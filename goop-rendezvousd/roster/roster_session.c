#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_private.h"

struct roster_session *
roster_session_begin(struct roster *roster, const char *peer_id,
    const struct client_address *from)
{
	size_t len = strlen(peer_id);
	struct roster_session *session = xzalloc(sizeof(*session) + len + 1);
	struct roster_row *row = roster_row_find(roster, peer_id);

	memcpy(session->peer_id, peer_id, len);
	session->from = client_address_network(from);
	LIST_INSERT_HEAD(&roster->sessions, session, next);
	/* Whoever published from there came back, or now opens what it will
	 * publish on. */
	if (row != NULL && !row->is_proven &&
	    client_address_equal(&row->from, &session->from))
		roster_row_own(roster, row, session);
	roster_tell_connected(roster);
	return session;
}

void
roster_session_end(struct roster *roster, struct roster_session *session,
    bool is_clean, struct monotime now, int64_t clock_ms)
{
	struct roster_row *row = session->row;

	LIST_REMOVE(session, next);
	free(session);
	if (row == NULL)
		return;
	row->owner = NULL;
	if (is_clean) {
		roster_retire(roster, row, NULL, clock_ms);
		return;
	}
	row->is_lost = true;
	row->lost = now;
	TAILQ_INSERT_TAIL(&roster->by_lost, row, by_lost);
}

const char *
roster_session_peer_id(const struct roster_session *session)
{
	return session->peer_id;
}

bool
roster_session_is_trusted(const struct roster_session *session)
{
	return session->is_trusted;
}
