#include "goop-discoveryd/rendezvous/wan_connect.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/client/http_response.h"
#include "goop-discoveryd/rendezvous/wan_dial.h"
#include "goop-discoveryd/rendezvous/wan_tls.h"

struct wan_connect {
	struct wan_route *route;
	struct event *deadline;
	struct wan_asker asker;
	struct wan_dial *dial;
	struct bufferevent *bev;     /* to the proxy, or under TLS */
	struct http_response answer; /* the proxy's */
	wan_connect_fn *on_done;
	void *arg;
};

/* --- the route */

int
wan_route_init(struct wan_route *route, struct event_base *base,
    const struct http_url *url, wan_environment_fn *environment)
{
	const struct http_url *first;

	route->base = base;
	route->url = *url;
	route->names = NULL;
	route->is_local = false;
	route->patience = WAN_PATIENCE_FULL;
	route->proxy_verdict = wan_proxy_find(environment, url, &route->proxy);
	first = route->proxy_verdict == 0 ? &route->proxy.url : &route->url;
	return wan_names_new(base, first->host, first->port, &route->names);
}

void
wan_route_fini(struct wan_route *route)
{
	wan_names_free(route->names);
	route->names = NULL;
	explicit_bzero(&route->proxy, sizeof(route->proxy));
}

struct timeval
wan_route_wait(const struct wan_route *route, int64_t ms)
{
	ms = ms * route->patience / WAN_PATIENCE_FULL;
	return timeval_of_ms(ms);
}

/* Whom we talk to first, for sentences. */
static void
print_first(const struct wan_route *route, char text[HTTP_URL_TEXT_SIZE])
{
	bool by_proxy = route->proxy_verdict == 0;

	http_url_print_host(by_proxy ? &route->proxy.url : &route->url, text);
}

/* --- ends */

static void __attribute__((format(printf, 2, 3)))
connect_fail(struct wan_connect *connect, const char *format, ...)
{
	char sentence[WAN_SENTENCE_SIZE];
	va_list arguments;

	event_del(connect->deadline);
	wan_names_forget(connect->route->names);
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	text_make_printable(sentence);
	connect->on_done(NULL, sentence, connect->arg);
}

static void
connect_succeed(struct wan_connect *connect)
{
	struct bufferevent *bev = connect->bev;

	event_del(connect->deadline);
	connect->bev = NULL;
	bufferevent_disable(bev, EV_READ);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	connect->on_done(bev, NULL, connect->arg);
}

static void
connect_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct wan_connect *connect = arg;
	char host[HTTP_URL_TEXT_SIZE];

	(void)fd;
	(void)what;
	if (connect->asker.names != NULL) {
		connect_fail(connect,
		    "the name %.200s could not be looked up in time",
		    connect->route->url.host);
		return;
	}
	print_first(connect->route, host);
	connect_fail(connect, "%.200s does not answer", host);
}

/* --- TLS */

static void
tls_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct wan_connect *connect = arg;
	char sentence[WAN_SENTENCE_SIZE];

	if (what & BEV_EVENT_CONNECTED) {
		connect_succeed(connect);
		return;
	}
	if (!wan_tls_explain(bev, sentence, sizeof(sentence)))
		snprintf(sentence, sizeof(sentence),
		    "the server ended the connection before it was secure");
	connect_fail(connect, "%s", sentence);
}

static void
begin_http(struct wan_connect *connect, int fd)
{
	struct wan_route *route = connect->route;
	SSL *ssl;

	if (!route->url.is_secure) {
		connect->bev = bufferevent_socket_new(
		    route->base, fd, BEV_OPT_CLOSE_ON_FREE);
		connect_succeed(connect);
		return;
	}
	ssl = wan_tls_session(&route->url, !route->is_local);
	if (ssl != NULL)
		connect->bev = bufferevent_openssl_socket_new(route->base, fd,
		    ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (connect->bev == NULL) {
		SSL_free(ssl);
		close(fd);
		connect_fail(connect, "https is not possible here");
		return;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(connect->bev, 1);
	bufferevent_setcb(connect->bev, NULL, NULL, tls_on_event, connect);
	bufferevent_enable(connect->bev, EV_READ | EV_WRITE);
}

/* --- the proxy (RFC 9110, 9.3.6) */

static void
proxy_request(const struct wan_route *route, struct evbuffer *out)
{
	unsigned char login[WAN_PROXY_LOGIN_SIZE * 4 / 3 + 8];
	const struct http_url *url = &route->url;
	const char *text = route->proxy.login;
	char host[HTTP_URL_HOST_SIZE + 16];

	snprintf(host, sizeof(host), url->is_ipv6 ? "[%s]:%u" : "%s:%u",
	    url->host, (unsigned int)url->port);
	evbuffer_add_printf(
	    out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", host, host);
	if (*text != '\0') {
		EVP_EncodeBlock(
		    login, (const unsigned char *)text, (int)strlen(text));
		evbuffer_add_printf(
		    out, "Proxy-Authorization: Basic %s\r\n", login);
		explicit_bzero(login, sizeof(login));
	}
	evbuffer_add_printf(out, "\r\n");
}

/* The tunnel stands: the socket is the server's from now on. */
static void
proxy_done(struct wan_connect *connect)
{
	evutil_socket_t fd = bufferevent_getfd(connect->bev);

	bufferevent_disable(connect->bev, EV_READ | EV_WRITE);
	bufferevent_free(connect->bev); /* without the socket */
	connect->bev = NULL;
	begin_http(connect, fd);
}

static void
proxy_on_read(struct bufferevent *bev, void *arg)
{
	struct wan_connect *connect = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	struct bytes input = { evbuffer_pullup(in, -1), len }, body;
	int rc;

	do
		rc = http_response_read(&connect->answer, &input, &body);
	while (rc == HTTP_RESPONSE_BODY);
	if (rc == HTTP_RESPONSE_MORE) {
		evbuffer_drain(in, len);
		return;
	}
	if (rc > 0 && connect->answer.status / 100 != 2)
		connect_fail(connect, "the proxy %.180s refuses (%d)",
		    connect->route->proxy.url.host, connect->answer.status);
	else if (rc < 0 || input.len > 0) /* a server does not speak first */
		connect_fail(connect, "the proxy %.180s is none",
		    connect->route->proxy.url.host);
	else
		proxy_done(connect);
}

static void
proxy_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct wan_connect *connect = arg;

	(void)bev;
	(void)what;
	connect_fail(connect, "the proxy %.180s ended the connection",
	    connect->route->proxy.url.host);
}

static void
begin_proxy(struct wan_connect *connect, int fd)
{
	connect->bev = bufferevent_socket_new(connect->route->base, fd, 0);
	bufferevent_setcb(
	    connect->bev, proxy_on_read, NULL, proxy_on_event, connect);
	bufferevent_setwatermark(
	    connect->bev, EV_READ, 0, HTTP_RESPONSE_HEAD_MAX);
	bufferevent_enable(connect->bev, EV_READ | EV_WRITE);
	proxy_request(connect->route, bufferevent_get_output(connect->bev));
}

/* --- name and TCP */

static void
connect_on_dialled(int error, int fd, void *arg)
{
	struct wan_connect *connect = arg;
	char host[HTTP_URL_TEXT_SIZE];

	if (error < 0) {
		print_first(connect->route, host);
		connect_fail(connect, "no connection to %.180s: %s", host,
		    strerror(-error));
	} else if (connect->route->proxy_verdict == 0) {
		begin_proxy(connect, fd);
	} else {
		begin_http(connect, fd);
	}
}

static void
connect_on_found(int error, const struct wan_addresses *addresses, void *arg)
{
	struct wan_connect *connect = arg;
	struct wan_route *route = connect->route;

	if (error != 0)
		connect_fail(connect, "the name %.180s is not known: %s",
		    route->proxy_verdict == 0 ? route->proxy.url.host
					      : route->url.host,
		    gai_strerror(error));
	else if (route->proxy_verdict < 0)
		connect_fail(connect, "https_proxy in the environment is no "
				      "http proxy");
	else
		connect->dial = wan_dial_new(
		    route->base, addresses, connect_on_dialled, connect);
}

struct wan_connect *
wan_connect_new(struct wan_route *route, wan_connect_fn *on_done, void *arg)
{
	struct timeval deadline = wan_route_wait(route, WAN_CONNECT_MS);
	struct wan_connect *connect = xzalloc(sizeof(*connect));

	connect->route = route;
	connect->on_done = on_done;
	connect->arg = arg;
	http_response_init(&connect->answer, true);
	connect->deadline =
	    evtimer_new(route->base, connect_on_deadline, connect);
	event_add(connect->deadline, &deadline);
	connect->asker.on_found = connect_on_found;
	connect->asker.arg = connect;
	wan_names_ask(route->names, &connect->asker);
	return connect;
}

/* The proxy's bufferevent does not close its socket by itself. */
static void
drop_bev(struct wan_connect *connect)
{
	evutil_socket_t fd = bufferevent_getfd(connect->bev);
	bool is_proxy = bufferevent_openssl_get_ssl(connect->bev) == NULL;

	bufferevent_disable(connect->bev, EV_READ | EV_WRITE);
	bufferevent_free(connect->bev);
	if (is_proxy)
		close(fd);
}

void
wan_connect_free(struct wan_connect *connect)
{
	if (connect == NULL)
		return;
	wan_names_cancel(&connect->asker);
	wan_dial_free(connect->dial);
	if (connect->bev != NULL)
		drop_bev(connect);
	event_free(connect->deadline);
	http_response_fini(&connect->answer);
	free(connect);
}
