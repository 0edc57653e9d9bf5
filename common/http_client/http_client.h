/*
 * http_client: requests to one http or https server, by libcurl on the event
 * loop: its name looked up by the resolver, through a proxy if the environment
 * says so, TLS 1.2 or later for https, connections kept for the next request.
 * An answer is a short text, or a stream that goes on until one side ends it.
 * All waiting has a deadline, all that comes a limit. Redirects are the
 * caller's.
 */
#ifndef COMMON_HTTP_CLIENT_HTTP_CLIENT_H
#define COMMON_HTTP_CLIENT_HTTP_CLIENT_H

#include <event2/event.h>

#include "common/base/bytes.h"
#include "common/http/syntax/http_url.h"

struct resolver;

enum {
	HTTP_CLIENT_CONNECT_MS = 15 * 1000, /* name, TCP, proxy and TLS */
	HTTP_CLIENT_ANSWER_MS = 10 * 1000,
	HTTP_CLIENT_HEAD_MAX = 16 * 1024,   /* of an answer, 1xx included */
	HTTP_CLIENT_TEXT_SIZE = 201,        /* what is kept of a short text */
	HTTP_CLIENT_TEXT_MAX = 64 * 1024,   /* what is read of it */
	HTTP_CLIENT_QUEUE_MAX = 256 * 1024, /* what the server does not read */
	HTTP_CLIENT_SENTENCE_SIZE = 256,
	HTTP_CLIENT_PATIENCE_FULL = 100,
};

/* What the process needs: libcurl and the system's certificates; while it still
 * may read them. 0 or -errno. */
int http_client_open(void);

struct http_client;

/* For the server at url. The resolver is borrowed. 0, or -EINVAL: the host is
 * no name of the DNS (RFC 5891). */
int http_client_new(struct event_base *, struct resolver *,
    const struct http_url *url, struct http_client **ret);
/* All transfers are freed before. NULL is fine. */
void http_client_free(struct http_client *);

/* The server is on this machine: its certificate is not checked, since the
 * bytes do not leave the machine. */
void http_client_set_local(struct http_client *);
/* All deadlines in percent; for tests. */
void http_client_set_patience(struct http_client *, int64_t percent);
/* With the host in ASCII; borrowed. */
const struct http_url *http_client_url(const struct http_client *);
/* The network is another one: forget addresses and kept connections. No
 * transfer is under way. */
void http_client_reset(struct http_client *);

/* --- one request and its answer */

struct http_transfer;

enum http_transfer_wish {
	HTTP_TRANSFER_SHORT,  /* the body is a text for people */
	HTTP_TRANSFER_STREAM, /* pass the body on as it comes */
	HTTP_TRANSFER_WRONG,  /* end it */
};

/* Called from the loop. */
struct http_transfer_user {
	/* The head is there. Of a STREAM, *silence_ms is to be set: after so
	 * long without a byte it is dead. After 101 the stream is whatever
	 * bytes come. */
	enum http_transfer_wish (*on_head)(
	    struct http_transfer *, int64_t *silence_ms, void *arg);

	/* Bytes of a STREAM; false: end it. */
	bool (*on_bytes)(struct bytes, void *arg);

	/* Everything that was sent of a STREAM is with the kernel; false: end
	 * it. */
	bool (*on_drained)(void *arg);

	/* It is over, and may be freed. sentence NULL: the answer is complete,
	 * text is the beginning of it ("" if it was WRONG or ended by
	 * on_bytes); else why there is none. */
	void (*on_over)(const char *sentence, const char *text, void *arg);
};

struct http_request {
	const char *method, *path;  /* path: after the URL's own */
	const char *const *headers; /* "Name: value", to NULL */
	struct bytes body;
	bool is_upgrade; /* to another protocol, by 101 (RFC 9110, 7.8) */
	bool is_stream;  /* on a connection of its own, not kept */
};

/* Ask; everything is copied. Host and User-Agent are added. */
struct http_transfer *http_transfer_new(struct http_client *,
    const struct http_request *, const struct http_transfer_user *, void *arg);

/* From each callback but the transfer's own on_head, on_bytes, on_drained. NULL
 * is fine. */
void http_transfer_free(struct http_transfer *);

/* Of an answer whose head is there. The value of a header, of several the
 * first, borrowed until the next call; NULL if there is none. */
int http_transfer_status(const struct http_transfer *);
const char *http_transfer_header(struct http_transfer *, const char *name);

/* Was the server reached, as far as HTTP? */
bool http_transfer_has_reached(const struct http_transfer *);
/* Of a transfer that is over: the server was reached, and then fell silent for
 * longer than it may. */
bool http_transfer_is_late(const struct http_transfer *);
/* Of a transfer that is over: the status with which a proxy refused to connect
 * us; 0: it did not. */
int http_transfer_proxy_status(const struct http_transfer *);

/* During a STREAM after 101: send bytes. -ENOBUFS if too much waits already. */
int http_transfer_send(struct http_transfer *, struct bytes);
size_t http_transfer_queued(const struct http_transfer *);

/* The socket, or -1. */
int http_transfer_fd(const struct http_transfer *);

#endif
