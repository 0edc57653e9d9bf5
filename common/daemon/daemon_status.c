#include "common/daemon/daemon_status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/bus/daemon_bus.h"

static struct {
	const char *name;
	struct monotime start;
	int smaps; /* -1: the kernel has no smaps_rollup */
	char text[256];
} status = { .smaps = -1 };

void
daemon_status_open(const char *name)
{
	status.name = name;
	status.start = monotime_now();
	status.smaps = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
}

void
daemon_status_set(const char *text)
{
	snprintf(status.text, sizeof(status.text), "%s", text);
	text_make_printable(status.text);
}

/* proc(5): a line "Pss:  1234 kB"; 0 if it is unknown */
static int64_t
memory_kib(void)
{
	char text[2048];
	const char *line;
	int64_t kib = 0;
	ssize_t len = pread(status.smaps, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return 0;
	text[len] = '\0';
	line = strstr(text, "\nPss:");
	if (line == NULL || sscanf(line, "\nPss: %" SCNd64, &kib) != 1)
		return 0;
	return kib;
}

static struct counter_row *
rows_of_counters(size_t *ret_count)
{
	const struct counter *counter = counter_first();
	struct counter_row *rows = NULL;
	size_t count = 0;

	for (; counter != NULL; counter = counter->next) {
		rows = xreallocarray(rows, count + 1, sizeof(*rows));
		rows[count++] = (struct counter_row){ counter->name,
			counter->help,
			counter->value > INT64_MAX ? INT64_MAX
						   : (int64_t)counter->value };
	}
	*ret_count = count;
	return rows;
}

void
handle_daemon_status(
    struct daemon_status_call call, const struct nothing *request, void *arg)
{
	struct daemon_status reply = {
		.name = status.name,
		.version = GOOP_VERSION,
		.status = status.text,
		.pid = getpid(),
		.uptime_ms = monotime_since_ms(monotime_now(), status.start),
		.memory_kib = memory_kib(),
	};

	(void)request;
	(void)arg;
	reply.counters.items = rows_of_counters(&reply.counters.count);
	reply_daemon_status(call, &reply);
	free(reply.counters.items);
}
