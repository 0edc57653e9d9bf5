/*
 * scripted_server: an HTTP server on loopback that says what a test tells it
 * to, right or wrong, on the test's own loop.
 */
#ifndef TESTS_UNIT_SUPPORT_SCRIPTED_SERVER_H
#define TESTS_UNIT_SUPPORT_SCRIPTED_SERVER_H

#include <stdbool.h>

#include <event2/event.h>
#include <openssl/types.h>

#include "common/base/bytes.h"

enum { SCRIPTED_CONNECTIONS_MAX = 64, SCRIPTED_REQUEST_SIZE = 48 * 1024 };

struct scripted_server;

struct scripted_connection {
	struct scripted_server *server;
	struct bufferevent *bev; /* NULL: closed */
	bool is_raw;             /* what comes is no request any more */
	unsigned int requests;   /* so far */
};

/* The script: a whole request (head and body), or, once the connection is raw,
 * whatever bytes came; NUL-terminated. */
typedef void scripted_fn(
    struct scripted_connection *, const char *text, size_t len, void *arg);

struct scripted_server {
	struct event_base *base;
	struct event *accept;
	int fd;
	uint16_t port;
	SSL_CTX *tls; /* NULL: none; borrowed */
	bool is_mute; /* accepts, and never reads */
	scripted_fn *script;
	void *arg;
	unsigned int accepted;
	struct scripted_connection connections[SCRIPTED_CONNECTIONS_MAX];
};

/* Listen on address (127.0.0.1 if NULL), port 0 is any. */
void scripted_server_init(struct scripted_server *, struct event_base *,
    const char *address, uint16_t port, scripted_fn *script, void *arg);
void scripted_server_fini(struct scripted_server *);

void scripted_say(struct scripted_connection *, const char *text);
void scripted_say_bytes(struct scripted_connection *, struct bytes);
/* Once everything that was said is out. */
void scripted_close(struct scripted_connection *);
void scripted_close_all(struct scripted_server *);

/* The answer 101 to a request, and the connection is raw from now on. */
void scripted_upgrade(
    struct scripted_connection *, const char *request, const char *headers);

/* A key and a certificate for host (a name or an IPv4 address), signed by
 * itself, and written to path as PEM, if that is not NULL. */
SSL_CTX *scripted_tls(const char *host, const char *path);

/* Bring loopback up. */
void scripted_loopback_up(void);

#endif
