#include "cli/data/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/monotime.h"

enum { MIB = 1024 * 1024 };

static struct {
	const char *what;
	int64_t total, done;
	struct monotime next;
	bool is_shown;
} progress;

void
progress_begin(const char *what, int64_t total)
{
	progress.what = what;
	progress.total = total;
	progress.done = 0;
	progress.next = isatty(STDERR_FILENO)
			    ? monotime_add_ms(monotime_now(), PROGRESS_PAUSE_MS)
			    : MONOTIME_NEVER;
	progress.is_shown = false;
}

void
progress_add(int64_t bytes)
{
	struct monotime now = monotime_now();

	progress.done += bytes;
	if (!monotime_reached(now, progress.next))
		return;
	progress.next = monotime_add_ms(now, PROGRESS_PAUSE_MS);
	progress.is_shown = true;
	fprintf(stderr, "\r\033[K%s: %" PRId64 " MiB", progress.what,
	    progress.done / MIB);
	if (progress.total > 0)
		fprintf(stderr, " of %" PRId64 " (%.0f %%)",
		    progress.total / MIB,
		    100.0 * (double)progress.done / (double)progress.total);
	fflush(stderr);
}

void
progress_end(void)
{
	if (progress.is_shown)
		fputs("\r\033[K", stderr);
	progress.is_shown = false;
	progress.next = MONOTIME_NEVER;
}
