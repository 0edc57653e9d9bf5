/* pubsub_sign: what pubsub and gossipsub have in common with their users: the
 * size of a message and the signer. */
#ifndef COMMON_LIBP2P_GOSSIPSUB_PUBSUB_SIGN_H
#define COMMON_LIBP2P_GOSSIPSUB_PUBSUB_SIGN_H

#include "common/base/bytes.h"

enum { PUBSUB_DATA_MAX = 256 * 1024 }; /* of one message, sent or received */

/* Sign with the identity key: 0 or -errno. */
typedef int pubsub_sign_fn(
    struct bytes message, uint8_t signature[64], void *arg);

#endif
