/* supervisor_ops: what goop2, as the supervisor, does for the command line. */
#ifndef PROTO_SUPERVISOR_OPS_H
#define PROTO_SUPERVISOR_OPS_H

#include "proto/op.h"

struct daemon_row {
	const char *name;
	const char
	    *state;  /* starting, ready, stopping, waiting, failed, stopped */
	int64_t pid; /* 0: none */
	int64_t uptime_ms;
	int64_t restarts;
	int64_t memory_kib; /* PSS, children included */
	const char
	    *last_exit; /* "exit status 1", "killed by SIGKILL", "watchdog" */
	const char *status; /* the daemon's own STATUS= line */
};
struct supervisor_status {
	const char *directory;
	const char *viewer_url;
	const char *server_url; /* of a rendezvous server, if there is one */
	int64_t pid;            /* goop2's own */
	int64_t memory_kib;     /* PSS, goop2's own */
	struct records daemons; /* struct daemon_row */
};
struct daemon_ref {
	const char *name; /* absent: all */
};

extern const struct message daemon_row_message, supervisor_status_message,
    daemon_ref_message;

/* clang-format off */
#define SUPERVISOR_OPS(ROW) \
	ROW(60, supervisor_status,  nothing,    supervisor_status, FROM_VIEWERD | FROM_GOOP2) \
	ROW(61, supervisor_restart, daemon_ref, nothing,           FROM_GOOP2) \
	ROW(62, supervisor_stop,    nothing,    nothing,           FROM_GOOP2)
/* clang-format on */
SUPERVISOR_OPS(OP_DECLARE)

#endif
