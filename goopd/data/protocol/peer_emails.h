/*
 * peer_emails: the e-mail addresses that peers state of themselves, for the
 * rows that they write. They are not verified. Bounded: the address that was
 * set longest ago goes first.
 */
#ifndef GOOPD_DATA_PROTOCOL_PEER_EMAILS_H
#define GOOPD_DATA_PROTOCOL_PEER_EMAILS_H

#include "common/libp2p/multiformats/peer_id.h"

enum { PEER_EMAILS_MAX = 4096, PEER_EMAIL_MAX = 254 };

struct peer_emails;

struct peer_emails *peer_emails_new(void);
void peer_emails_free(struct peer_emails *);

/* Set a peer's address; NULL, "", and what is not a printable text of at most
 * PEER_EMAIL_MAX bytes: it has none. */
void peer_emails_set(
    struct peer_emails *, const struct peer_id *, const char *email);

/* "" if none is known. Borrowed until the next change. */
const char *peer_emails_get(const struct peer_emails *, const struct peer_id *);

#endif
