/*
 * tls_decoy: answers a TLS ClientHello on a port that speaks plain HTTP. Peers
 * of the original configured with http://HOST:PORT try TLS on that port for
 * their WebSocket, twice a second, and get nothing; only an error text that
 * contains "404" makes them fall back to event streams. The names in the
 * decoy's certificate end up in their error text. A client that verifies
 * certificates gives up there, and one that does not is disconnected.
 */
#ifndef COMMON_HTTP_SERVER_TLS_DECOY_H
#define COMMON_HTTP_SERVER_TLS_DECOY_H

#include <event2/event.h>

#include "common/base/bytes.h"

enum {
	TLS_DECOY_RUNNING_MAX = 64,
	TLS_DECOY_MS = 5 * 1000,     /* for one, from hello to alert */
	TLS_DECOY_INPUT_MAX = 16384, /* bytes of one, hello included */
	TLS_DECOY_BURST = 100,       /* handshakes at once, and then */
	TLS_DECOY_PER_SECOND = 50,   /* so many: each costs a signature */
};

struct tls_decoy;

/* A new key and certificate. NULL if OpenSSL cannot. */
struct tls_decoy *tls_decoy_new(struct event_base *);
void tls_decoy_free(struct tls_decoy *); /* hangs up; NULL is fine */

/* Do these first bytes of a connection begin a TLS handshake? (RFC 8446, 5.1)
 */
bool tls_decoy_is_hello(struct bytes);

/* Take over a connected non-blocking socket; early was read from it. */
void tls_decoy_take(struct tls_decoy *, int fd, struct bytes early);

#endif
