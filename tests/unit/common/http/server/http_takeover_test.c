/* Connections taken out of the server in the middle of a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/http/server/http_listen.h"
#include "common/http/server/http_server.h"
#include "common/http/server/http_takeover.h"

enum { ANSWER_MAX = 4096, EARLY_MAX = 64 };

static struct scene {
	struct event_base *base;
	struct http_server *server;
	union http_address address;
	struct http_wire wire;
	struct buffer early, head;
	int rc, gone, handled;
} scene;

static void
on_gone(void *arg)
{
	(void)arg;
	scene.gone++;
}

static void
handle(struct http_request *request, void *arg)
{
	(void)arg;
	scene.handled++;
	http_request_on_gone(request, on_gone, NULL);
	assert_int_equal(http_header(request, "Goop-Rendezvous", "1.1"), 0);
	assert_int_equal(http_head_print(request, 101, &scene.head), 0);
	scene.rc = http_takeover(request, &scene.wire, &scene.early);
	if (scene.rc < 0)
		http_reply(request, 503, NULL, bytes_of(""));
}

static int
open_scene(void **state)
{
	int fd;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.base = event_base_new();
	scene.server =
	    http_server_new(scene.base, &http_limits_default, handle, NULL);
	buffer_init(&scene.early, EARLY_MAX);
	buffer_init(&scene.head, ANSWER_MAX);
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
	http_wire_close(&scene.wire);
	http_wire_close(&scene.wire);
	buffer_fini(&scene.early);
	buffer_fini(&scene.head);
	event_base_free(scene.base);
	return 0;
}

static int
ask(const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, &scene.address.sa, sizeof(scene.address.v4)), 0);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	scene.handled = 0;
	buffer_fini(&scene.head);
	while (scene.handled == 0)
		event_base_loop(scene.base, EVLOOP_ONCE);
	event_base_loop(scene.base, EVLOOP_NONBLOCK);
	return fd;
}

static void
test_both_ways(void **state)
{
	int fd = ask("GET /ws HTTP/1.1\r\nHost: a\r\n\r\nearly bytes");
	char one[] = "one ", two[] = "two";
	struct iovec pieces[] = { { one, 4 }, { two, 3 } };
	char text[16] = "";

	(void)state;
	assert_int_equal(scene.rc, 0);
	assert_int_equal(scene.gone, 0);
	assert_int_equal(http_server_connections(scene.server), 0);
	assert_true(
	    bytes_equal(buffer_bytes(&scene.early), bytes_of("early bytes")));
	/* The server and its events are over, the connection is not. */
	assert_int_equal(http_wire_writev(&scene.wire, pieces, 2), 7);
	assert_false(http_wire_is_unsent(&scene.wire));
	assert_int_equal(recv(fd, text, sizeof(text), 0), 7);
	assert_string_equal(text, "one two");
	assert_int_equal(
	    http_wire_read(&scene.wire, text, sizeof(text)), -EAGAIN);
	assert_int_equal(send(fd, "three", 5, 0), 5);
	event_base_loop(scene.base, EVLOOP_NONBLOCK);
	assert_int_equal(http_wire_read(&scene.wire, text, sizeof(text)), 5);
	http_wire_shutdown(&scene.wire);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
	assert_int_equal(send(fd, "four", 4, 0), 4);
	assert_int_equal(http_wire_read(&scene.wire, text, sizeof(text)), 4);
	close(fd);
	assert_int_equal(http_wire_read(&scene.wire, text, sizeof(text)), 0);
}

static void
test_head(void **state)
{
	static const char begin[] =
	    "HTTP/1.1 101 Switching Protocols\r\nDate: ";
	static const char end[] = " GMT\r\nGoop-Rendezvous: 1.1\r\n";
	int fd = ask("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n");
	struct bytes head = buffer_bytes(&scene.head);

	(void)state;
	assert_int_equal(head.len, strlen(begin) + 25 + strlen(end));
	assert_memory_equal(head.data, begin, strlen(begin));
	assert_memory_equal(
	    head.data + head.len - strlen(end), end, strlen(end));
	close(fd);
}

/* More came than is taken: the request is still there to be answered. */
static void
test_too_much_early(void **state)
{
	char request[256] = "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", text[64];
	size_t len = strlen(request);
	int fd;

	(void)state;
	memset(request + len, 'x', EARLY_MAX + 1);
	fd = ask(request);
	assert_int_equal(scene.rc, -ENOBUFS);
	assert_int_equal(scene.early.len, 0);
	assert_true(recv(fd, text, sizeof(text), 0) > 12);
	assert_memory_equal(text, "HTTP/1.1 503", 12);
	close(fd);
}

/* No number is lost, and no socket left open. */
static void
test_descriptors(void **state)
{
	int fd, before, i;
	char byte;

	(void)state;
	before = dup(0);
	close(before);
	for (i = 0; i < 100; i++) {
		fd = ask("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_int_equal(scene.rc, 0);
		http_wire_close(&scene.wire);
		assert_int_equal(recv(fd, &byte, 1, 0), 0);
		close(fd);
		event_base_loop(scene.base, EVLOOP_NONBLOCK);
	}
	fd = dup(0);
	assert_int_equal(fd, before);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_both_ways, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_head, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_too_much_early, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_descriptors, open_scene, close_scene),
	};

	return cmocka_run_group_tests_name("http_takeover", tests, NULL, NULL);
}
