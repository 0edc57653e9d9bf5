#include "goop-viewerd/feeds/peer_list.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"

void
peer_list_fini(struct peer_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		message_fini(&peer_row_message, &list->rows[i]);
	free(list->rows);
	*list = (struct peer_list){ 0 };
}

/* Where the peer is, or would be. */
static size_t
place_of(const struct peer_list *list, const char *peer_id)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(list->rows[middle].peer_id, peer_id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct peer_list *list, size_t place, const char *peer_id)
{
	return place < list->count &&
	       strcmp(list->rows[place].peer_id, peer_id) == 0;
}

static bool
row_fits(const struct peer_row *row)
{
	struct viewer_peer peer = viewer_peer_of(row);
	struct buffer json;
	int rc;

	buffer_init(&json, PEER_LIST_ROW_MAX);
	rc = message_encode_json(&viewer_peer_message, &peer, &json);
	buffer_fini(&json);
	free(peer.last_seen);
	return rc == 0;
}

static void
leave_out(char **text)
{
	free(*text);
	*text = NULL;
}

/* First the addresses go, then all but the name. */
static bool
row_make_fit(struct peer_row *row)
{
	struct strings *addresses = &row->addresses;

	while (addresses->count > 0 && !row_fits(row))
		free(addresses->items[--addresses->count]);
	if (row_fits(row))
		return true;
	leave_out(&row->email);
	leave_out(&row->avatar_hash);
	leave_out(&row->active_template);
	return row_fits(row);
}

static struct peer_row *
make_place(struct peer_list *list, size_t place)
{
	if (list->count == GOOP_PEERS_MAX)
		return NULL;
	list->rows =
	    xreallocarray(list->rows, list->count + 1, sizeof(*list->rows));
	memmove(list->rows + place + 1, list->rows + place,
	    (list->count - place) * sizeof(*list->rows));
	list->count++;
	return &list->rows[place];
}

static struct peer_row *
clear_place(struct peer_list *list, size_t place)
{
	message_fini(&peer_row_message, &list->rows[place]);
	return &list->rows[place];
}

const struct peer_row *
peer_list_put(struct peer_list *list, const struct peer_row *row)
{
	size_t place = place_of(list, row->peer_id);
	struct peer_row copy, *to = NULL;

	message_copy(&peer_row_message, row, &copy);
	if (row_make_fit(&copy))
		to = is_at(list, place, row->peer_id) ? clear_place(list, place)
						      : make_place(list, place);
	if (to != NULL)
		*to = copy;
	else
		message_fini(&peer_row_message, &copy);
	return to;
}

bool
peer_list_remove(struct peer_list *list, const char *peer_id)
{
	size_t place = place_of(list, peer_id);

	if (!is_at(list, place, peer_id))
		return false;
	message_fini(&peer_row_message, &list->rows[place]);
	list->count--;
	memmove(list->rows + place, list->rows + place + 1,
	    (list->count - place) * sizeof(*list->rows));
	return true;
}

void
peer_list_replace(struct peer_list *list, const struct peers_reply *reply)
{
	const struct peer_row *rows = reply->peers.items;
	size_t i;

	peer_list_fini(list);
	for (i = 0; i < reply->peers.count; i++)
		(void)peer_list_put(list, &rows[i]);
}

struct viewer_peers
peer_list_view(const struct peer_list *list)
{
	struct viewer_peer *peers =
	    xreallocarray(NULL, list->count + 1, sizeof(*peers));
	size_t i;

	for (i = 0; i < list->count; i++)
		peers[i] = viewer_peer_of(&list->rows[i]);
	return (struct viewer_peers){ { peers, list->count } };
}

void
peer_list_view_free(struct viewer_peers *view)
{
	struct viewer_peer *peers = view->peers.items;
	size_t i;

	for (i = 0; i < view->peers.count; i++)
		free(peers[i].last_seen);
	free(peers);
}
