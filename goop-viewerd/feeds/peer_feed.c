#include "goop-viewerd/feeds/peer_feed.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/xalloc.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "goop-viewerd/feeds/peer_list.h"
#include "goop-viewerd/feeds/server_list.h"

enum { ASK_MS = 5000, PROBE_MS = 30000, WAITING_MAX = 16 };

struct peer_feed {
	struct bus_client *client;
	struct sse_hub *hub;
	struct peer_list list;
	struct server_list servers;
	bool is_known;  /* the list arrived at least once */
	bool is_asking; /* a snapshot is under way */
	bool is_stale;  /* an event came since: the snapshot may be older */
	bool is_probing;
	struct probe_waiter *waiting[WAITING_MAX];
	size_t waiting_count;
	void (*on_state)(void *);
	void *arg;
};

struct probe_waiter {
	struct peer_feed *feed;
	struct http_request *request;
};

/* --- what goop-discoveryd tells */

static void ask(struct peer_feed *);

static void
print_snapshot(const struct peer_feed *feed, struct buffer *ret)
{
	buffer_init(ret, JSON_MAX);
	(void)buffer_append(ret, bytes_of("{\"peers\":"));
	peer_list_print(&feed->list, ret);
	(void)buffer_append(ret, bytes_of("}"));
}

static void
tell_snapshot(struct peer_feed *feed)
{
	struct buffer json;

	if (sse_hub_readers(feed->hub) == 0)
		return;
	print_snapshot(feed, &json);
	sse_hub_tell(feed->hub, "snapshot", buffer_bytes(&json));
	buffer_fini(&json);
}

static void
take(struct peer_feed *feed, const struct peers_reply *reply)
{
	peer_list_replace(&feed->list, reply);
	feed->is_known = true;
	tell_snapshot(feed);
}

static void
on_peers(
    const struct bus_error *error, const struct peers_reply *reply, void *arg)
{
	struct peer_feed *feed = arg;

	feed->is_asking = false;
	if (error != NULL) /* gone again: on_gap follows when it is back */
		return;
	if (feed->is_stale)
		ask(feed);
	else
		take(feed, reply);
}

static void
ask(struct peer_feed *feed)
{
	feed->is_asking = true;
	feed->is_stale = false;
	ask_discovery_peers(feed->client, NOTHING, ASK_MS, on_peers, feed);
}

static void
on_changed(const struct peer_row *row, void *arg)
{
	struct peer_feed *feed = arg;
	const char *json = peer_list_put(&feed->list, row);

	feed->is_stale = true;
	if (json != NULL)
		sse_hub_tell(feed->hub, "peer", bytes_of(json));
}

static void
on_removed(const struct peer_ref *ref, void *arg)
{
	struct peer_feed *feed = arg;
	struct viewer_gone gone = { ref->peer_id };

	feed->is_stale = true;
	if (peer_list_remove(&feed->list, ref->peer_id))
		json_tell(feed->hub, "gone", &viewer_gone_message, &gone);
}

/* --- rendezvous servers */

static void
tell_servers(struct peer_feed *feed)
{
	json_tell(
	    feed->hub, "servers", &servers_reply_message, &feed->servers.reply);
}

static void
on_servers(
    const struct bus_error *error, const struct servers_reply *reply, void *arg)
{
	struct peer_feed *feed = arg;

	if (error != NULL) /* gone again, or an older version */
		return;
	server_list_replace(&feed->servers, reply);
	tell_servers(feed);
}

static void
ask_servers(struct peer_feed *feed)
{
	ask_discovery_servers(feed->client, NOTHING, ASK_MS, on_servers, feed);
}

static void
on_server_changed(const struct server_row *row, void *arg)
{
	struct peer_feed *feed = arg;

	if (server_list_put(&feed->servers, row))
		tell_servers(feed);
}

static void
on_servers_replaced(const struct servers_reply *reply, void *arg)
{
	on_servers(NULL, reply, arg);
}

static void
on_gap(void *arg)
{
	struct peer_feed *feed = arg;

	if (feed->is_asking)
		feed->is_stale = true;
	else
		ask(feed);
	ask_servers(feed);
	feed->on_state(feed->arg);
}

static void
on_lost(void *arg)
{
	struct peer_feed *feed = arg;

	feed->on_state(feed->arg);
}

/* --- */

struct peer_feed *
peer_feed_new(struct bus *bus, struct event_base *base,
    unsigned int max_readers, void (*on_state)(void *arg), void *arg)
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(peer_changed, on_changed),
		SUBSCRIBE(peer_removed, on_removed),
		SUBSCRIBE(server_changed, on_server_changed),
		SUBSCRIBE(servers_replaced, on_servers_replaced),
		BUS_SUBSCRIBER_END,
	};
	static const struct bus_watcher watcher = { events, on_gap, on_lost };
	struct peer_feed *feed = xzalloc(sizeof(*feed));

	feed->on_state = on_state;
	feed->arg = arg;
	feed->hub = sse_hub_new(base, max_readers);
	feed->client = bus_connect(bus, "goop-discoveryd", &watcher, feed);
	return feed;
}

void
peer_feed_free(struct peer_feed *feed)
{
	size_t i;

	if (feed == NULL)
		return;
	bus_client_free(feed->client);
	sse_hub_free(feed->hub);
	for (i = 0; i < feed->waiting_count; i++)
		free(feed->waiting[i]);
	peer_list_fini(&feed->list);
	server_list_fini(&feed->servers);
	free(feed);
}

struct bus_client *
peer_feed_client(struct peer_feed *feed)
{
	return feed->client;
}

bool
peer_feed_is_up(const struct peer_feed *feed)
{
	return bus_is_up(feed->client);
}

struct sse_hub *
peer_feed_hub(struct peer_feed *feed)
{
	return feed->hub;
}

const struct servers_reply *
peer_feed_servers(const struct peer_feed *feed)
{
	return &feed->servers.reply;
}

void
peer_feed_reply_list(struct peer_feed *feed, struct http_request *request)
{
	struct buffer json;

	buffer_init(&json, JSON_MAX);
	peer_list_print(&feed->list, &json);
	json_reply_text(request, &json);
}

/* --- probing: many may wait for the same answer */

static void
waiter_leave(void *arg)
{
	struct probe_waiter *waiter = arg;
	struct peer_feed *feed = waiter->feed;
	size_t i;

	for (i = 0; feed->waiting[i] != waiter; i++)
		;
	feed->waiting[i] = feed->waiting[--feed->waiting_count];
	free(waiter);
}

static struct http_request *
take_waiter(struct peer_feed *feed)
{
	struct probe_waiter *waiter = feed->waiting[--feed->waiting_count];
	struct http_request *request = waiter->request;

	http_request_on_gone(request, NULL, NULL);
	free(waiter);
	return request;
}

static void
on_probed(
    const struct bus_error *error, const struct peers_reply *reply, void *arg)
{
	struct peer_feed *feed = arg;
	struct http_request *request;

	feed->is_probing = false;
	if (error == NULL)
		take(feed, reply);
	while (feed->waiting_count > 0) {
		request = take_waiter(feed);
		if (error == NULL)
			peer_feed_reply_list(feed, request);
		else
			error_page_reply_text(
			    request, 503, "%s", error->message);
	}
}

void
peer_feed_probe(struct peer_feed *feed, struct http_request *request)
{
	struct probe_waiter *waiter;

	if (feed->waiting_count == WAITING_MAX) {
		error_page_reply_text(request, 503, "already probing");
		return;
	}
	waiter = xzalloc(sizeof(*waiter));
	waiter->feed = feed;
	waiter->request = request;
	feed->waiting[feed->waiting_count++] = waiter;
	http_request_on_gone(request, waiter_leave, waiter);
	if (feed->is_probing)
		return;
	feed->is_probing = true;
	ask_discovery_probe(feed->client, NOTHING, PROBE_MS, on_probed, feed);
}

int
peer_feed_join(struct peer_feed *feed, struct http_request *request,
    struct sse_reader **ret)
{
	struct buffer json;
	int rc = sse_hub_join(feed->hub, request, ret);

	if (rc < 0) {
		error_page_reply_text(request, 503, "too many event streams");
		return rc;
	}
	if (!feed->is_known)
		return 0;
	print_snapshot(feed, &json);
	rc = sse_reader_tell(*ret, "snapshot", buffer_bytes(&json));
	buffer_fini(&json);
	return rc;
}
