#include "common/http_client/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http_client/connect_race.h"
#include "common/http_client/curl_loop.h"
#include "common/http_client/curl_url.h"
#include "common/http_client/http_failure.h"
#include "common/http_client/http_proxy.h"
#include "common/http_client/tls_trust.h"
#include "common/resolver/resolver.h"

enum {
	INTERIM_MAX = 8, /* 1xx before the answer */
	BUFFER_SIZE = 16 * 1024,
	ADDRESS_SIZE = HTTP_URL_HOST_SIZE + 16 + INET6_ADDRSTRLEN,
};

#define STATES(X) \
	X(LOOKING_UP) /* the name; CONNECT_MS for all until WAITING */ \
	X(CONNECTING) \
	X(WAITING)   /* for the head; ANSWER_MS for all until the end */ \
	X(READING)   /* a short text */ \
	X(STREAMING) /* as much silence as the user allows */ \
	X(OVER)      /* nothing happens any more */
enum state {
#define STATE_VALUE(name) name,
	STATES(STATE_VALUE)
#undef STATE_VALUE
};
static const char *const state_names[] = {
#define STATE_NAME(name) #name,
	STATES(STATE_NAME)
#undef STATE_NAME
};

struct http_client {
	struct event_base *base;
	struct resolver *resolver;
	struct http_url url, proxy;
	int proxy_verdict; /* of http_proxy_find */
	struct curl_loop loop;
	bool is_local;
	int64_t patience;
	struct resolver_address proven;     /* stood last; family 0: none */
	LIST_HEAD(, http_transfer) dropped; /* freed while it was inside */
};

struct http_transfer {
	LIST_ENTRY(http_transfer) link;
	struct http_client *client;
	const struct http_transfer_user *user; /* NULL: it is dropped */
	void *arg;
	enum state state;
	CURL *easy;
	struct curl_slist *headers, *addresses;
	struct resolver_question question;
	struct connect_race *race;
	int raced; /* its socket, until libcurl takes it; -1: none */
	struct event *deadline;
	struct event *step; /* what may not be done inside of libcurl */
	bool is_stream, is_upgrade, has_reached, is_late;
	bool is_sending; /* bytes were taken for the kernel */
	bool is_sent;    /* our side of an upgraded connection is over */
	bool is_refused; /* by us: on_bytes or on_drained was false */
	bool is_done;    /* libcurl has ended it, with this result: */
	CURLcode result;
	int fd;
	int proxy_status;
	unsigned int interim;
	size_t head_len, text_read, text_len;
	int64_t silence_ms;
	const char *reason; /* of ours, for ending it inside of libcurl */
	struct buffer output;
	char text[HTTP_CLIENT_TEXT_SIZE];
	char sentence[HTTP_CLIENT_SENTENCE_SIZE];
	char error[CURL_ERROR_SIZE];
};

static void
transfer_enter(struct http_transfer *transfer, enum state state)
{
	log_debug("http host=%s %s -> %s", transfer->client->url.host,
	    state_names[transfer->state], state_names[state]);
	transfer->state = state;
}

static void
await(struct http_transfer *transfer, int64_t ms)
{
	struct timeval wait;

	ms = ms * transfer->client->patience / HTTP_CLIENT_PATIENCE_FULL;
	wait = timeval_of_ms(ms);
	event_add(transfer->deadline, &wait);
}

/* The host that we connect to. */
static const struct http_url *
first_hop(const struct http_client *client)
{
	return client->proxy_verdict == 0 ? &client->proxy : &client->url;
}

/* Does the first hop need a lookup? libcurl knows "localhost" by itself. */
static bool
has_name(const struct http_client *client)
{
	const struct http_url *hop = first_hop(client);

	return !http_url_is_literal(hop) && strcmp(hop->host, "localhost") != 0;
}

/* --- ends */

static void
free_easy(struct http_transfer *transfer)
{
	connect_race_free(transfer->race);
	transfer->race = NULL;
	if (transfer->raced != -1)
		close(transfer->raced);
	transfer->raced = -1;
	if (transfer->easy != NULL) {
		curl.multi_remove_handle(
		    transfer->client->loop.multi, transfer->easy);
		curl.easy_cleanup(transfer->easy);
	}
	curl.slist_free_all(transfer->addresses);
	transfer->easy = NULL;
	transfer->addresses = NULL;
	transfer->fd = -1;
}

/* The last act of whatever the loop called. */
static void
transfer_over(struct http_transfer *transfer, const char *sentence)
{
	event_del(transfer->deadline);
	event_del(transfer->step);
	resolver_cancel(&transfer->question);
	if (!transfer->has_reached && has_name(transfer->client)) {
		resolver_forget(transfer->client->resolver,
		    first_hop(transfer->client)->host);
		transfer->client->proven.family = 0;
	}
	free_easy(transfer);
	transfer_enter(transfer, OVER);
	transfer->text[transfer->text_len] = '\0';
	text_make_printable(transfer->text);
	transfer->user->on_over(sentence,
	    sentence == NULL && !transfer->is_refused ? transfer->text : "",
	    transfer->arg);
}

static void __attribute__((format(printf, 2, 3)))
fail(struct http_transfer *transfer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    transfer->sentence, sizeof(transfer->sentence), format, arguments);
	va_end(arguments);
	text_make_printable(transfer->sentence);
	transfer_over(transfer, transfer->sentence);
}

static void
transfer_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct http_transfer *transfer = arg;
	const struct http_url *hop = first_hop(transfer->client);
	char host[HTTP_URL_TEXT_SIZE];

	(void)fd;
	(void)what;
	http_url_print_host(hop, host);
	transfer->is_late = transfer->has_reached;
	switch (transfer->state) {
	case LOOKING_UP:
		fail(transfer, "the name %.200s could not be looked up in time",
		    hop->host);
		break;
	case CONNECTING:
		fail(transfer, "%.200s does not answer", host);
		break;
	case STREAMING:
		fail(transfer, "the server has been silent for %lld seconds",
		    (long long)(transfer->silence_ms / 1000));
		break;
	default:
		fail(transfer, "the server takes too long to answer");
	}
}

static void
explain(struct http_transfer *transfer)
{
	const struct http_client *client = transfer->client;
	char host[HTTP_URL_TEXT_SIZE];
	long os_error = 0, verdict = 0, proxy_status = 0;
	struct http_failure failure = {
		.code = transfer->result,
		.error = transfer->error,
		.host = host,
		.proxy = client->proxy_verdict == 0 ? client->proxy.host : NULL,
		.has_reached = transfer->has_reached,
		.is_stream = transfer->state == STREAMING,
		.now_s = walltime_ms() / 1000,
	};

	http_url_print_host(first_hop(client), host);
	curl.easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
	curl.easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
	curl.easy_getinfo(
	    transfer->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
	failure.os_error = (int)os_error;
	failure.proxy_status = transfer->proxy_status = (int)proxy_status;
	failure.verdict = verdict;
	http_failure_print(&failure, transfer->sentence);
}

/* libcurl has ended the transfer. */
static void
conclude(struct http_transfer *transfer)
{
	bool is_complete =
	    transfer->is_refused ||
	    (transfer->result == CURLE_OK && transfer->state >= READING);

	if (transfer->reason != NULL) {
		fail(transfer, "%s", transfer->reason);
	} else if (is_complete) {
		transfer_over(transfer, NULL);
	} else {
		explain(transfer);
		transfer_over(transfer, transfer->sentence);
	}
}

/* --- the loop's side */

static void
free_now(struct http_transfer *transfer)
{
	free_easy(transfer);
	curl.slist_free_all(transfer->headers);
	buffer_fini(&transfer->output);
	event_free(transfer->deadline);
	event_free(transfer->step);
	free(transfer);
}

static void
client_on_left(void *arg)
{
	struct http_client *client = arg;
	struct http_transfer *transfer;

	while ((transfer = LIST_FIRST(&client->dropped)) != NULL) {
		LIST_REMOVE(transfer, link);
		free_now(transfer);
	}
}

/* The user is told from the loop: it may free the client, which is still in use
 * here. */
static void
transfer_on_done(void *arg, CURLcode result)
{
	struct http_transfer *transfer = arg;

	transfer->result = result;
	transfer->is_done = true;
	if (transfer->user != NULL)
		event_active(transfer->step, EV_TIMEOUT, 0);
}

static void
transfer_on_socket(void *arg, int fd)
{
	struct http_transfer *transfer = arg;

	transfer->fd = fd;
	/* Nothing to send, and nothing to read any more: the other side has
	 * ended the connection; for libcurl our half still stands. */
	if (fd == -1 && transfer->is_upgrade && transfer->has_reached &&
	    !transfer->is_sent && transfer->user != NULL) {
		transfer->is_sent = true;
		event_active(transfer->step, EV_TIMEOUT, 0);
	}
}

static const struct curl_loop_user client_loop_user = {
	.on_socket = transfer_on_socket,
	.on_done = transfer_on_done,
	.on_left = client_on_left,
};

/* --- libcurl's callbacks within a transfer; each runs inside of it */

/* The name's addresses are passed in: a lookup here would be one by libcurl. */
static int
on_lookup(void *state, void *reserved, void *arg)
{
	struct http_transfer *transfer = arg;

	(void)state;
	(void)reserved;
	return has_name(transfer->client);
}

/* A connection stands, and the request is about to go out. */
static int
on_reached(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *transfer = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (transfer->user == NULL)
		return CURL_PREREQFUNC_ABORT;
	transfer->has_reached = true;
	transfer_enter(transfer, WAITING);
	await(transfer, HTTP_CLIENT_ANSWER_MS);
	return CURL_PREREQFUNC_OK;
}

static bool
take_head(struct http_transfer *transfer)
{
	enum http_transfer_wish wish = transfer->user->on_head(
	    transfer, &transfer->silence_ms, transfer->arg);

	if (wish == HTTP_TRANSFER_STREAM) {
		transfer_enter(transfer, STREAMING);
		await(transfer, transfer->silence_ms);
		return true;
	}
	transfer_enter(transfer, READING);
	transfer->is_sent = true; /* no upgrade: nothing is to be sent */
	event_active(transfer->step, EV_TIMEOUT, 0);
	transfer->is_refused = wish == HTTP_TRANSFER_WRONG;
	return !transfer->is_refused;
}

/* One line of a head or a trailer. */
static size_t
on_line(char *line, size_t size, size_t count, void *arg)
{
	struct http_transfer *transfer = arg;
	size_t len = size * count;
	int status;

	if (transfer->user == NULL)
		return 0;
	transfer->head_len += len;
	if (transfer->head_len > HTTP_CLIENT_HEAD_MAX) {
		transfer->reason = "the server's answer is too long";
		return 0;
	}
	if (transfer->state != WAITING || strspn(line, "\r\n") < len)
		return len;
	status = http_transfer_status(transfer);
	if (status >= 200 || status == 101)
		return take_head(transfer) ? len : 0;
	if (++transfer->interim <= INTERIM_MAX)
		return len;
	transfer->reason = "the server does not speak HTTP";
	return 0;
}

/* The first line is enough for people. */
static bool
keep_text(struct http_transfer *transfer, struct bytes body)
{
	size_t room = sizeof(transfer->text) - 1 - transfer->text_len;

	transfer->text_read += body.len;
	if (body.len > room)
		body.len = room;
	memcpy(transfer->text + transfer->text_len, body.data, body.len);
	transfer->text_len += body.len;
	return transfer->text_read <= HTTP_CLIENT_TEXT_MAX;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_transfer *transfer = arg;
	struct bytes body = { (const uint8_t *)data, size * count };
	bool is_wanted;

	if (transfer->user == NULL)
		return CURL_WRITEFUNC_ERROR;
	if (transfer->state == STREAMING) {
		await(transfer, transfer->silence_ms);
		is_wanted = transfer->user->on_bytes(body, transfer->arg);
	} else {
		is_wanted = keep_text(transfer, body);
	}
	transfer->is_refused = !is_wanted;
	return is_wanted ? body.len : CURL_WRITEFUNC_ERROR;
}

/* What we send after 101 is to libcurl the request's body, without an end. */
static size_t
on_send(char *data, size_t size, size_t count, void *arg)
{
	struct http_transfer *transfer = arg;
	struct bytes output = buffer_bytes(&transfer->output);

	if (transfer->user == NULL)
		return CURL_READFUNC_ABORT;
	if (output.len == 0 && transfer->is_sending) {
		transfer->is_sending = false;
		transfer->is_refused =
		    !transfer->user->on_drained(transfer->arg);
		output = buffer_bytes(&transfer->output);
	}
	if (transfer->is_refused)
		return CURL_READFUNC_ABORT;
	if (transfer->is_sent)
		return 0;
	if (output.len == 0)
		return CURL_READFUNC_PAUSE;
	if (output.len > size * count)
		output.len = size * count;
	memcpy(data, output.data, output.len);
	buffer_consume(&transfer->output, output.len);
	transfer->is_sending = true;
	return output.len;
}

static CURLcode
on_tls(CURL *easy, void *context, void *arg)
{
	struct http_transfer *transfer = arg;
	struct http_client *client = transfer->client;

	(void)easy;
	return client->is_local || tls_trust_apply(context, &client->url)
		   ? CURLE_OK
		   : CURLE_SSL_CERTPROBLEM;
}

/* The socket of the race is libcurl's from now on. */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_transfer *transfer = arg;
	int fd = transfer->raced;

	(void)purpose;
	(void)address;
	transfer->raced = -1;
	return fd != -1 ? fd : CURL_SOCKET_BAD;
}

static int
on_socket(void *arg, curl_socket_t fd, curlsocktype type)
{
	(void)arg;
	(void)fd;
	(void)type;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* --- the request */

static const char *
environment(const char *name)
{
	return getenv(name);
}

static void
set_address(
    struct http_transfer *transfer, const struct resolver_address *address)
{
	const struct http_url *hop = first_hop(transfer->client);
	char text[ADDRESS_SIZE], ip[INET6_ADDRSTRLEN];
	CURL *easy = transfer->easy;

	inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, ip,
	    sizeof(ip));
	snprintf(text, sizeof(text), "%s:%u:%s", hop->host,
	    (unsigned int)hop->port, ip);
	transfer->addresses = curl.slist_append(NULL, text);
	curl.easy_setopt(easy, CURLOPT_RESOLVE, transfer->addresses);
	if (address->scope != 0)
		curl.easy_setopt(
		    easy, CURLOPT_ADDRESS_SCOPE, (long)address->scope);
	if (transfer->raced != -1) {
		curl.easy_setopt(
		    easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
		curl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
		curl.easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	}
}

static void
set_callbacks(struct http_transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl.easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_lookup);
	curl.easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer);
	curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_reached);
	curl.easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
	curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl.easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl.easy_setopt(easy, CURLOPT_SSL_CTX_DATA, transfer);
}

/* What is the same for all requests. */
static void
set_rules(CURL *easy, bool is_local)
{
	static const struct {
		CURLoption option;
		long value;
	} rules[] = {
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		{ CURLOPT_BUFFERSIZE, BUFFER_SIZE },
		{ CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_SIZE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		curl.easy_setopt(easy, rules[i].option, rules[i].value);
	curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl.easy_setopt(easy, CURLOPT_CAINFO, NULL); /* tls_trust has them */
	curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, is_local ? 0L : 1L);
	curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, is_local ? 0L : 2L);
	curl.easy_setopt(easy, CURLOPT_USERAGENT, "goop2/" GOOP_VERSION);
}

static void
set_proxy(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;
	char url[CURL_URL_SIZE] = "";

	if (client->proxy_verdict == 0)
		curl_url_print(&client->proxy, "", url);
	/* "" turns off what libcurl would read from the environment itself */
	curl.easy_setopt(transfer->easy, CURLOPT_PROXY, url);
	curl.easy_setopt(transfer->easy, CURLOPT_NOPROXY, "");
	/* forward proxies do not pass an upgrade on */
	curl.easy_setopt(transfer->easy, CURLOPT_HTTPPROXYTUNNEL,
	    transfer->is_upgrade ? 1L : 0L);
	explicit_bzero(url, sizeof(url));
}

static void
begin(struct http_transfer *transfer, const struct resolver_address *address)
{
	struct http_client *client = transfer->client;

	set_callbacks(transfer);
	set_rules(transfer->easy, client->is_local);
	set_proxy(transfer);
	if (address != NULL)
		set_address(transfer, address);
	if (curl.multi_add_handle(client->loop.multi, transfer->easy) !=
	    CURLM_OK)
		fail(transfer, "libcurl does not take the request");
}

static void
transfer_on_raced(int fd, const struct resolver_address *address, void *arg)
{
	struct http_transfer *transfer = arg;
	char host[HTTP_URL_TEXT_SIZE];

	if (fd < 0) {
		http_url_print_host(first_hop(transfer->client), host);
		fail(transfer, "no connection to %.120s: %s", host,
		    strerror(-fd));
		return;
	}
	transfer->raced = fd;
	transfer->client->proven = *address;
	begin(transfer, address);
}

/* Where to connect without a race: to the only address; or to the one that
 * stood last, which libcurl may still have a connection to. */
static const struct resolver_address *
sure_address(
    const struct http_transfer *transfer, const struct resolver_answer *answer)
{
	const struct resolver_address *proven = &transfer->client->proven;
	size_t i;

	if (answer->count == 1)
		return &answer->at[0];
	for (i = 0; i < answer->count && !transfer->is_stream; i++)
		if (memcmp(&answer->at[i], proven, sizeof(*proven)) == 0)
			return proven;
	return NULL;
}

static void
transfer_on_answer(const struct resolver_answer *answer, void *arg)
{
	struct http_transfer *transfer = arg;
	const struct http_url *hop = first_hop(transfer->client);
	const struct resolver_address *sure;

	if (answer->error != 0) {
		fail(transfer, "the name %.180s is not known: %s", hop->host,
		    gai_strerror(answer->error));
		return;
	}
	transfer_enter(transfer, CONNECTING);
	sure = sure_address(transfer, answer);
	if (sure != NULL)
		begin(transfer, sure);
	else
		transfer->race = connect_race_new(transfer->client->base,
		    answer, hop->port, transfer_on_raced, transfer);
}

static void
transfer_on_step(evutil_socket_t fd, short what, void *arg)
{
	struct http_transfer *transfer = arg;

	(void)fd;
	(void)what;
	if (transfer->is_done)
		conclude(transfer);
	else if (transfer->has_reached)
		curl.easy_pause(transfer->easy, CURLPAUSE_CONT);
	else if (transfer->client->proxy_verdict < 0)
		fail(transfer, "%s in the environment is no http proxy",
		    transfer->client->url.is_secure ? "https_proxy"
						    : "http_proxy");
	else {
		transfer_enter(transfer, CONNECTING);
		begin(transfer, NULL);
	}
}

static void
set_request(struct http_transfer *transfer, const struct http_request *request)
{
	static const char *const always[] = {
		"Expect:", "Accept:", "Transfer-Encoding:"
	};
	CURL *easy = transfer->easy;
	char url[CURL_URL_SIZE];
	size_t i;

	for (i = 0; request->headers[i] != NULL; i++)
		transfer->headers =
		    curl.slist_append(transfer->headers, request->headers[i]);
	for (i = 0; i < ARRAY_SIZE(always); i++)
		if (!request->is_stream || request->is_upgrade || i != 1)
			transfer->headers =
			    curl.slist_append(transfer->headers, always[i]);
	curl_url_print(&transfer->client->url, request->path, url);
	curl.easy_setopt(easy, CURLOPT_URL, url);
	explicit_bzero(url, sizeof(url));
	curl.easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	if (request->is_upgrade) {
		curl.easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl.easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
		curl.easy_setopt(easy, CURLOPT_READDATA, transfer);
	} else if (request->body.len > 0) {
		curl.easy_setopt(
		    easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
		curl.easy_setopt(
		    easy, CURLOPT_COPYPOSTFIELDS, request->body.data);
	}
	curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl.easy_setopt(
	    easy, CURLOPT_FRESH_CONNECT, request->is_stream ? 1L : 0L);
	curl.easy_setopt(
	    easy, CURLOPT_FORBID_REUSE, request->is_stream ? 1L : 0L);
}

struct http_transfer *
http_transfer_new(struct http_client *client,
    const struct http_request *request, const struct http_transfer_user *user,
    void *arg)
{
	struct http_transfer *transfer = xzalloc(sizeof(*transfer));

	transfer->client = client;
	transfer->user = user;
	transfer->arg = arg;
	transfer->fd = -1;
	transfer->raced = -1;
	transfer->is_stream = request->is_stream;
	transfer->is_upgrade = request->is_upgrade;
	buffer_init(&transfer->output, HTTP_CLIENT_QUEUE_MAX);
	transfer->deadline =
	    evtimer_new(client->base, transfer_on_deadline, transfer);
	transfer->step = evtimer_new(client->base, transfer_on_step, transfer);
	transfer->easy = curl.easy_init();
	set_request(transfer, request);
	await(transfer, HTTP_CLIENT_CONNECT_MS);
	transfer->question.on_answer = transfer_on_answer;
	transfer->question.arg = transfer;
	if (client->proxy_verdict >= 0 && has_name(client))
		resolver_ask(client->resolver, first_hop(client)->host,
		    &transfer->question);
	else
		event_active(transfer->step, EV_TIMEOUT, 0);
	return transfer;
}

void
http_transfer_free(struct http_transfer *transfer)
{
	if (transfer == NULL)
		return;
	resolver_cancel(&transfer->question);
	event_del(transfer->deadline);
	event_del(transfer->step);
	if (!transfer->client->loop.is_inside) {
		free_now(transfer);
		return;
	}
	transfer->user = NULL;
	LIST_INSERT_HEAD(&transfer->client->dropped, transfer, link);
}

int
http_transfer_status(const struct http_transfer *transfer)
{
	long status = 0;

	curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

const char *
http_transfer_header(struct http_transfer *transfer, const char *name)
{
	struct curl_header *header;

	return curl.easy_header(transfer->easy, name, 0,
		   CURLH_HEADER | CURLH_1XX, -1, &header) == CURLHE_OK
		   ? header->value
		   : NULL;
}

bool
http_transfer_has_reached(const struct http_transfer *transfer)
{
	return transfer->has_reached;
}

bool
http_transfer_is_late(const struct http_transfer *transfer)
{
	return transfer->is_late;
}

int
http_transfer_proxy_status(const struct http_transfer *transfer)
{
	return transfer->proxy_status;
}

int
http_transfer_send(struct http_transfer *transfer, struct bytes bytes)
{
	if (transfer->state != STREAMING || transfer->is_sent ||
	    buffer_append(&transfer->output, bytes) < 0)
		return -ENOBUFS;
	event_active(transfer->step, EV_TIMEOUT, 0);
	return 0;
}

size_t
http_transfer_queued(const struct http_transfer *transfer)
{
	return transfer->output.len + (transfer->is_sending ? 1 : 0);
}

int
http_transfer_fd(const struct http_transfer *transfer)
{
	return transfer->fd;
}

/* --- the client */

int
http_client_open(void)
{
	int rc = curl_library_open();

	return rc == 0 ? tls_trust_open() : rc;
}

int
http_client_new(struct event_base *base, struct resolver *resolver,
    const struct http_url *url, struct http_client **ret)
{
	struct http_client *client = xzalloc(sizeof(*client));

	client->url = *url;
	if (curl_url_make_ascii(&client->url) < 0) {
		free(client);
		return -EINVAL;
	}
	client->base = base;
	client->resolver = resolver;
	client->patience = HTTP_CLIENT_PATIENCE_FULL;
	client->proxy_verdict =
	    http_proxy_find(environment, &client->url, &client->proxy);
	LIST_INIT(&client->dropped);
	curl_loop_init(&client->loop, base, &client_loop_user, client);
	*ret = client;
	return 0;
}

void
http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	curl_loop_fini(&client->loop);
	explicit_bzero(client, sizeof(*client)); /* logins */
	free(client);
}

void
http_client_set_local(struct http_client *client)
{
	client->is_local = true;
}

void
http_client_set_patience(struct http_client *client, int64_t percent)
{
	client->patience = percent;
}

const struct http_url *
http_client_url(const struct http_client *client)
{
	return &client->url;
}

void
http_client_reset(struct http_client *client)
{
	client->proven.family = 0;
	if (has_name(client))
		resolver_forget(client->resolver, first_hop(client)->host);
	curl_loop_reset(&client->loop);
}
