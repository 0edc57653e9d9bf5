/*
 * log: one line per event. error = the operator must act, warn = handled here,
 * info = a normal event, debug = for developers. On a terminal lines are plain,
 * elsewhere they carry the <N> priority prefix that journald reads
 * (sd-daemon(3)). Each line also goes to the sink, if one is set: the ring for
 * the Logs page.
 *
 * Write "event key=value ...": log_info("peer connected peer=%s", id).
 */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum { LOG_LINE_MAX = 1024 }; /* longer lines are cut */

/* One line as it was logged; text lives as long as the call of the sink. */
struct log_line {
	int64_t ts_ms; /* wall clock */
	enum log_level level;
	const char *program;
	const char *text; /* UTF-8, without control characters */
};

typedef void log_sink_fn(const struct log_line *, void *arg);

/* Set the name of the program and the lowest level to log; program is
 * borrowed. */
void log_open(const char *program, enum log_level most);

/* Also give each line to sink; NULL for none. */
void log_set_sink(log_sink_fn *sink, void *arg);

const char *log_level_name(enum log_level);
bool log_level_parse(const char *name, enum log_level *ret);

void log_write(enum log_level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * For events that a remote party can trigger: at most LOG_STRANGER_BURST lines
 * of one call site in ten seconds, then one with the number left out.
 */
enum { LOG_STRANGER_BURST = 5 };
struct log_limit {
	int64_t window_start_ms;
	unsigned int count;
};
bool log_limit_pass(struct log_limit *, const char *what);
#define log_stranger(...) \
	do { \
		static struct log_limit limit_; \
		if (log_limit_pass(&limit_, __func__)) \
			log_write(LOG_LEVEL_INFO, __VA_ARGS__); \
	} while (0)

#endif
