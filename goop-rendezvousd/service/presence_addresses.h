/*
 * presence_addresses: which of the addresses that a peer publishes are worth
 * telling others. Loopback, link-local and the like lead everybody back to
 * themselves, and addresses that name another peer lead to that one.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_PRESENCE_ADDRESSES_H
#define GOOP_RENDEZVOUSD_SERVICE_PRESENCE_ADDRESSES_H

#include "proto/field.h"

/* Drop what is unusable or there twice; the others keep their text and order.
 * True if something went. */
bool presence_addresses_clean(struct strings *, const char *peer_id);

#endif
