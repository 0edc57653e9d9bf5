#include "goop-discoveryd/rendezvous/rendezvous_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "goop-discoveryd/rendezvous/rendezvous_server_private.h"
#include "goop-discoveryd/rendezvous/wan_tls.h"

_Static_assert((int)RENDEZVOUS_SERVER_URL_SIZE == (int)HTTP_URL_TEXT_SIZE,
    "a URL fits into a status row");

void
rendezvous_server_note_error(
    char error[RENDEZVOUS_SERVER_SENTENCE_SIZE], const char *sentence)
{
	snprintf(error, RENDEZVOUS_SERVER_SENTENCE_SIZE, "%s", sentence);
}

/* --- what answers say about the server */

static void
note_clock(struct rendezvous_server *server, const char *date)
{
	int64_t seconds, offset;

	if (date == NULL || http_date_parse(date, &seconds) < 0)
		return;
	offset = seconds * 1000 + 500 - walltime_ms();
	/* It jitters by a second; our timestamps must not go back with it. */
	if (llabs(offset - server->clock_offset_ms) >=
	    RENDEZVOUS_SERVER_CLOCK_STEP_MS)
		server->clock_offset_ms = offset;
}

void
rendezvous_server_note_head(
    struct rendezvous_server *server, const struct http_response *response)
{
	const char *version = http_response_header(response, "Goop-Rendezvous");

	server->is_reached = true;
	server->is_ours = version != NULL && strncmp(version, "1.", 2) == 0;
	note_clock(server, http_response_header(response, "Date"));
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static int
take_route(struct rendezvous_server *server, const struct http_url *url)
{
	wan_route_fini(&server->route);
	return wan_route_init(&server->route, server->base, url, environment);
}

/* The same host, and no way back from https. */
static bool
may_follow(const struct http_url *from, const struct http_url *to)
{
	return strcmp(from->host, to->host) == 0 &&
	       (to->is_secure || !from->is_secure);
}

bool
rendezvous_server_follow(
    struct rendezvous_server *server, const char *path, const char *location)
{
	struct http_url url = server->configured;

	if (location != NULL &&
	    (server->redirects >= RENDEZVOUS_SERVER_REDIRECTS_MAX ||
		http_url_redirect(&server->route.url, path, location, &url) <
		    0 ||
		!may_follow(&server->route.url, &url)))
		return false;
	server->redirects = location != NULL ? server->redirects + 1 : 0;
	/* nothing may use the old one any more */
	rendezvous_server_drop_streams(server);
	server_publisher_reset(server->publisher);
	server->is_up = false;
	if (take_route(server, &url) == 0)
		return true;
	log_error("no descriptor left to look up %s", url.host);
	return false;
}

/* --- timers */

static void
server_on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rendezvous_server_try(arg);
}

static void
server_on_probe(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rendezvous_server_probe(arg);
}

static void
server_on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rendezvous_server_want(arg, true);
}

static void
server_on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rendezvous_server_look(arg);
}

static void
server_on_stopped(evutil_socket_t fd, short what, void *arg)
{
	struct rendezvous_server *server = arg;

	(void)fd;
	(void)what;
	event_del(server->stop_timer);
	event_del(server->stopped);
	server->done(server->done_arg);
}

/* --- life */

int
rendezvous_server_open(void)
{
	return wan_tls_open();
}

static void
make_events(struct rendezvous_server *server, struct event_base *base)
{
	server->retry = evtimer_new(base, server_on_retry, server);
	server->probe_timer = evtimer_new(base, server_on_probe, server);
	server->again = evtimer_new(base, server_on_again, server);
	server->soon = evtimer_new(base, server_on_soon, server);
	server->stop_timer = evtimer_new(base, server_on_stopped, server);
	server->stopped = evtimer_new(base, server_on_stopped, server);
}

int
rendezvous_server_new(struct event_base *base,
    const struct rendezvous_server_plan *plan, struct rendezvous_server **ret)
{
	struct rendezvous_server *server;
	struct http_url url;
	int rc = http_url_parse(plan->url, &url);

	if (rc < 0)
		return rc;
	server = xzalloc(sizeof(*server));
	server->base = base;
	server->user = plan->user;
	server->arg = plan->arg;
	server->configured = url;
	server->peer_id = xstrdup(plan->peer_id);
	server->main = &server->lanes[0];
	server->probe = &server->lanes[1];
	server->main->server = server->probe->server = server;
	server->publisher =
	    server_publisher_new(&rendezvous_server_publish_user, server);
	buffer_init(&server->waiting, RENDEZVOUS_SERVER_MESSAGE_MAX);
	server_backoff_init(&server->backoff);
	server->probe_ms = RENDEZVOUS_SERVER_PROBE_FIRST_MS;
	server->since = monotime_now();
	make_events(server, base);
	rc = take_route(server, &url);
	if (rc < 0) {
		rendezvous_server_free(server);
		return rc;
	}
	rendezvous_server_try_in(server, 0);
	*ret = server;
	return 0;
}

/* Of the route alone: redirects lead out of it. */
void
rendezvous_server_set_local(struct rendezvous_server *server)
{
	server->route.is_local = true;
}

void
rendezvous_server_free(struct rendezvous_server *server)
{
	if (server == NULL)
		return;
	rendezvous_server_drop_streams(server);
	server_publisher_free(server->publisher);
	wan_route_fini(&server->route);
	event_free(server->retry);
	event_free(server->probe_timer);
	event_free(server->again);
	event_free(server->soon);
	event_free(server->stop_timer);
	event_free(server->stopped);
	buffer_fini(&server->waiting);
	free(server->peer_id);
	free(server);
}

void
rendezvous_server_forget_cursor(struct rendezvous_server *server)
{
	server->cursor[0] = '\0';
}

void
rendezvous_server_network_changed(struct rendezvous_server *server)
{
	event_active(server->soon, EV_TIMEOUT, 0);
}

int64_t
rendezvous_server_clock_offset_ms(const struct rendezvous_server *server)
{
	return server->clock_offset_ms;
}

/* --- for status rows */

const char *
wan_transport_name(enum wan_transport transport)
{
	static const char *const names[] = {
		[WAN_TRANSPORT_NONE] = "none",
		[WAN_TRANSPORT_WEBSOCKET] = "websocket",
		[WAN_TRANSPORT_EVENTS] = "events",
	};

	return names[transport];
}

void
rendezvous_server_state(
    const struct rendezvous_server *server, struct rendezvous_server_state *ret)
{
	const char *error = server->stream_error;

	*ret = (struct rendezvous_server_state){
		.is_ours = server->is_ours,
		.is_delta = server->is_delta,
		.since = server->since,
		.next_try = server->next_try,
		.clock_offset_ms = server->clock_offset_ms,
	};
	if (server->is_up)
		ret->transport =
		    server_stream_is_websocket(server->main->stream)
			? WAN_TRANSPORT_WEBSOCKET
			: WAN_TRANSPORT_EVENTS;
	if (*error == '\0')
		error = server->publish_error;
	http_url_print(&server->configured, ret->url);
	snprintf(ret->last_error, sizeof(ret->last_error), "%s", error);
}
