/*
 * site_fetch: a file of another peer's site, for a local reader: asks over
 * /goop/site/1.1.0, else 1.0.0, answers the call with the head, and passes the
 * body on as fast as the reader takes it.
 */
#ifndef GOOPD_SITE_SITE_FETCH_H
#define GOOPD_SITE_SITE_FETCH_H

#include "common/base/monotime.h"
#include "common/bus/goopd_bus.h"
#include "common/libp2p/host/host.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/site/site_message.h"

/* Answers the call, once, within its budget. A peer without a known address
 * is waited for until address_until. */
void site_fetch_open(struct host *, struct local_stream_server *,
    const struct peer_id *, const struct site_request *,
    struct monotime address_until, struct site_open_call);

#endif
