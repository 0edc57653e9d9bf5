/* Whose place goes to one who wants in when there is none left. */
#include "common/base/counter.h"
#include "common/libp2p/host/host_private.h"

COUNTER(connections_trimmed, "connections out of use closed to make room");
COUNTER(connections_trimmed_idle, "connections never used closed to make room");

enum { TRIM_AFTER_MS = 60000 }; /* out of use, but younger: stays */

/* Nobody opened a stream but to greet and to ping, which costs a crowd of
 * strangers nothing: no matter what is open now. */
static bool
is_idle(const struct host_connection *connection, struct monotime now)
{
	return !connection->is_used &&
	       monotime_since_ms(now, connection->since) >=
		   connection->host->limits.idle_ms;
}

static bool
is_out_of_use(const struct host_connection *connection, struct monotime now)
{
	return connection_stream_count(connection->machine) == 0 &&
	       monotime_since_ms(now, connection->since) >= TRIM_AFTER_MS;
}

/* The oldest such connection that others opened. */
static struct host_connection *
find_connection(const struct host *host,
    bool (*is_such)(const struct host_connection *, struct monotime now))
{
	struct monotime now = monotime_now();
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		if (!connection->is_dialer &&
		    connection->state == HOST_CONNECTION_READY &&
		    is_such(connection, now))
			return connection;
	return NULL;
}

bool
host_trim(struct host *host)
{
	struct host_connection *connection = find_connection(host, is_idle);

	if (connection != NULL) {
		counter_add(&connections_trimmed_idle, 1);
		host_connection_close(
		    connection, "never used, and others want in");
		return true;
	}
	connection = find_connection(host, is_out_of_use);
	if (connection == NULL)
		return false;
	counter_add(&connections_trimmed, 1);
	host_connection_close(connection, "out of use, and others want in");
	return true;
}
