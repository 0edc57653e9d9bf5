#include "goop-discoveryd/peers/peer_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_addresses.h"
#include "proto/field_json.h"

static int
row_compare_seen(const void *a, const void *b)
{
	const struct peer_row *x = a, *y = b;

	return (x->last_seen_ms < y->last_seen_ms) -
	       (x->last_seen_ms > y->last_seen_ms);
}

/* The file may have been written by another program: its addresses are
 * filtered again. */
static void
peer_cache_take(struct peer_table *table, struct peer_row *row,
    int64_t delay_ms, struct monotime now)
{
	struct peer_id id;

	if (peer_id_parse(row->peer_id, &id) < 0)
		return;
	presence_addresses_filter(
	    &row->addresses, &id, PRESENCE_ADDRESSES_DIAL);
	peer_table_remember(table, row, delay_ms, now);
}

int
peer_cache_decode(struct bytes text, struct peer_table *table,
    struct monotime now, char **why)
{
	struct peers_reply cached;
	struct peer_row *rows;
	size_t i;
	int rc;

	rc = message_decode_json(&peers_reply_message, text, &cached, why);
	if (rc < 0)
		return rc;
	rows = cached.peers.items;
	if (cached.peers.count > 0)
		qsort(
		    rows, cached.peers.count, sizeof(*rows), row_compare_seen);
	for (i = 0; i < cached.peers.count; i++)
		peer_cache_take(table, &rows[i],
		    i < PEER_CACHE_TRIED_MAX
			? (int64_t)i * PEER_CACHE_TRY_GAP_MS
			: -1,
		    now);
	message_fini(&peers_reply_message, &cached);
	return 0;
}

static size_t
peer_table_size(const struct peer_table *table)
{
	const struct peer *peer;
	size_t count = 0;

	for (peer = peer_table_first(table); peer != NULL; peer = peer->hh.next)
		count++;
	return count;
}

size_t
peer_cache_load(int dirfd, struct peer_table *table, struct monotime now)
{
	CLEANUP_FREE uint8_t *data = NULL;
	CLEANUP_FREE char *why = NULL;
	size_t len;
	int rc;

	rc = file_read(
	    dirfd, PEER_CACHE_FILE, PEER_CACHE_BYTES_MAX, &data, &len);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = peer_cache_decode(
		    (struct bytes){ data, len }, table, now, &why);
	if (rc < 0) {
		log_warn("peer cache unreadable, set aside as cache/%s: %s",
		    PEER_CACHE_DAMAGED, why != NULL ? why : strerror(-rc));
		renameat(dirfd, PEER_CACHE_FILE, dirfd, PEER_CACHE_DAMAGED);
		return 0;
	}
	return peer_table_size(table);
}

int
peer_cache_save(int dirfd, const struct peer_table *table)
{
	struct peers_reply reply = { .peers.count = peer_table_size(table) };
	struct buffer buffer;
	struct peer_row *rows;
	const struct peer *peer;
	size_t i = 0;
	int rc;

	/* Rows are borrowed: their members stay the table's. */
	rows = xreallocarray(NULL, reply.peers.count + 1, sizeof(*rows));
	for (peer = peer_table_first(table); peer != NULL;
	     peer = peer->hh.next) {
		rows[i] = peer->row;
		rows[i].way = NULL; /* of this run */
		rows[i++].rtt_us = 0;
	}
	reply.peers.items = rows;
	buffer_init(&buffer, PEER_CACHE_BYTES_MAX);
	rc = message_encode_json(&peers_reply_message, &reply, &buffer);
	if (rc == 0)
		rc = file_replace(
		    dirfd, PEER_CACHE_FILE, buffer_bytes(&buffer), 0600);
	buffer_fini(&buffer);
	free(rows);
	return rc;
}
