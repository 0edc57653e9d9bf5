/*
 * multistream: multistream-select 1.0, both sides, for connections and for
 * streams. Bytes in, bytes out. The dialer sends first and pipelines header and
 * first proposal; bytes after the agreement belong to the agreed protocol and
 * are left unread.
 */
#ifndef COMMON_LIBP2P_STREAM_MULTISTREAM_H
#define COMMON_LIBP2P_STREAM_MULTISTREAM_H

#include "common/base/buffer.h"

enum {
	MULTISTREAM_HEADER_LEN = 20,    /* each side begins with it */
	MULTISTREAM_FRAME_MAX = 1024,   /* newline included, as go and js */
	MULTISTREAM_PROPOSALS_MAX = 32, /* one negotiation; then it fails */
	MULTISTREAM_OUTPUT_MAX = 4096,
};

enum multistream_state {
	MULTISTREAM_NEGOTIATING,
	MULTISTREAM_AGREED,
	MULTISTREAM_REFUSED, /* dialer: the remote speaks none of ours */
	MULTISTREAM_FAILED,  /* malformed, or too many proposals */
};

struct multistream {
	enum multistream_state state;
	bool is_dialer;
	bool header_seen;
	unsigned int proposals_seen;  /* listener */
	const char *const *protocols; /* borrowed */
	size_t count;
	size_t agreed;        /* index into protocols once AGREED */
	struct buffer output; /* to be sent; the caller consumes it */
	bool (*speaks)(const char *protocol, void *arg); /* listener, or NULL */
	void *speaks_arg;
	char chosen[MULTISTREAM_FRAME_MAX]; /* the protocol once AGREED */
};

/* Propose count protocols in our order until the remote speaks one. All are
 * borrowed until the end. Output is ready at once. */
void multistream_dial(
    struct multistream *, const char *const *protocols, size_t count);

/* Listen, accepting what speaks() accepts. Output is ready at once: the header
 * goes out eagerly. */
void multistream_listen(struct multistream *,
    bool (*speaks)(const char *protocol, void *arg), void *arg);

/* Consume negotiation bytes from the front of input, at most to the agreement.
 * Returns how many bytes were used; check state afterwards. */
size_t multistream_receive(struct multistream *, struct bytes input);

void multistream_fini(struct multistream *);

#endif
