/*
 * connect_race: a TCP connection to one of the addresses of a name. They are
 * tried in the system's order, families in turn, each as soon as the one before
 * has failed or has not stood for CONNECT_RACE_GAP_MS; the first that stands
 * wins (RFC 8305, "Happy Eyeballs"). libcurl 7.88 does so between the families
 * alone: within one a dead address costs seconds.
 */
#ifndef COMMON_HTTP_CLIENT_CONNECT_RACE_H
#define COMMON_HTTP_CLIENT_CONNECT_RACE_H

#include <event2/event.h>

#include "common/resolver/resolver_message.h"

enum { CONNECT_RACE_GAP_MS = 250 }; /* RFC 8305, 8 */

struct connect_race;

/* A connected, non-blocking socket, which the callee owns, and the address; or
 * -errno of the last that failed, and NULL. The race may be freed here. */
typedef void connect_race_fn(
    int fd, const struct resolver_address *, void *arg);

/* done comes once, from the loop; without a deadline of its own. */
struct connect_race *connect_race_new(struct event_base *,
    const struct resolver_answer *, uint16_t port, connect_race_fn *done,
    void *arg);
void connect_race_free(struct connect_race *); /* NULL is fine */

/* The order in which count addresses are tried. */
void connect_race_order(const struct resolver_answer *,
    struct resolver_address ret[RESOLVER_ADDRESSES_MAX]);

#endif
