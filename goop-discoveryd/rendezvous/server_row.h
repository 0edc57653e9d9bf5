/* server_row: the state of a rendezvous server, for people and programs. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_ROW_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_ROW_H

#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "proto/discovery_ops.h"

/* state NULL: nothing was tried yet, goopd is being waited for. The caller
 * message_fini()s *ret. */
void server_row_make(const char *url,
    const struct rendezvous_server_state *state, struct monotime now,
    struct server_row *ret);

#endif
