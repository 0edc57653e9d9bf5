#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_private.h"

struct roster_tombstone *
roster_tombstone_find(const struct roster *roster, const char *peer_id)
{
	struct roster_tombstone *left;

	HASH_FIND_STR(roster->left, peer_id, left);
	return left;
}

void
roster_tombstone_remove(struct roster *roster, struct roster_tombstone *left)
{
	HASH_DEL(roster->left, left);
	TAILQ_REMOVE(&roster->left_by_version, left, next);
	shared_text_unref(left->text);
	free(left);
}

void
roster_tombstone_add(struct roster *roster, const struct roster_change *change)
{
	size_t len = strlen(change->peer_id);
	struct roster_tombstone *left;

	left = roster_tombstone_find(roster, change->peer_id);
	if (left != NULL)
		roster_tombstone_remove(roster, left);
	if (HASH_COUNT(roster->left) >= ROSTER_LEFT_MAX) {
		left = TAILQ_FIRST(&roster->left_by_version);
		roster->past.floor = left->version;
		roster_tombstone_remove(roster, left);
	}
	left = xzalloc(sizeof(*left) + len + 1);
	memcpy(left->peer_id, change->peer_id, len);
	left->version = change->version;
	left->ts_ms = change->ts_ms;
	left->proven_ts_ms = change->proven_ts_ms;
	left->text = roster_text_of_left(left->peer_id, left->ts_ms);
	HASH_ADD_STR(roster->left, peer_id, left);
	TAILQ_INSERT_TAIL(&roster->left_by_version, left, next);
}
