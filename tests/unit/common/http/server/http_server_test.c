/* The server over real sockets of this machine, in one event loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "common/base/array.h"
#include "common/http/server/http_listen.h"
#include "common/http/server/http_server.h"
#include "common/http/stream/sse_hub.h"

enum { CLIENTS_MAX = 8, ANSWER_MAX = 4096 };

static struct scene {
	struct event_base *base;
	struct http_server *server;
	union http_address address;
	struct sse_hub *hub;
	struct http_request *held; /* a request nobody answers */
	int gone, sent;
} scene;

static void
on_gone(void *arg)
{
	(void)arg;
	scene.held = NULL;
	scene.gone++;
}

static void
on_sent(void *arg)
{
	scene.sent++;
	http_stream_end(arg);
}

static void
stream(struct http_request *request, int64_t length, const char *text)
{
	struct evbuffer *data = evbuffer_new();

	evbuffer_add(data, text, strlen(text));
	http_stream_begin(request, 200, length);
	http_stream_write(request, data, on_sent, request);
	evbuffer_free(data);
}

static void
handle(struct http_request *request, void *arg)
{
	static uint8_t large[16 * 1024 * 1024]; /* no socket takes it all */
	struct bytes path = http_request_path(request);
	struct sse_reader *reader;

	(void)arg;
	if (bytes_equal(path, bytes_of("/held"))) {
		scene.held = request;
		http_request_on_gone(request, on_gone, NULL);
	} else if (bytes_equal(path, bytes_of("/events"))) {
		assert_int_equal(sse_hub_join(scene.hub, request, &reader), 0);
	} else if (bytes_equal(path, bytes_of("/known"))) {
		stream(request, 5, "known");
	} else if (bytes_equal(path, bytes_of("/chunks"))) {
		stream(request, -1, "chunk");
	} else if (bytes_equal(path, bytes_of("/large"))) {
		http_reply_static(request, 200, "text/plain",
		    (struct bytes){ large, sizeof(large) });
	} else if (bytes_equal(path, bytes_of("/host"))) {
		http_reply(request, 200, "text/plain",
		    bytes_of(http_request_header(request, "Host")));
	} else if (bytes_equal(path, bytes_of("/cut"))) {
		http_stream_begin(request, 200, 100);
		http_stream_abort(request);
	} else {
		assert_int_equal(http_header(request, "X", "a\r\nb"), -EINVAL);
		http_reply(request, 200, "text/plain", bytes_of("hello"));
	}
}

static int
open_scene(void **state)
{
	struct http_limits limits = http_limits_default;
	int fd;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.base = event_base_new();
	limits.connections = 4;
	scene.server = http_server_new(scene.base, &limits, handle, NULL);
	scene.hub = sse_hub_new(scene.base, 2);
	assert_int_equal(http_address_parse("127.0.0.1:0", &scene.address), 0);
	assert_int_equal(http_listen(&scene.address, &fd), 0);
	assert_int_equal(http_server_take_listener(scene.server, fd), 0);
	return 0;
}

static int
close_scene(void **state)
{
	(void)state;
	http_server_free(scene.server);
	sse_hub_free(scene.hub);
	event_base_free(scene.base);
	return 0;
}

static int
client(const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, &scene.address.sa, sizeof(scene.address.v4)), 0);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	return fd;
}

/* Run the loop until the server has closed, or so much came. */
static void
collect(int fd, size_t most, char *answer)
{
	size_t len = 0;
	ssize_t n = -1;

	while (len < most && n != 0) {
		event_base_loop(scene.base, EVLOOP_NONBLOCK);
		n = recv(fd, answer + len, most - len, MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
		if (n == -1 && errno != EAGAIN)
			n = 0;
	}
	answer[len] = '\0';
}

#define ASK(path) \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void
test_answers(void **state)
{
	static const struct {
		const char *request, *status, *end;
	} cases[] = {
		{ ASK("/x"), "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello" },
		{ ASK("/known"), "HTTP/1.1 200 OK\r\n", "\r\n\r\nknown" },
		{ ASK("/chunks"), "HTTP/1.1 200 OK\r\n",
		    "5\r\nchunk\r\n0\r\n\r\n" },
		{ "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		    "HTTP/1.1 200 OK\r\n", "\r\n\r\n" },
		{ "GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
		    "bad request\n" },
		/* a URL's own host counts (RFC 9112, 3.2.2) */
		{ ASK("http://b:8/host"), "HTTP/1.1 200 OK\r\n",
		    "\r\n\r\nb:8" },
		{ ASK("/host"), "HTTP/1.1 200 OK\r\n", "\r\n\r\na" },
		{ ASK("ftp://b/host"), "HTTP/1.1 400 Bad Request\r\n",
		    "bad request\n" },
		/* HAProxy's check */
		{ "OPTIONS /x HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n",
		    "\r\n\r\nhello" },
		/* empty lines before a request line (RFC 9112, 2.2) */
		{ "\r\n\n" ASK("/x"), "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello" },
		{ "POST /host HTTP/1.1\r\nHost: a\r\n"
		  "Content-Length: 2\r\n\r\n{}\r\n" ASK("/x"),
		    "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello" },
	};
	char answer[ANSWER_MAX + 1];
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fd = client(cases[i].request);
		collect(fd, ANSWER_MAX, answer);
		close(fd);
		if (strncmp(answer, cases[i].status, strlen(cases[i].status)) !=
			0 ||
		    strlen(answer) < strlen(cases[i].end) ||
		    strcmp(answer + strlen(answer) - strlen(cases[i].end),
			cases[i].end) != 0)
			fail_msg("case %zu: %s", i, answer);
	}
	assert_int_equal(scene.sent, 2);
}

/* An empty line that comes alone begins no request, so no clock runs. */
static void
test_empty_line_alone(void **state)
{
	char answer[ANSWER_MAX + 1];
	int fd = client("\r"), i;

	(void)state;
	for (i = 0; i < 3; i++)
		event_base_loop(scene.base, EVLOOP_ONCE);
	assert_int_equal(send(fd, "\n", 1, 0), 1);
	event_base_loop(scene.base, EVLOOP_ONCE);
	assert_int_equal(
	    send(fd, ASK("/x"), strlen(ASK("/x")), 0), strlen(ASK("/x")));
	collect(fd, ANSWER_MAX, answer);
	assert_non_null(strstr(answer, "hello"));
	close(fd);
}

static void
test_cut(void **state)
{
	char answer[ANSWER_MAX + 1];
	int fd = client(ASK("/cut"));

	(void)state;
	collect(fd, ANSWER_MAX, answer);
	close(fd);
	assert_int_equal(http_server_connections(scene.server), 0);
}

static void
test_client_leaves(void **state)
{
	int fd = client(ASK("/held"));

	(void)state;
	while (scene.held == NULL)
		event_base_loop(scene.base, EVLOOP_ONCE);
	close(fd);
	while (scene.gone == 0)
		event_base_loop(scene.base, EVLOOP_ONCE);
	assert_int_equal(http_server_connections(scene.server), 0);
}

static void
test_stop_while_held(void **state)
{
	int fd = client(ASK("/held"));

	while (scene.held == NULL)
		event_base_loop(scene.base, EVLOOP_ONCE);
	http_server_free(scene.server);
	scene.server = NULL;
	assert_int_equal(scene.gone, 1);
	close(fd);
	(void)state;
}

static void
test_slow_reader(void **state)
{
	static char data[64 * 1024];
	int fd = client(ASK("/events"));

	(void)state;
	memset(data, 'x', sizeof(data) - 1);
	while (sse_hub_readers(scene.hub) == 0)
		event_base_loop(scene.base, EVLOOP_ONCE);
	while (sse_hub_readers(scene.hub) > 0) {
		sse_hub_tell(scene.hub, "e", bytes_of(data));
		event_base_loop(scene.base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(http_server_connections(scene.server), 0);
	close(fd);
}

/* Over the limit the one that has been silent longest makes room. */
static void
test_crowd(void **state)
{
	char answer[ANSWER_MAX + 1];
	int fds[CLIENTS_MAX], i, fd;

	(void)state;
	for (i = 0; i < CLIENTS_MAX; i++) {
		fds[i] = client("");
		event_base_loop(scene.base, EVLOOP_NONBLOCK);
	}
	fd = client(ASK("/x"));
	collect(fd, ANSWER_MAX, answer);
	assert_non_null(strstr(answer, "hello"));
	assert_true(http_server_connections(scene.server) <= 5);
	close(fd);
	for (i = 0; i < CLIENTS_MAX; i++)
		close(fds[i]);
}

/* Also one that does not read its answer. */
static void
test_crowd_that_does_not_read(void **state)
{
	char answer[ANSWER_MAX + 1];
	int fds[CLIENTS_MAX], i, fd;
	char byte;

	(void)state;
	for (i = 0; i < CLIENTS_MAX; i++) {
		fds[i] = client(ASK("/large"));
		while (recv(fds[i], &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1 &&
		       errno == EAGAIN)
			event_base_loop(scene.base, EVLOOP_NONBLOCK);
	}
	fd = client(ASK("/x"));
	collect(fd, ANSWER_MAX, answer);
	assert_non_null(strstr(answer, "hello"));
	close(fd);
	for (i = 0; i < CLIENTS_MAX; i++)
		close(fds[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_empty_line_alone, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_answers, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_cut, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_client_leaves, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_stop_while_held, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_slow_reader, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_crowd, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_crowd_that_does_not_read, open_scene, close_scene),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
