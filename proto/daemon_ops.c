#include "proto/daemon_ops.h"

enum {
	COUNTERS_MAX = 512,
	LOG_ENTRIES_MAX = 500,
	SETTINGS_MAX = 128, /* more than the table of settings has */
	KEY_MAX = 64,
	VALUE_MAX = 8 * 1024, /* a long text in JSON */
};

/* clang-format off */
static const struct field counter_row_fields[] = {
	FIELD_STR(counter_row, name,  "name",  128, REQUIRED),
	FIELD_STR(counter_row, help,  "help",  256, OPTIONAL),
	FIELD_INT(counter_row, value, "value", 0, INT64_MAX, REQUIRED),
	FIELD_END
};
const struct message counter_row_message = MESSAGE(counter_row);

static const struct field daemon_status_fields[] = {
	FIELD_STR (daemon_status, name,       "name",       64,  REQUIRED),
	FIELD_STR (daemon_status, version,    "version",    64,  REQUIRED),
	FIELD_STR (daemon_status, status,     "status",     256, OPTIONAL),
	FIELD_INT (daemon_status, pid,        "pid",        0, INT64_MAX, REQUIRED),
	FIELD_INT (daemon_status, uptime_ms,  "uptime_ms",  0, INT64_MAX, REQUIRED),
	FIELD_INT (daemon_status, memory_kib, "memory_kib", 0, INT64_MAX, REQUIRED),
	FIELD_LIST(daemon_status, counters,   "counters",
	    counter_row_message, COUNTERS_MAX, REQUIRED),
	FIELD_END
};
const struct message daemon_status_message = MESSAGE(daemon_status);

static const struct field log_entry_fields[] = {
	FIELD_INT(log_entry, number,  "number",  0, INT64_MAX, REQUIRED),
	FIELD_INT(log_entry, ts_ms,   "ts",      0, INT64_MAX, REQUIRED),
	FIELD_STR(log_entry, level,   "level",   16,   REQUIRED),
	FIELD_STR(log_entry, program, "program", 64,   REQUIRED),
	FIELD_STR(log_entry, text,    "text",    1024, REQUIRED),
	FIELD_END
};
const struct message log_entry_message = MESSAGE(log_entry);

static const struct field log_query_fields[] = {
	FIELD_INT(log_query, after, "after", 0, INT64_MAX, OPTIONAL),
	FIELD_INT(log_query, limit, "limit", 0, LOG_ENTRIES_MAX, OPTIONAL),
	FIELD_END
};
const struct message log_query_message = MESSAGE(log_query);

static const struct field log_page_fields[] = {
	FIELD_LIST(log_page, entries, "entries",
	    log_entry_message, LOG_ENTRIES_MAX, REQUIRED),
	FIELD_END
};
const struct message log_page_message = MESSAGE(log_page);

static const struct field setting_fields[] = {
	FIELD_STR(setting, key,   "key",   KEY_MAX,   REQUIRED),
	FIELD_STR(setting, value, "value", VALUE_MAX, REQUIRED),
	FIELD_END
};
const struct message setting_message = MESSAGE(setting);

static const struct field settings_update_fields[] = {
	FIELD_LIST(settings_update, rows, "rows",
	    setting_message, SETTINGS_MAX, REQUIRED),
	FIELD_END
};
const struct message settings_update_message = MESSAGE(settings_update);

static const struct field settings_taken_fields[] = {
	FIELD_STRS(settings_taken, changed, "changed", KEY_MAX, SETTINGS_MAX, OPTIONAL),
	FIELD_STRS(settings_taken, later,   "later",   KEY_MAX, SETTINGS_MAX, OPTIONAL),
	FIELD_END
};
const struct message settings_taken_message = MESSAGE(settings_taken);
/* clang-format on */

DAEMON_OPS(OP_DEFINE)
DAEMON_EVENTS(EVENT_DEFINE)
