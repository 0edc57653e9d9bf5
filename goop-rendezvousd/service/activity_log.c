#include "goop-rendezvousd/service/activity_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

struct journal {
	char *lines[JOURNAL_LINES_MAX]; /* a ring; written % max comes next */
	uint64_t written;
};

struct journal *
journal_new(void)
{
	return xzalloc(sizeof(struct journal));
}

void
journal_free(struct journal *journal)
{
	size_t i;

	if (journal == NULL)
		return;
	for (i = 0; i < JOURNAL_LINES_MAX; i++)
		free(journal->lines[i]);
	free(journal);
}

/* "[HH:MM:SS] " */
static size_t
print_time(int64_t clock_ms, char *line)
{
	time_t seconds = (time_t)(clock_ms / 1000);
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL)
		memset(&local, 0, sizeof(local));
	return strftime(line, JOURNAL_LINE_MAX, "[%H:%M:%S] ", &local);
}

/* Where it was cut may be within a character: the last one goes. */
static void
cut_whole(char *line, size_t len)
{
	while (len > 0 && ((unsigned char)line[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0 && ((unsigned char)line[len - 1] & 0x80) != 0)
		line[len - 1] = '\0';
}

void
journal_write(
    struct journal *journal, int64_t clock_ms, const char *format, ...)
{
	char **slot = &journal->lines[journal->written++ % JOURNAL_LINES_MAX];
	char line[JOURNAL_LINE_MAX];
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
journal_count(const struct journal *journal)
{
	return journal->written < JOURNAL_LINES_MAX ? (size_t)journal->written
						    : JOURNAL_LINES_MAX;
}

const char *
journal_line(const struct journal *journal, size_t index)
{
	uint64_t oldest = journal->written - journal_count(journal);

	return journal->lines[(oldest + index) % JOURNAL_LINES_MAX];
}

uint64_t
journal_written(const struct journal *journal)
{
	return journal->written;
}
