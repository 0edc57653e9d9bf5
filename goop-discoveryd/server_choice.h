/* server_choice: which rendezvous servers are used: at the start, after a
 * change of the settings; and trying one that may become the next. */
#ifndef GOOP_DISCOVERYD_SERVER_CHOICE_H
#define GOOP_DISCOVERYD_SERVER_CHOICE_H

#include "goop-discoveryd/discovery.h"

/* Before the sandbox: start the resolver, since a server may be joined at any
 * time; load libcurl, if there is a server. 0, or -errno after having logged
 * why. */
int discovery_prepare_servers(struct discovery *);

/* Make the client of the servers that the configuration names. */
void discovery_open_servers(struct discovery *, struct monotime now);

/* presence.rendezvous_wan may be another one: leave, join. */
void discovery_choose_server(struct discovery *);

#endif
