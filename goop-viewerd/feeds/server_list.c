#include "goop-viewerd/feeds/server_list.h"

#include <string.h>

#include "common/base/xalloc.h"

void
server_list_fini(struct server_list *list)
{
	message_fini(&servers_reply_message, &list->reply);
}

void
server_list_replace(struct server_list *list, const struct servers_reply *reply)
{
	server_list_fini(list);
	message_copy(&servers_reply_message, reply, &list->reply);
}

/* Where the server is, or would be: there is one of each kind. */
static size_t
place_of(const struct server_list *list, const struct server_row *row)
{
	const struct server_row *rows = list->reply.servers.items;
	size_t i;

	for (i = 0; i < list->reply.servers.count; i++)
		if (rows[i].is_own == row->is_own)
			break;
	return i;
}

bool
server_list_put(struct server_list *list, const struct server_row *row)
{
	struct records *servers = &list->reply.servers;
	size_t place = place_of(list, row);
	struct server_row *rows;

	if (place == GOOP_SERVERS_MAX)
		return false;
	if (place == servers->count) {
		servers->items = xreallocarray(
		    servers->items, servers->count + 1, sizeof(*rows));
		rows = servers->items;
		memset(&rows[servers->count++], 0, sizeof(*rows));
	}
	rows = servers->items;
	message_fini(&server_row_message, &rows[place]);
	message_copy(&server_row_message, row, &rows[place]);
	return true;
}
