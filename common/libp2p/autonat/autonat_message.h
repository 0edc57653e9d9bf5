/*
 * autonat_message: the messages of AutoNAT v2 (libp2p autonat-v2
 * specification): a client asks a server to dial one of its addresses, and the
 * server proves that it did by a number that only the dialled peer sees. Each
 * is preceded by its length.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_MESSAGE_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_MESSAGE_H

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/multiaddr.h"

#define AUTONAT_PROTOCOL_DIAL "/libp2p/autonat/2/dial-request"
#define AUTONAT_PROTOCOL_BACK "/libp2p/autonat/2/dial-back"

enum {
	AUTONAT_MESSAGE_MAX = 8192,
	AUTONAT_BACK_MAX = 1024,    /* of a message of a dial back */
	AUTONAT_ADDRESSES_MAX = 50, /* of a request; further ones are ignored */
	AUTONAT_DATA_PIECE_MAX = 4096,
	/* What a server asks for before it dials an address that is not the
	 * client's: more than a stranger would gain by the dial. */
	AUTONAT_DATA_MIN = 30000,
	AUTONAT_DATA_MAX = 100000,
	AUTONAT_MORE = 1, /* outcome: the bytes end too early */
};

enum autonat_type {
	AUTONAT_DIAL_REQUEST,
	AUTONAT_DIAL_RESPONSE,
	AUTONAT_DATA_REQUEST,
	AUTONAT_DATA_RESPONSE,
};

/* Of a response as a whole. */
enum autonat_status {
	AUTONAT_INTERNAL_ERROR = 0,
	AUTONAT_REQUEST_REJECTED = 100, /* over a limit, or busy */
	AUTONAT_DIAL_REFUSED = 101,     /* no address that it would dial */
	AUTONAT_OK = 200,
};

/* Of the dial. */
enum autonat_dial_status {
	AUTONAT_DIAL_UNUSED = 0,
	AUTONAT_DIAL_FAILED = 100, /* no connection */
	AUTONAT_BACK_FAILED = 101, /* connected, but no stream */
	AUTONAT_DIALLED = 200,
};

struct autonat_message {
	enum autonat_type type;
	/* DIAL_REQUEST; a malformed address has len 0 and keeps its place. */
	struct multiaddr addresses[AUTONAT_ADDRESSES_MAX];
	size_t address_count;
	uint64_t nonce;
	/* DIAL_RESPONSE; also numbers that are not in the lists. */
	unsigned int status, dial_status;
	uint32_t index;       /* of an address; DATA_REQUEST too */
	uint64_t data_wanted; /* DATA_REQUEST: bytes */
	size_t data_len;      /* DATA_RESPONSE: bytes, of no meaning */
};

/* Append the message. 0 or -ENOBUFS. */
int autonat_message_encode(const struct autonat_message *, struct buffer *to);

/* The first message of input; *ret_len is how many bytes it took. 0;
 * AUTONAT_MORE; -EINVAL; -EMSGSIZE. */
int autonat_message_decode(
    struct bytes input, struct autonat_message *ret, size_t *ret_len);

/* The number that a server brings, and the word by which the client takes it.
 * Outcomes as above. */
int autonat_back_encode(uint64_t nonce, struct buffer *to);
int autonat_back_decode(
    struct bytes input, uint64_t *ret_nonce, size_t *ret_len);
int autonat_back_answer_encode(struct buffer *to);

#endif
