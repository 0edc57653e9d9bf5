#include "proto/supervisor_ops.h"

enum { DAEMONS_MAX = 16 };

/* clang-format off */
static const struct field daemon_row_fields[] = {
	FIELD_STR(daemon_row, name,       "name",       64,  REQUIRED),
	FIELD_STR(daemon_row, state,      "state",      16,  REQUIRED),
	FIELD_INT(daemon_row, pid,        "pid",        0, INT64_MAX, REQUIRED),
	FIELD_INT(daemon_row, uptime_ms,  "uptime_ms",  0, INT64_MAX, REQUIRED),
	FIELD_INT(daemon_row, restarts,   "restarts",   0, INT64_MAX, REQUIRED),
	FIELD_INT(daemon_row, memory_kib, "memory_kib", 0, INT64_MAX, REQUIRED),
	FIELD_STR(daemon_row, last_exit,  "last_exit",  128, OPTIONAL),
	FIELD_STR(daemon_row, status,     "status",     256, OPTIONAL),
	FIELD_END
};
const struct message daemon_row_message = MESSAGE(daemon_row);

static const struct field supervisor_status_fields[] = {
	FIELD_STR (supervisor_status, directory,  "directory",  4096, REQUIRED),
	FIELD_STR (supervisor_status, viewer_url, "viewer_url", 512,  OPTIONAL),
	FIELD_STR (supervisor_status, server_url, "server_url", 512,  OPTIONAL),
	FIELD_INT (supervisor_status, pid,        "pid",        0, INT64_MAX, OPTIONAL),
	FIELD_INT (supervisor_status, memory_kib, "memory_kib", 0, INT64_MAX, OPTIONAL),
	FIELD_LIST(supervisor_status, daemons,    "daemons",
	    daemon_row_message, DAEMONS_MAX, REQUIRED),
	FIELD_END
};
const struct message supervisor_status_message = MESSAGE(supervisor_status);

static const struct field daemon_ref_fields[] = {
	FIELD_STR(daemon_ref, name, "name", 64, OPTIONAL),
	FIELD_END
};
const struct message daemon_ref_message = MESSAGE(daemon_ref);
/* clang-format on */

SUPERVISOR_OPS(OP_DEFINE)
