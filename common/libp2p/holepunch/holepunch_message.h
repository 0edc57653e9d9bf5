/*
 * holepunch_message: the messages of /libp2p/dcutr (DCUtR specification). Pure:
 * bytes to structs, and back.
 */
#ifndef COMMON_LIBP2P_HOLEPUNCH_HOLEPUNCH_MESSAGE_H
#define COMMON_LIBP2P_HOLEPUNCH_HOLEPUNCH_MESSAGE_H

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/multiaddr.h"

#define HOLEPUNCH_PROTOCOL "/libp2p/dcutr"

enum { HOLEPUNCH_MESSAGE_MAX = 4096, HOLEPUNCH_ADDRESSES_MAX = 16 };

enum holepunch_type { HOLEPUNCH_CONNECT = 100, HOLEPUNCH_SYNC = 300 };

struct holepunch_message {
	enum holepunch_type type;
	struct multiaddr addresses[HOLEPUNCH_ADDRESSES_MAX];
	size_t address_count;
};

/* Append, with its length. 0 or -ENOBUFS. */
int holepunch_message_encode(
    const struct holepunch_message *, struct buffer *to);

/* What is at the front of input; addresses that we do not understand and
 * those beyond the limit are left out. 0 with *ret_len bytes used;
 * HOLEPUNCH_MORE: not whole yet; -EINVAL. */
enum { HOLEPUNCH_MORE = 1 };
int holepunch_message_decode(
    struct bytes input, struct holepunch_message *ret, size_t *ret_len);

#endif
