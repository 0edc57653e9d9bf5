#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "goop-rendezvousd/roster/roster_private.h"

struct roster_cursor
roster_now(const struct roster *roster)
{
	return (
	    struct roster_cursor){ roster->past.epoch, roster->past.version };
}

/* Hexadecimal digits as we print them, and nothing else. */
static int
take_hex(const char **at, unsigned int digits_max, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	unsigned int n;

	*ret = 0;
	for (n = 0; **at != '\0' && n < digits_max; n++, (*at)++) {
		digit = strchr(digits, **at);
		if (digit == NULL)
			break;
		*ret = *ret << 4 | (uint64_t)(digit - digits);
	}
	return n > 0 ? 0 : -EINVAL;
}

int
roster_cursor_parse(const char *text, struct roster_cursor *ret)
{
	uint64_t epoch, version;

	if (take_hex(&text, 8, &epoch) < 0 || *text++ != '-' ||
	    text_parse_u64(bytes_of(text), &version) < 0)
		return -EINVAL;
	*ret = (struct roster_cursor){ (uint32_t)epoch, version };
	return 0;
}

void
roster_cursor_print(
    const struct roster_cursor *cursor, char ret[ROSTER_CURSOR_SIZE])
{
	snprintf(ret, ROSTER_CURSOR_SIZE, "%08" PRIx32 "-%" PRIu64,
	    cursor->epoch, cursor->version);
}

bool
roster_covers(const struct roster *roster, const struct roster_cursor *since)
{
	bool is_unsure = since->version > roster->past.unsure &&
			 since->version <= roster->past.unsure_end;

	return since->epoch == roster->past.epoch &&
	       since->version >= roster->past.floor &&
	       since->version <= roster->past.version && !is_unsure;
}

/* The oldest that is newer than the version; NULL if there is none. */
static const struct roster_row *
first_row(const struct roster *roster, uint64_t version)
{
	const struct roster_row *row, *found = NULL;

	for (row = roster_newest(roster); row != NULL && row->version > version;
	     row = roster_older(row))
		found = row;
	return found;
}

static const struct roster_tombstone *
first_left(const struct roster *roster, uint64_t version)
{
	const struct roster_tombstone *left, *found = NULL;

	for (left = TAILQ_LAST(&roster->left_by_version, roster_tombstones);
	     left != NULL && left->version > version;
	     left = TAILQ_PREV(left, roster_tombstones, next))
		found = left;
	return found;
}

void
roster_since(const struct roster *roster, const struct roster_cursor *since,
    roster_change_fn *visit, void *arg)
{
	const struct roster_row *row = first_row(roster, since->version);
	const struct roster_tombstone *left =
	    first_left(roster, since->version);
	struct roster_change change;
	bool goes_on = true;

	while (goes_on && (row != NULL || left != NULL)) {
		if (left == NULL ||
		    (row != NULL && row->version < left->version)) {
			change = (struct roster_change){ row->version,
				row->peer_id, row, row->ts_ms,
				row->proven_ts_ms, row->text };
			row = roster_newer(row);
		} else {
			change = (struct roster_change){ left->version,
				left->peer_id, NULL, left->ts_ms,
				left->proven_ts_ms, left->text };
			left = TAILQ_NEXT(left, next);
		}
		goes_on = visit(&change, arg);
	}
}

struct roster_past
roster_get_past(const struct roster *roster)
{
	return roster->past;
}

void
roster_set_past(struct roster *roster, const struct roster_past *past)
{
	roster->past = *past;
}

/* Read what was passed on; it may be from another version of ours, or have
 * been tampered with. */
static int
restored_read(const struct roster_restored *restored, struct presence *ret)
{
	if (message_decode_json(
		&presence_server_message, restored->text, ret, NULL) < 0)
		return -EINVAL;
	if (ret->peer_id[0] != '\0' &&
	    strcmp(ret->peer_id, restored->peer_id) == 0 &&
	    strcmp(ret->type, PRESENCE_UPDATE) == 0)
		return 0;
	presence_fini(ret);
	return -EINVAL;
}

static bool
is_known(const struct roster *roster, const char *peer_id)
{
	return roster_find(roster, peer_id) != NULL ||
	       roster_tombstone_find(roster, peer_id) != NULL;
}

int
roster_restore_row(struct roster *roster,
    const struct roster_restored *restored, struct monotime now)
{
	struct presence message;
	struct roster_row *row;

	if (is_known(roster, restored->peer_id) ||
	    restored->version > roster->past.version)
		return -EINVAL;
	if (!roster_has_room(roster, NULL, restored->text.len))
		return -ENOSPC;
	if (restored_read(restored, &message) < 0)
		return -EINVAL;
	row = roster_row_add(roster, message.peer_id, now);
	roster_row_set_text(roster, row, roster_text_of(&message));
	row->version = restored->version;
	row->ts_ms = message.ts_ms;
	row->proven_ts_ms = restored->proven_ts_ms;
	row->first_seen_ms = restored->first_seen_ms;
	row->bytes_sent = restored->bytes_sent;
	row->is_online = restored->is_online;
	row->is_proven = restored->is_proven;
	row->is_restored = true;
	presence_fini(&message);
	return 0;
}

int
roster_restore_left(struct roster *roster, const struct roster_change *change)
{
	if (is_known(roster, change->peer_id) || change->peer_id[0] == '\0' ||
	    change->version > roster->past.version ||
	    strlen(change->peer_id) > RENDEZVOUS_PEER_ID_MAX)
		return -EINVAL;
	roster_tombstone_add(roster, change);
	return 0;
}

int
roster_restore_gone(struct roster *roster,
    const struct roster_restored *restored, int64_t clock_ms)
{
	struct roster_change gone = { ++roster->past.version, restored->peer_id,
		NULL, clock_ms, restored->proven_ts_ms, NULL };

	return roster_restore_left(roster, &gone);
}
