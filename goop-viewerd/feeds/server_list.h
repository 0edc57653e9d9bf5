/* server_list: the rendezvous servers that this peer uses. Bookkeeping only. */
#ifndef GOOP_VIEWERD_FEEDS_SERVER_LIST_H
#define GOOP_VIEWERD_FEEDS_SERVER_LIST_H

#include "proto/discovery_ops.h"

/* In goop-discoveryd's order. For servers_reply_message. */
struct server_list {
	struct servers_reply reply;
};

void server_list_fini(struct server_list *);

/* Replace all rows by copies of these. */
void server_list_replace(struct server_list *, const struct servers_reply *);

/* Add or replace the row of the own server, or of the other. False: there are
 * too many. */
bool server_list_put(struct server_list *, const struct server_row *);

#endif
