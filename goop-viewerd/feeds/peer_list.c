#include "goop-viewerd/feeds/peer_list.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "proto/field_json.h"

static void
listed_peer_fini(struct listed_peer *peer)
{
	free(peer->peer_id);
	free(peer->json);
}

void
peer_list_fini(struct peer_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		listed_peer_fini(&list->peers[i]);
	free(list->peers);
	*list = (struct peer_list){ 0 };
}

/* Where the peer is, or would be. */
static size_t
place_of(const struct peer_list *list, const char *peer_id)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(list->peers[middle].peer_id, peer_id) < 0)
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
	       strcmp(list->peers[place].peer_id, peer_id) == 0;
}

static char *
encode(const struct viewer_peer *peer)
{
	struct buffer json;
	char *text = NULL;

	buffer_init(&json, PEER_LIST_ROW_MAX);
	if (message_encode_json(&viewer_peer_message, peer, &json) == 0)
		text = xstrndup((const char *)buffer_bytes(&json).data,
		    buffer_bytes(&json).len);
	buffer_fini(&json);
	return text;
}

/* NULL if even the name alone is too much. */
static char *
encode_what_fits(const struct peer_row *row)
{
	struct viewer_peer peer = viewer_peer_of(row);
	char *json = encode(&peer);

	while (json == NULL && peer.row.addresses.count > 0) {
		peer.row.addresses.count--;
		json = encode(&peer);
	}
	if (json == NULL) {
		peer.row.email = viewer_text(NULL);
		peer.row.avatar_hash = viewer_text(NULL);
		peer.row.active_template = viewer_text(NULL);
		json = encode(&peer);
	}
	text_free(peer.last_seen);
	return json;
}

static void
insert(struct peer_list *list, size_t place, struct listed_peer peer)
{
	list->peers =
	    xreallocarray(list->peers, list->count + 1, sizeof(*list->peers));
	memmove(list->peers + place + 1, list->peers + place,
	    (list->count - place) * sizeof(*list->peers));
	list->count++;
	list->peers[place] = peer;
}

const char *
peer_list_put(struct peer_list *list, const struct peer_row *row)
{
	size_t place = place_of(list, row->peer_id);
	bool is_known = is_at(list, place, row->peer_id);
	char *json;

	if (!is_known && list->count == GOOP_PEERS_MAX)
		return NULL;
	json = encode_what_fits(row);
	if (json == NULL)
		return NULL;
	if (is_known) {
		free(list->peers[place].json);
		list->peers[place].json = json;
	} else {
		insert(list, place,
		    (struct listed_peer){ xstrdup(row->peer_id), json });
	}
	return json;
}

bool
peer_list_remove(struct peer_list *list, const char *peer_id)
{
	size_t place = place_of(list, peer_id);

	if (!is_at(list, place, peer_id))
		return false;
	listed_peer_fini(&list->peers[place]);
	list->count--;
	memmove(list->peers + place, list->peers + place + 1,
	    (list->count - place) * sizeof(*list->peers));
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

void
peer_list_print(const struct peer_list *list, struct buffer *out)
{
	size_t i;

	(void)buffer_append(out, bytes_of("["));
	for (i = 0; i < list->count; i++) {
		if (i > 0)
			(void)buffer_append(out, bytes_of(","));
		(void)buffer_append(out, bytes_of(list->peers[i].json));
	}
	(void)buffer_append(out, bytes_of("]"));
}
