/*
 * status_json: what goop2 status --json prints; programs rely on its shape:
 *
 *	{"directory": ..., "viewer_url": ..., "server_url": ..., "pid": ...,
 *	 "memory_kib": ..., "daemons": [{"name": ..., "state": ..., "pid": ...,
 *	     "uptime_ms": ..., "restarts": ..., "memory_kib": ...,
 *	     "last_exit": ..., "status": ..., "counters": {NAME: NUMBER, ...}},
 *	     ...],
 *	 "servers": [{"url": ..., "is_own": ..., "is_connected": ...,
 *	     "transport": ..., "mode": ..., "state": ..., "peers": ...,
 *	     "last_error": ..., "next_try_ms": ...}, ...]}
 *
 * viewer_url, server_url, last_exit and status are left out when there is
 * none, pid and memory_kib of goop2 when the daemons run without it. servers
 * are the rendezvous servers that are joined, left out when goop-discoveryd
 * does not answer; of each, what is false or not there is left out.
 */
#ifndef CLI_COMMANDS_STATUS_JSON_H
#define CLI_COMMANDS_STATUS_JSON_H

#include <jansson.h>

#include "proto/daemon_ops.h"
#include "proto/discovery_ops.h"
#include "proto/supervisor_ops.h"

/* The caller owns what is returned. */
json_t *status_json_new(const struct supervisor_status *);

/* Add the counters of the daemon in this row. */
void status_json_add_counters(
    json_t *, size_t row, const struct daemon_status *);

void status_json_add_servers(json_t *, const struct servers_reply *);

#endif
