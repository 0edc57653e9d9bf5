/*
 * rendezvous_server: one rendezvous server as its client sees it: a stream of
 * what others publish, and a way to publish. It chooses the transport
 * (WebSocket, where that is refused Server-Sent Events and POST), keeps
 * deadlines, comes back after failures (docs/rendezvous-1.1.md), and never
 * blocks the loop. It does not know what a presence message means, only the
 * frame that delta mode puts around them.
 *
 * Callbacks come from the event loop, never from inside a call of the owner.
 * The owner may call any function here from any callback, except
 * rendezvous_server_stop() and rendezvous_server_free().
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_H

#include <event2/event.h>

#include "common/base/bytes.h"
#include "common/base/monotime.h"
#include "goop-discoveryd/rendezvous/server_relay.h"

struct rendezvous_server;

enum {
	RENDEZVOUS_SERVER_URL_SIZE = 544,
	RENDEZVOUS_SERVER_CURSOR_SIZE = 65,
	RENDEZVOUS_SERVER_SENTENCE_SIZE = 256,
	RENDEZVOUS_SERVER_MESSAGE_MAX = 32 * 1024, /* bytes, either way */
};

struct rendezvous_server_user {
	/* A stream is open. is_ours: the server speaks rendezvous 1.1. */
	void (*on_up)(bool is_ours, int64_t clock_offset_ms, void *arg);

	/* The stream ended, or could not be opened; it is tried again. The
	 * sentence is for people. Called once for each time that changed. */
	void (*on_down)(const char *sentence, void *arg);

	/* The server should hear of us now: it was just reached, or it forgot
	 * us. Make a fresh message (a new ts) and publish it, now or soon. */
	void (*on_wanted)(void *arg);

	/* One message that a peer published; JSON that is not checked yet, at
	 * most RENDEZVOUS_SERVER_MESSAGE_MAX bytes; borrowed. */
	void (*on_message)(struct bytes json, void *arg);

	/* Delta mode only. What follows is all peers (is_full: a peer that does
	 * not come before on_synced may be gone), or what changed since the
	 * last cursor. */
	void (*on_begin)(bool is_full, void *arg);
	void (*on_synced)(const char *cursor, void *arg);

	/* Delta mode only: bytes came, so for this server each peer that was
	 * online still is. At most once a second. */
	void (*on_alive)(void *arg);

	/* The relay beside the server changed; peer_id NULL: it has none. */
	void (*on_relay)(const struct relay_info *, void *arg);

	/* The server answered, and refuses: status of HTTP and a sentence for
	 * people, for example of a publish with 400, 403 or 429. True: the
	 * owner publishes another message instead, so that it is no error. */
	bool (*on_refused)(int status, const char *sentence, void *arg);
};

struct rendezvous_server_plan {
	const char *url;           /* as configured: http or https */
	const char *peer_id;       /* ours */
	struct resolver *resolver; /* borrowed */
	const struct rendezvous_server_user *user;
	void *arg;
};

/* Everything is copied except user and resolver. http_client_open() was called
 * before. 0, or -EINVAL: not a URL of http or https with a host; nothing
 * happens before the loop runs. */
int rendezvous_server_new(struct event_base *,
    const struct rendezvous_server_plan *plan, struct rendezvous_server **ret);

/* The server is on this machine: its certificate, which is made for the name
 * that other machines use, is not checked, since the bytes do not leave the
 * machine. Call right after rendezvous_server_new(). */
void rendezvous_server_set_local(struct rendezvous_server *);

/* Cuts everything at once. NULL is fine; not from inside a callback. */
void rendezvous_server_free(struct rendezvous_server *);

/* Deadlines, and waits that no server asked for, in percent; for tests. Right
 * after rendezvous_server_new. */
void rendezvous_server_set_patience(
    struct rendezvous_server *, int64_t percent);

/*
 * Publish this: over the WebSocket if there is one, else by POST. A message
 * that still waits is replaced: presence is a state. While the server cannot be
 * reached nothing is sent; on_wanted comes when it can. -EMSGSIZE over
 * RENDEZVOUS_SERVER_MESSAGE_MAX.
 */
int rendezvous_server_publish(struct rendezvous_server *, struct bytes json);

/* Forget the cursor: the next stream begins with all peers. For an owner that
 * forgot the peers of this server while it was away. */
void rendezvous_server_forget_cursor(struct rendezvous_server *);

/* Interfaces or addresses of this machine changed: if the connection's own
 * address is gone, or there is none, try again now. */
void rendezvous_server_network_changed(struct rendezvous_server *);

/* How much the server's clock is ahead of ours, as its last answer said; 0 as
 * long as none did. In milliseconds, true to a second or so. */
int64_t rendezvous_server_clock_offset_ms(const struct rendezvous_server *);

/*
 * Leave: publish offline (may be empty: then nothing), close in order, then
 * call done from the loop; after at most RENDEZVOUS_SERVER_STOP_MS in any case.
 * No other callback comes any more. Free it then, also from inside done.
 */
enum { RENDEZVOUS_SERVER_STOP_MS = 700 };
void rendezvous_server_stop(struct rendezvous_server *, struct bytes offline,
    void (*done)(void *arg), void *arg);

/* --- for status rows */

enum server_transport {
	SERVER_TRANSPORT_NONE,
	SERVER_TRANSPORT_WEBSOCKET,
	SERVER_TRANSPORT_EVENTS
};
const char *server_transport_name(enum server_transport); /* "websocket", ... */

struct rendezvous_server_state {
	char
	    url[RENDEZVOUS_SERVER_URL_SIZE]; /* in normal form, without login */
	enum server_transport transport;     /* NONE: there is no stream now */
	bool is_ours, is_delta;
	struct monotime since;    /* it has been so */
	struct monotime next_try; /* NEVER: none is waiting */
	int64_t clock_offset_ms;
	/* Why there is no stream, or why the last publish was refused; empty
	 * if all is well. Printable. */
	char last_error[RENDEZVOUS_SERVER_SENTENCE_SIZE];
};
void rendezvous_server_state(
    const struct rendezvous_server *, struct rendezvous_server_state *ret);

#endif
