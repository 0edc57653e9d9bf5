#include "goop-rendezvousd/service/activity_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

struct activity_log {
	char *lines[ACTIVITY_LOG_LINES_MAX]; /* a ring: the next one is at
						written % max */
	uint64_t written;
};

struct activity_log *
activity_log_new(void)
{
	return xzalloc(sizeof(struct activity_log));
}

void
activity_log_free(struct activity_log *log)
{
	size_t i;

	if (log == NULL)
		return;
	for (i = 0; i < ACTIVITY_LOG_LINES_MAX; i++)
		free(log->lines[i]);
	free(log);
}

/* "[HH:MM:SS] " */
static size_t
print_time(int64_t clock_ms, char *line)
{
	time_t seconds = (time_t)(clock_ms / 1000);
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL)
		memset(&local, 0, sizeof(local));
	return strftime(line, ACTIVITY_LOG_LINE_MAX, "[%H:%M:%S] ", &local);
}

/* The cut may be within a character: drop the last one. */
static void
cut_whole(char *line, size_t len)
{
	while (len > 0 && ((unsigned char)line[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0 && ((unsigned char)line[len - 1] & 0x80) != 0)
		line[len - 1] = '\0';
}

void
activity_log_write(
    struct activity_log *log, int64_t clock_ms, const char *format, ...)
{
	char **slot = &log->lines[log->written++ % ACTIVITY_LOG_LINES_MAX];
	char line[ACTIVITY_LOG_LINE_MAX];
	size_t len = print_time(clock_ms, line);
	va_list args;
	int wanted;

	va_start(args, format);
	wanted = vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	if (wanted < 0 || (size_t)wanted >= sizeof(line) - len)
		cut_whole(line, strlen(line));
	text_make_printable(line);
	free(*slot);
	*slot = xstrdup(line);
}

size_t
activity_log_count(const struct activity_log *log)
{
	return log->written < ACTIVITY_LOG_LINES_MAX ? (size_t)log->written
						     : ACTIVITY_LOG_LINES_MAX;
}

const char *
activity_log_line(const struct activity_log *log, size_t index)
{
	uint64_t oldest = log->written - activity_log_count(log);

	return log->lines[(oldest + index) % ACTIVITY_LOG_LINES_MAX];
}

uint64_t
activity_log_written(const struct activity_log *log)
{
	return log->written;
}
