/*
 * signer: the child process that alone holds the identity key. It shares no
 * descriptor with the rest but one end of a socketpair, may call next to
 * nothing, signs what signer_rules allow at a limited rate, and ends when its
 * parent does. The key never shares an address space with a stranger's bytes.
 */
#ifndef GOOPD_IDENTITY_SIGNER_H
#define GOOPD_IDENTITY_SIGNER_H

#include <event2/event.h>

#include "common/libp2p/keys/identity_key.h"

enum {
	SIGNER_PER_MINUTE = 120,
	SIGNER_BURST = 60,
	SIGNER_WAIT_MS = 1000, /* a slower answer means that it is broken */
};

struct signer;

/* Start the child; key is wiped in this process, whatever happens. Call before
 * the network opens. 0 or -errno. */
int signer_start(struct identity_key *key, struct signer **ret);
void signer_free(struct signer *); /* the child ends; NULL is fine */

/* Have a message signed. Waits for it, at most SIGNER_WAIT_MS. 0; -EPERM if
 * the rules refuse it, -EBUSY over the rate, -EIO if the signer is gone. */
int signer_sign(struct signer *, struct bytes message,
    uint8_t signature[IDENTITY_SIGNATURE_SIZE]);

/* Tell when the child has died. 0 or -errno. */
typedef void signer_lost_fn(void *arg);
int signer_watch(
    struct signer *, struct event_base *, signer_lost_fn *, void *arg);

/* The child's process id, for tests and status. */
int signer_pid(const struct signer *);

#endif
