/* server_list: the rendezvous servers that this peer uses. Bookkeeping only. */
#ifndef GOOP_VIEWERD_FEEDS_SERVER_LIST_H
#define GOOP_VIEWERD_FEEDS_SERVER_LIST_H

#include "proto/discovery_ops.h"

/* In what order goop-discoveryd tells them. For servers_reply_message. */
struct server_list {
	struct servers_reply reply;
};

void server_list_fini(struct server_list *);

/* Copy rows in the place of all. */
void server_list_replace(struct server_list *, const struct servers_reply *);

/* Copy a row in: the own server's, or the other's. False: it is one too many.
 */
bool server_list_put(struct server_list *, const struct server_row *);

#endif
