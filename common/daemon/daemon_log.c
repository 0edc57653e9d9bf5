#include "common/daemon/daemon_log.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/daemon_bus.h"

static struct {
	struct log_entry
	    lines[DAEMON_LOG_LINES]; /* number % DAEMON_LOG_LINES */
	int64_t last;                /* number; 0: none yet */
	struct bus_server *server;
	bool is_publishing;
} ring;

static struct log_entry *
line_at(int64_t number)
{
	return &ring.lines[number % DAEMON_LOG_LINES];
}

static void
keep(const struct log_line *line, void *arg)
{
	struct log_entry *entry = line_at(++ring.last);

	(void)arg;
	message_fini(&log_entry_message, entry);
	*entry = (struct log_entry){ ring.last, line->ts_ms,
		xstrdup(log_level_name(line->level)), xstrdup(line->program),
		xstrdup(line->text) };
	/* What publishing itself has to say is kept, not published. */
	if (ring.server == NULL || ring.is_publishing)
		return;
	ring.is_publishing = true;
	publish_log_line(ring.server, entry);
	ring.is_publishing = false;
}

void
daemon_log_open(void)
{
	log_set_sink(keep, NULL);
}

void
daemon_log_publish(struct bus_server *server)
{
	ring.server = server;
}

void
handle_daemon_log(
    struct daemon_log_call call, const struct log_query *query, void *arg)
{
	int64_t limit = query->limit > 0 ? query->limit : DAEMON_LOG_LINES;
	int64_t first = ring.last >= limit ? ring.last - limit + 1 : 1;
	int64_t number;
	struct log_page page = { { NULL, 0 } };
	struct log_entry *entries;

	(void)arg;
	if (query->after >= first) /* may be INT64_MAX */
		first =
		    query->after < ring.last ? query->after + 1 : ring.last + 1;
	entries = xreallocarray(NULL, DAEMON_LOG_LINES, sizeof(*entries));
	for (number = first; number <= ring.last; number++)
		entries[page.entries.count++] = *line_at(number);
	page.entries.items = entries;
	reply_daemon_log(call, &page);
	free(entries);
}
