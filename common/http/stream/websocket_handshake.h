/*
 * websocket_handshake: the HTTP side of a WebSocket's beginning (RFC 6455,
 * section 4), as server and as client. Header values in, header values out.
 */
#ifndef COMMON_HTTP_STREAM_WEBSOCKET_HANDSHAKE_H
#define COMMON_HTTP_STREAM_WEBSOCKET_HANDSHAKE_H

#include <stdbool.h>

#include "common/base/bytes.h"

enum {
	WEBSOCKET_KEY_SIZE = 25,    /* 16 bytes in base64, a NUL */
	WEBSOCKET_ACCEPT_SIZE = 29, /* 20 bytes in base64, a NUL */
};

/* The client's headers; NULL: not sent. Borrowed. */
struct websocket_request {
	bool is_get; /* of HTTP/1.1 */
	const char *host;
	const char *origin;
	const char *connection;
	const char *upgrade;
	const char *version;
	const char *key;
};

/* Refusals, each with its answer. */
enum websocket_refusal {
	WEBSOCKET_MALFORMED = 1, /* 400, with Sec-WebSocket-Version: 13 */
	WEBSOCKET_VERSION,       /* 426, the same header, Upgrade: websocket */
	WEBSOCKET_FOREIGN        /* 403: the page is of another host */
};

/*
 * 0 with the value of Sec-WebSocket-Accept, or an enum websocket_refusal. A
 * page is accepted if its Origin is the requested host; a client without an
 * Origin is not a page. Subprotocols and extensions are not accepted.
 */
int websocket_handshake_answer(
    const struct websocket_request *, char ret_accept[WEBSOCKET_ACCEPT_SIZE]);

/* The status of a refusal. */
int websocket_refusal_status(int refusal);

/* Client: a random key, and the accept value that the server must answer. */
void websocket_key_make(char key[WEBSOCKET_KEY_SIZE]);
void websocket_accept_make(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE]);

/* Client: does an answer 101 with these headers open the WebSocket? */
bool websocket_handshake_is_accepted(const char *key, const char *upgrade,
    const char *connection, const char *accept);

#endif
