/* daemon_ops: what every daemon answers, whatever else it does. */
#ifndef PROTO_DAEMON_OPS_H
#define PROTO_DAEMON_OPS_H

#include "proto/op.h"

struct counter_row {
	const char *name;
	const char *help;
	int64_t value;
};
extern const struct message counter_row_message;

struct daemon_status {
	const char *name;
	const char *version;
	const char *status; /* one line for people, e.g. "3 peers connected" */
	int64_t pid;
	int64_t uptime_ms;
	int64_t memory_kib;      /* proportional set size */
	struct records counters; /* struct counter_row */
};
extern const struct message daemon_status_message;

struct log_entry {
	int64_t number; /* grows by one a line since the daemon started */
	int64_t ts_ms;
	const char *level;
	const char *program;
	const char *text;
};
extern const struct message log_entry_message;

struct log_query {
	int64_t after; /* entries with a larger number; 0: all that is kept */
	int64_t limit; /* at most so many, the newest; 0: 500 */
};
extern const struct message log_query_message;

struct log_page {
	struct records entries; /* struct log_entry */
};
extern const struct message log_page_message;

/* A setting of goop.json with its value. */
struct setting {
	const char *key;   /* "profile.label" */
	const char *value; /* JSON */
};
extern const struct message setting_message;

struct settings_update {
	struct records rows; /* struct setting */
};
extern const struct message settings_update_message;

/* What a daemon did about settings: by their keys, those that changed, and
 * those that are different only after its restart. */
struct settings_taken {
	struct strings changed;
	struct strings later;
};
extern const struct message settings_taken_message;

/* clang-format off */
#define DAEMON_OPS(ROW) \
	ROW(1, daemon_status, nothing,   daemon_status, FROM_GOOP2) \
	ROW(2, daemon_log,    log_query, log_page,      FROM_VIEWERD) \
	ROW(3, daemon_settings, settings_update, settings_taken, FROM_VIEWERD | FROM_GOOP2)
#define DAEMON_EVENTS(ROW) \
	ROW(1, log_line, log_entry)
/* clang-format on */
DAEMON_OPS(OP_DECLARE)
DAEMON_EVENTS(EVENT_DECLARE)

#endif
