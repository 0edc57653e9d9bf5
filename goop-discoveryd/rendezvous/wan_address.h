/*
 * wan_address: the addresses of one name, asked from the system (getaddrinfo,
 * so /etc/hosts, mDNS and the rest count too) by a thread of its own, because
 * it may take many seconds. An answer is good for a while, or until somebody
 * found that it leads nowhere.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_ADDRESS_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/queue.h>

#include <event2/event.h>

enum {
	WAN_ADDRESSES_MAX = 8,
	WAN_ADDRESS_FRESH_MS = 60 * 1000,
};

union wan_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* In the order to be tried: the system's, families taking turns (RFC 8305,
 * section 4). */
struct wan_addresses {
	size_t count;
	union wan_address at[WAN_ADDRESSES_MAX];
};

struct wan_names;

/* Somebody who waits; embedded, gone by wan_names_cancel or when told. error is
 * 0 or of getaddrinfo (EAI_...), then addresses is NULL. */
struct wan_asker {
	LIST_ENTRY(wan_asker) link;
	struct wan_names *names; /* NULL: does not wait */
	void (*on_found)(
	    int error, const struct wan_addresses *addresses, void *arg);
	void *arg;
};

/* -errno if there is no eventfd. */
int wan_names_new(struct event_base *, const char *host, uint16_t port,
    struct wan_names **ret);
void wan_names_free(struct wan_names *); /* nobody may wait; NULL is fine */

/* Told from the loop, never from inside. on_found and arg are set before. */
void wan_names_ask(struct wan_names *, struct wan_asker *);
void wan_names_cancel(struct wan_asker *); /* also one that does not wait */

/* The addresses led nowhere: ask again next time. */
void wan_names_forget(struct wan_names *);

#endif
