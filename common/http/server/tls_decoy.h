/*
 * tls_decoy: what a port that speaks plain HTTP answers to a TLS ClientHello.
 * Peers of the original that were given http://HOST:PORT speak TLS to that
 * very port for their WebSocket, twice a second, for ever, and receive
 * nothing; only an error text that contains "404" makes them fall back to
 * event streams. The names of the certificate that the decoy shows end up in
 * their error text. No client that verifies certificates gets further than
 * that, and one that does not is hung up on.
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

/* Take over a non-blocking connected socket of which early was read. */
void tls_decoy_take(struct tls_decoy *, int fd, struct bytes early);

#endif
