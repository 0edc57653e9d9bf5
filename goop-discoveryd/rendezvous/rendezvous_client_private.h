/* wan_private: what the files of wan share. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_PRIVATE_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_PRIVATE_H

#include "goop-discoveryd/announce_timer.h"
#include "goop-discoveryd/rendezvous/rendezvous_client.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"

struct wan_link {
	struct rendezvous_client *wan;
	enum peer_source source;
	char *target; /* the URL as configured, with its login */
	char *url;    /* in normal form, for people */
	struct rendezvous_server *server; /* NULL: it is not known who we are */
	struct server_filter *guard;
	bool is_impossible; /* its address is none */
	bool is_reached;    /* once: its clock is known, and it hears us */
	/* A server of before 7 February 2026, which refuses every key that it
	 * does not know (reference 0.2): it is told the first ones alone. */
	bool is_strict;
	bool is_delta;         /* what it lists holds while its stream lives */
	bool is_listing;       /* between begin and synced */
	bool is_forgotten;     /* down for the TTL: its cursor was dropped */
	struct monotime ended; /* its stream; NEVER: it lives */
	int64_t last_ts_ms;    /* of our messages there: they must grow */
	struct server_row told;
	struct monotime told_at;
	char complaint[RENDEZVOUS_SERVER_SENTENCE_SIZE]; /* logged last */
};

struct rendezvous_client {
	struct rendezvous_client_plan plan;
	struct wan_link links[WAN_SERVERS_MAX];
	size_t count;
	char *self;
	struct announce_timer announce_timer;
	bool is_stopping;
	size_t stopping; /* links that still say goodbye */
	void (*on_stopped)(void *arg);
	void *stop_arg;
};

/* announcement.c: have a message of this type signed, one for all servers whose
 * clocks agree, and published. */
void rendezvous_client_speak(struct rendezvous_client *, const char *type);

/* rendezvous_client_stop's: the goodbye for one server is written (or could not
 * be). */
void rendezvous_client_part(struct wan_link *, struct bytes offline);

extern const struct rendezvous_server_user rendezvous_client_link_user;

#endif
