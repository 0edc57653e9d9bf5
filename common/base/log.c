#include "common/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/monotime.h"
#include "common/base/text.h"

enum { LOG_LIMIT_WINDOW_MS = 10000 };

static struct {
	const char *program;
	enum log_level most;
	bool human;
	log_sink_fn *sink;
	void *sink_arg;
} log_state = { "goop2", LOG_LEVEL_INFO, true, NULL, NULL };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
log_open(const char *program, enum log_level most)
{
	log_state.program = program;
	log_state.most = most;
	log_state.human = isatty(STDERR_FILENO) != 0;
}

void
log_set_sink(log_sink_fn *sink, void *arg)
{
	log_state.sink = sink;
	log_state.sink_arg = arg;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

bool
log_level_parse(const char *name, enum log_level *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(level_names); i++)
		if (!strcmp(name, level_names[i])) {
			*ret = (enum log_level)i;
			return true;
		}
	return false;
}

static void
log_emit(const struct log_line *line)
{
	/* syslog(3) priorities: err 3, warning 4, info 6, debug 7 */
	static const int priority[] = { 3, 4, 6, 7 };
	char out[LOG_LINE_MAX + 128], clock[16];
	time_t seconds = (time_t)(line->ts_ms / 1000);
	struct tm tm;
	int len;

	if (log_state.human) {
		localtime_r(&seconds, &tm);
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		len = snprintf(out, sizeof(out), "%s %-5s %s: %s\n", clock,
		    log_level_name(line->level), line->program, line->text);
	} else {
		len = snprintf(out, sizeof(out), "<%d>%s: %s\n",
		    priority[line->level], line->program, line->text);
	}
	if (len > (int)sizeof(out) - 1)
		len = (int)sizeof(out) - 1;
	/* Nowhere to complain about a log that cannot be written. */
	if (write(STDERR_FILENO, out, (size_t)len) == -1)
		return;
}

void
log_write(enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	struct log_line line;
	va_list arguments;
	int saved_errno = errno;

	if (level > log_state.most)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_make_printable(text);
	line =
	    (struct log_line){ walltime_ms(), level, log_state.program, text };
	log_emit(&line);
	if (log_state.sink != NULL)
		log_state.sink(&line, log_state.sink_arg);
	errno = saved_errno;
}

bool
log_limit_pass(struct log_limit *limit, const char *what)
{
	int64_t now = monotime_now().us / 1000;

	if (limit->count == 0 ||
	    now - limit->window_start_ms >= LOG_LIMIT_WINDOW_MS) {
		if (limit->count > LOG_STRANGER_BURST)
			log_info("%s: %u more lines like this were left out",
			    what, limit->count - LOG_STRANGER_BURST);
		limit->window_start_ms = now;
		limit->count = 0;
	}
	return ++limit->count <= LOG_STRANGER_BURST;
}
