/*
 * signer: the child process that alone holds the identity key. Its only
 * descriptor is one end of a socketpair; its sandbox allows few system calls;
 * it signs what signer_rules allow, at a limited rate, and ends when its parent
 * does. The key never shares an address space with bytes from the network.
 */
#ifndef COMMON_IDENTITY_SIGNER_H
#define COMMON_IDENTITY_SIGNER_H

#include <event2/event.h>

#include "common/libp2p/keys/identity_key.h"

enum { SIGNER_WAIT_MS = 1000 }; /* a slower signer counts as broken */

struct signer;

/* Start the child. The key is wiped in this process in any case. Call before
 * the network opens. 0 or -errno. */
int signer_start(struct identity_key *key, struct signer **ret);
void signer_free(struct signer *); /* the child ends; NULL is fine */

/* Sign a message. Blocks for at most SIGNER_WAIT_MS. 0; -EPERM if the rules
 * refuse it, -EBUSY over the rate limit, -EIO if the signer is gone. */
int signer_sign(struct signer *, struct bytes message,
    uint8_t signature[IDENTITY_SIGNATURE_SIZE]);

/* Call on_lost when the child has died. 0 or -errno. */
typedef void signer_lost_fn(void *arg);
int signer_watch(
    struct signer *, struct event_base *, signer_lost_fn *, void *arg);

/* The child's process id, for tests and status. */
int signer_pid(const struct signer *);

#endif
