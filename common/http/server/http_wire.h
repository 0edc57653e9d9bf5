/*
 * http_wire: a non-blocking connection that its owner reads and writes
 * directly, plain or through TLS. It has almost no buffers and no events: the
 * owner waits for fd. Reads are of at least HTTP_WIRE_READ, or go on until
 * -EAGAIN: what is left of a TLS record makes no socket readable.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_WIRE_H
#define COMMON_HTTP_SERVER_HTTP_WIRE_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { HTTP_WIRE_READ = 16 * 1024 }; /* a TLS record (RFC 8446, 5.1) */

struct http_wire;

/* The operations; one table for plain sockets, one for TLS. */
struct http_wire_kind {
	ssize_t (*read)(struct http_wire *, void *to, size_t len);
	ssize_t (*writev)(struct http_wire *, const struct iovec *, int count);
	bool (*is_unsent)(const struct http_wire *);
	void (*shutdown)(struct http_wire *);
	void (*close)(struct http_wire *);
};

struct http_wire {
	const struct http_wire_kind *kind; /* NULL: there is no connection */
	void *session;                     /* of TLS, else NULL */
	int fd;
};

/* A plain connection over a non-blocking socket, which it takes. */
void http_wire_init(struct http_wire *, int fd);

/* The number of bytes read; 0 at the end; -EAGAIN if there are none, or
 * -errno. */
ssize_t http_wire_read(struct http_wire *, void *to, size_t len);

/*
 * The number of bytes taken, perhaps not all; -EAGAIN if none, or -errno. After
 * -EAGAIN other bytes may be written instead. Never raises SIGPIPE.
 */
ssize_t http_wire_writev(struct http_wire *, const struct iovec *, int count);

/*
 * Does the session hold bytes that the socket has not taken (TLS)? Then wait
 * until it is writable and write again, also with count 0.
 */
bool http_wire_is_unsent(const struct http_wire *);

/* End the writing half; reading may go on. */
void http_wire_shutdown(struct http_wire *);

/* Free everything; the events of fd must be gone. Twice is fine. */
void http_wire_close(struct http_wire *);

#endif
