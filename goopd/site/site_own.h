/* site_own: files of our own site, from the disk to a local reader. */
#ifndef GOOPD_SITE_SITE_OWN_H
#define GOOPD_SITE_SITE_OWN_H

#include "common/bus/goopd_bus.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/site/site.h"

/* Answer the call as a visitor's request is answered. */
void site_own_open(const struct site *, struct local_stream_server *,
    const struct site_request *, struct site_open_call);

#endif
