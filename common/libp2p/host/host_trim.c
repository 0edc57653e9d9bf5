/* Whose place goes to one who wants in when there is none left. */
#include "common/base/counter.h"
#include "common/libp2p/host/host_private.h"

COUNTER(links_trimmed, "connections out of use closed to make room");
COUNTER(links_trimmed_idle, "connections never used closed to make room");

enum { TRIM_AFTER_MS = 60000 }; /* out of use, but younger: stays */

/* Nobody opened a stream but to greet and to ping, which costs a crowd of
 * strangers nothing: no matter what is open now. */
static bool
is_idle(const struct link *link, struct monotime now)
{
	return !link->is_used && monotime_since_ms(now, link->since) >=
				     link->host->limits.idle_ms;
}

static bool
is_out_of_use(const struct link *link, struct monotime now)
{
	return connection_stream_count(link->connection) == 0 &&
	       monotime_since_ms(now, link->since) >= TRIM_AFTER_MS;
}

/* The oldest such link that others opened. */
static struct link *
find_link(const struct host *host,
    bool (*is_such)(const struct link *, struct monotime now))
{
	struct monotime now = monotime_now();
	struct link *link;

	TAILQ_FOREACH (link, &host->links, all)
		if (!link->is_dialer && link->state == LINK_READY &&
		    is_such(link, now))
			return link;
	return NULL;
}

bool
host_trim(struct host *host)
{
	struct link *link = find_link(host, is_idle);

	if (link != NULL) {
		counter_add(&links_trimmed_idle, 1);
		link_close(link, "never used, and others want in");
		return true;
	}
	link = find_link(host, is_out_of_use);
	if (link == NULL)
		return false;
	counter_add(&links_trimmed, 1);
	link_close(link, "out of use, and others want in");
	return true;
}
