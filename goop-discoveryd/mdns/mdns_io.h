/*
 * mdns_io: the mDNS machine joined to the network: a socket for each interface
 * and family, the watch over interfaces that come, go and change, and a timer.
 * Without any network it waits for one.
 */
#ifndef GOOP_DISCOVERYD_MDNS_MDNS_IO_H
#define GOOP_DISCOVERYD_MDNS_MDNS_IO_H

#include <event2/event.h>

#include "common/libp2p/mdns/mdns.h"

enum {
	MDNS_IO_BATCH = 32,   /* packets of a socket per loop turn */
	MDNS_IO_BURST = 1000, /* packets of an interface at once, and then */
	MDNS_IO_PER_SECOND = 300, /* so many; more are dropped unread */
	MDNS_IO_RETRY_MS = 2000,  /* a socket that could not be opened */
};

struct mdns_io_user {
	void (*on_found)(const struct mdns_found *, void *arg);
	void (*on_lost)(const struct peer_id *, void *arg);
	void (*on_double)(void *arg);  /* another machine has our key */
	void (*on_network)(void *arg); /* the interfaces changed */
};

struct mdns_io;

/* Open the watch over interfaces. 0, -EINVAL (the tag is no name), -errno. */
int mdns_io_new(struct event_base *, const char *tag,
    const struct mdns_io_user *, void *arg, struct mdns_io **ret);
void mdns_io_free(struct mdns_io *);

/* Begin: open sockets, ask, announce. */
void mdns_io_start(struct mdns_io *);

void mdns_io_set_self(struct mdns_io *, const struct peer_id *, uint16_t port);
void mdns_io_resume(struct mdns_io *); /* from a suspend */
void mdns_io_tell_all(struct mdns_io *);
void mdns_io_stop(struct mdns_io *); /* goodbye */

/* Is the peer heard on any interface? */
bool mdns_io_knows(const struct mdns_io *, const struct peer_id *);

/* The names of the interfaces in use, e.g. "eth0 wlan0"; "" if there are none.
 */
const char *mdns_io_interface_names(const struct mdns_io *);

#endif
