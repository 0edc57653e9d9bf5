/* Whole goopds in one process, without frame and sandbox, that talk over
 * loopback and are asked over the bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/goopd.h"
#include "tests/unit/support/test_host.h"

enum { BUDGET_MS = 20000, LARGE = 5 * 1024 * 1024 };

struct peer {
	struct daemon_context context;
	struct config config;
	struct bus_client *client;
	struct goopd *goopd;
	char path[64];
	char run[80];
	/* events */
	char message[64];
	int subscribers;
};

struct pair {
	struct event_base *base;
	struct peer a, b;
};

/* --- making them */

static void
on_event(const struct op *event, const void *message, void *arg)
{
	const struct pubsub_message *published = message;
	const struct pubsub_subscriber *subscriber = message;
	struct peer *peer = arg;

	if (event == &event_pubsub_message)
		snprintf(peer->message, sizeof(peer->message), "%.*s",
		    (int)published->data.len, published->data.data);
	if (event == &event_pubsub_subscriber && subscriber->joined)
		peer->subscribers++;
}

static void
on_gap(void *arg)
{
	(void)arg;
}

static void
make_site(struct peer *peer, uint8_t *large)
{
	int fd = peer->context.dirfd;

	assert_int_equal(mkdirat(fd, "site", 0755), 0);
	assert_int_equal(mkdirat(fd, "site/dir", 0755), 0);
	assert_int_equal(
	    file_replace(fd, "site/index.html", bytes_of("<h1>Hi</h1>"), 0644),
	    0);
	assert_int_equal(
	    file_replace(fd, "site/dir/index.html", bytes_of("inside"), 0644),
	    0);
	assert_int_equal(
	    file_replace(fd, "site/empty.txt", bytes_of(""), 0644), 0);
	assert_int_equal(
	    file_replace(fd, "site/.secret", bytes_of("x"), 0644), 0);
	assert_int_equal(file_replace(fd, "site/large",
			     (struct bytes){ large, LARGE }, 0644),
	    0);
}

static void
peer_open(struct peer *peer, struct event_base *base, uint8_t *large)
{
	static const struct op *const events[] = { &event_pubsub_message,
		&event_pubsub_subscriber, NULL };
	static const struct bus_watcher watcher = { .on_event = on_event,
		.on_gap = on_gap };

	strcpy(peer->path, "/tmp/goopd_test.XXXXXX");
	assert_non_null(mkdtemp(peer->path));
	snprintf(peer->run, sizeof(peer->run), "%s/run", peer->path);
	assert_int_equal(mkdir(peer->run, 0700), 0);
	peer->config = (struct config){ .key_file = (char *)"data/identity.key",
		.site_root = (char *)"site",
		.label = (char *)"Alice" };
	peer->context = (struct daemon_context){ .base = base,
		.config = &peer->config,
		.directory = peer->path,
		.run_directory = peer->run,
		.dirfd = open(peer->path, O_RDONLY | O_DIRECTORY) };
	make_site(peer, large);
	assert_int_equal(goopd_open(&peer->context), 0);
	peer->goopd = peer->context.state;
	assert_int_equal(bus_new(base, peer->run, &peer->context.bus), 0);
	assert_int_equal(bus_serve(peer->context.bus, "goopd", goopd_handlers,
			     &peer->context, &peer->context.server),
	    0);
	assert_int_equal(goopd_start(&peer->context), 0);
	peer->client =
	    bus_connect(peer->context.bus, "goopd", events, &watcher, peer);
}

static void
peer_close(struct peer *peer)
{
	char command[128];

	bus_client_free(peer->client);
	goopd_stop(&peer->context);
	bus_server_free(peer->context.server);
	bus_free(peer->context.bus);
	close(peer->context.dirfd);
	snprintf(command, sizeof(command), "rm -rf %s", peer->path);
	assert_int_equal(system(command), 0);
}

static int
setup(void **state)
{
	struct pair *pair = xzalloc(sizeof(*pair));
	CLEANUP_FREE uint8_t *large = xzalloc(LARGE);
	size_t i;

	for (i = 0; i < LARGE; i++)
		large[i] = (uint8_t)((i * 2654435761U) >> 13);
	log_open("goopd_test", LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	pair->base = event_base_new();
	peer_open(&pair->a, pair->base, large);
	peer_open(&pair->b, pair->base, large);
	*state = pair;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *pair = *state;

	peer_close(&pair->a);
	peer_close(&pair->b);
	event_base_free(pair->base);
	free(pair);
	return 0;
}

/* --- asking them */

static void
ask(struct peer *peer, const struct op *op, const void *request, void *reply)
{
	struct bus_error error;
	enum bus_code code;

	code = bus_ask(peer->client, op, request, BUDGET_MS, reply, &error);
	if (code != BUS_OK)
		fail_msg(
		    "%s: %s: %s", op->name, bus_code_name(code), error.message);
}

static enum bus_code
ask_in_vain(struct peer *peer, const struct op *op, const void *request)
{
	struct bus_error error;
	uint64_t room[64];

	return bus_ask(peer->client, op, request, BUDGET_MS, room, &error);
}

static void
introduce(struct peer *to, const struct peer *whom)
{
	char address[64];
	char *addresses[] = { address };
	struct peer_learn learn = { .peer_id = whom->goopd->self_text,
		.addresses = { addresses, 1 },
		.ttl_ms = 600000 };
	struct nothing reply;

	snprintf(address, sizeof(address), "/ip4/127.0.0.1/tcp/%u",
	    host_port(whom->goopd->host));
	ask(to, &op_peer_learn, &learn, &reply);
}

static int
claim(struct peer *peer, const struct site_head *head)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", peer->run,
	    DELIVERY_SOCKET);
	assert_int_equal(head->ticket.len, GOOP_TICKET_SIZE);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(
	    write(fd, head->ticket.data, head->ticket.len), head->ticket.len);
	return fd;
}

struct body {
	int fd;
	uint8_t *data;
	size_t len;
	bool is_ended;
};

static bool
read_some(void *arg)
{
	struct body *body = arg;
	ssize_t n;

	do {
		n = recv(body->fd, body->data + body->len,
		    LARGE + 1 - body->len, MSG_DONTWAIT);
		if (n > 0)
			body->len += (size_t)n;
	} while (n > 0);
	if (n == 0)
		body->is_ended = true;
	return body->is_ended;
}

/* The whole body until the end; the caller frees it. */
static struct body
read_body(struct pair *pair, int fd)
{
	struct body body = { fd, xzalloc(LARGE + 1), 0, false };

	test_loop_until(pair->base, read_some, &body);
	close(fd);
	return body;
}

static struct site_open
site_open_of(const struct peer *peer, const char *path)
{
	return (struct site_open){ .peer_id = peer->goopd->self_text,
		.path = (char *)path };
}

/* Ask a for the file and read it: what came must be file[from, from+len). */
static void
assert_fetched(struct pair *pair, const struct site_open *open, int status,
    const uint8_t *file, size_t from, size_t len)
{
	struct site_head head;
	struct body body;

	ask(&pair->a, &op_site_open, open, &head);
	assert_int_equal(head.status, status);
	assert_int_equal(head.from, from);
	assert_int_equal(head.length, len);
	body = read_body(pair, claim(&pair->a, &head));
	assert_int_equal(body.len, len);
	assert_memory_equal(body.data, file + from, len);
	free(body.data);
	message_fini(&site_head_message, &head);
}

/* --- the tests */

static void
assert_site_of(struct pair *pair, struct peer *whom)
{
	struct site_open open = site_open_of(whom, "/");
	CLEANUP_FREE uint8_t *large = NULL;
	size_t len;

	assert_int_equal(
	    file_read(whom->context.dirfd, "site/large", LARGE, &large, &len),
	    0);
	assert_fetched(pair, &open, 200, (const uint8_t *)"<h1>Hi</h1>", 0, 11);
	open.path = (char *)"/dir/";
	assert_fetched(pair, &open, 200, (const uint8_t *)"inside", 0, 6);
	open.path = (char *)"/empty.txt";
	assert_fetched(pair, &open, 200, large, 0, 0);
	open.path = (char *)"/large";
	assert_fetched(pair, &open, 200, large, 0, LARGE);
	open.range = (char *)"bytes=1000000-1999999";
	assert_fetched(pair, &open, 206, large, 1000000, 1000000);
	open.range = (char *)"bytes=-5";
	assert_fetched(pair, &open, 206, large, LARGE - 5, 5);
}

static void
test_site_of_another(void **state)
{
	struct pair *pair = *state;

	introduce(&pair->a, &pair->b);
	assert_site_of(pair, &pair->b);
}

static void
test_own_site(void **state)
{
	struct pair *pair = *state;

	assert_site_of(pair, &pair->a);
}

static void
assert_heads_of(struct pair *pair, struct peer *whom)
{
	struct site_open open = site_open_of(whom, "/");
	struct site_head head, again;

	open.head_only = true;
	ask(&pair->a, &op_site_open, &open, &head);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.length, 11);
	assert_int_equal(head.ticket.len, 0);
	assert_string_equal(head.type, "text/html; charset=utf-8");
	assert_int_equal(strlen(head.last_modified), 29);
	assert_true(head.ranges);
	open.head_only = false;
	open.if_none_match = head.etag;
	ask(&pair->a, &op_site_open, &open, &again);
	assert_int_equal(again.status, 304);
	assert_int_equal(again.ticket.len, 0);
	message_fini(&site_head_message, &again);
	open.if_none_match = NULL;
	open.range = (char *)"bytes=11-";
	ask(&pair->a, &op_site_open, &open, &again);
	assert_int_equal(again.status, 416);
	assert_int_equal(again.size, 11);
	message_fini(&site_head_message, &again);
	message_fini(&site_head_message, &head);
	open = site_open_of(whom, "/dir");
	ask(&pair->a, &op_site_open, &open, &again);
	assert_int_equal(again.status, 301);
	message_fini(&site_head_message, &again);
}

static void
assert_errors_of(struct pair *pair, struct peer *whom)
{
	struct site_open open = site_open_of(whom, "/missing");

	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_NOT_FOUND);
	open.path = (char *)"/.secret";
	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_FORBIDDEN);
	open.path = (char *)"/a\nrange: bytes=0-1";
	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_BAD_REQUEST);
	open.path = (char *)"relative";
	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_BAD_REQUEST);
}

static void
test_heads_and_errors(void **state)
{
	struct pair *pair = *state;
	struct site_open open = site_open_of(&pair->b, "/");

	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_UNREACHABLE);
	open.peer_id = (char *)"nobody";
	assert_int_equal(
	    ask_in_vain(&pair->a, &op_site_open, &open), BUS_BAD_REQUEST);
	introduce(&pair->a, &pair->b);
	assert_heads_of(pair, &pair->a);
	assert_heads_of(pair, &pair->b);
	assert_errors_of(pair, &pair->a);
	assert_errors_of(pair, &pair->b);
}

/* What was promised cannot be kept: the reader sees fewer bytes, not others. */
static void
test_file_shrinks(void **state)
{
	struct pair *pair = *state;
	struct peer *peers[] = { &pair->a, &pair->b };
	struct site_head head;
	struct site_open open;
	struct body body;
	size_t i;
	int fd, file;

	introduce(&pair->a, &pair->b);
	for (i = 0; i < 2; i++) {
		open = site_open_of(peers[i], "/large");
		ask(&pair->a, &op_site_open, &open, &head);
		fd = claim(&pair->a, &head);
		file = openat(peers[i]->context.dirfd, "site/large", O_WRONLY);
		assert_int_equal(ftruncate(file, LARGE / 2), 0);
		close(file);
		body = read_body(pair, fd);
		assert_true(body.len < LARGE);
		free(body.data);
		message_fini(&site_head_message, &head);
	}
}

static void
test_probe_and_profile(void **state)
{
	struct pair *pair = *state;
	struct peer_ref ref = { pair->b.goopd->self_text };
	struct profile profile = { (char *)"Bob \xc3\xa9" };
	struct peer_probe_reply reply;
	struct nothing nothing = { 0 };

	ask(&pair->a, &op_peer_probe, &ref, &reply);
	assert_false(reply.is_reachable);
	message_fini(&peer_probe_reply_message, &reply);
	introduce(&pair->a, &pair->b);
	ask(&pair->a, &op_peer_probe, &ref, &reply);
	assert_true(reply.is_reachable);
	assert_string_equal(reply.label, "Alice");
	assert_non_null(strstr(reply.address, "/ip4/127.0.0.1/tcp/"));
	message_fini(&peer_probe_reply_message, &reply);
	ask(&pair->b, &op_profile_set, &profile, &nothing);
	ask(&pair->a, &op_peer_probe, &ref, &reply);
	assert_string_equal(reply.label, "Bob \xc3\xa9");
	message_fini(&peer_probe_reply_message, &reply);
	profile.label = (char *)"two\nlines";
	assert_int_equal(
	    ask_in_vain(&pair->b, &op_profile_set, &profile), BUS_BAD_REQUEST);
}

/* --- peers of the original */

/* One of 1.0.0 only: says to each request what answer tells, in pieces. */
struct original {
	struct test_host host;
	const char *answer;
	bool resets; /* instead of finishing */
};

static size_t
original_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct original *original = arg;
	const char *at;

	if (memchr(bytes.data, '\n', bytes.len) == NULL)
		return 0;
	for (at = original->answer; *at != '\0'; at++)
		stream_write(stream, (struct bytes){ (const uint8_t *)at, 1 });
	if (original->resets)
		stream_reset(stream);
	else
		stream_finish(stream);
	return bytes.len;
}

static void
on_original(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = original_on_data,
	};

	(void)host;
	stream_set_handler(stream, &handler, arg);
}

/* clang-format off */
static const struct {
	const char *name, *path, *answer;
	bool resets;
	enum bus_code want;
	const char *type;
	int length;
	const char *body;
} originals[] = {
	{ "a page", "/", "OK text/html; charset=utf-8 5\nhello", false, BUS_OK, "text/html; charset=utf-8", 5, "hello" },
	{ "type by path", "/a.css", "OK text/plain; charset=utf-8 5\nhello", false, BUS_OK, "text/css; charset=utf-8", 5, "hello" },
	{ "no type", "/dir/", "OK  5\nhello", false, BUS_OK, "text/html; charset=utf-8", 5, "hello" },
	{ "empty", "/", "OK text/html 0\n", false, BUS_OK, "text/html", 0, "" },
	{ "more than said", "/", "OK text/html 5\nhello, world", false, BUS_OK, "text/html", 5, "hello" },
	{ "less than said", "/", "OK text/html 5\nhell", false, BUS_OK, "text/html", 5, "hell" },
	{ "not found", "/", "ERR not found\n", false, BUS_NOT_FOUND, NULL, 0, NULL },
	{ "forbidden", "/", "ERR forbidden\n", false, BUS_FORBIDDEN, NULL, 0, NULL },
	{ "disabled", "/", "ERR site disabled\n", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "nonsense", "/", "<html>\n", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "sealed", "/", "EOK text/html 4\nAAAA", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "nothing", "/", "", false, BUS_UNREACHABLE, NULL, 0, NULL },
	{ "a reset", "/", "", true, BUS_UNREACHABLE, NULL, 0, NULL },
};
/* clang-format on */

static void
assert_original(struct pair *pair, const struct site_open *open, size_t i)
{
	struct site_head head;
	struct body body;

	if (originals[i].want != BUS_OK) {
		assert_int_equal(ask_in_vain(&pair->a, &op_site_open, open),
		    originals[i].want);
		return;
	}
	ask(&pair->a, &op_site_open, open, &head);
	assert_int_equal(head.status, 200);
	assert_false(head.ranges);
	assert_string_equal(head.type, originals[i].type);
	assert_int_equal(head.length, originals[i].length);
	body = read_body(pair, claim(&pair->a, &head));
	assert_int_equal(body.len, strlen(originals[i].body));
	assert_memory_equal(body.data, originals[i].body, body.len);
	free(body.data);
	message_fini(&site_head_message, &head);
}

static void
test_originals(void **state)
{
	struct pair *pair = *state;
	struct original original = { .answer = NULL };
	struct multiaddr address;
	struct site_open open = { .range = (char *)"bytes=1-2" };
	char id[PEER_ID_TEXT_SIZE], text[64];
	size_t i;

	test_host_open(&original.host, pair->base, NULL);
	host_serve(
	    original.host.host, SITE_PROTOCOL_1_0, on_original, &original);
	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    host_port(original.host.host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	host_learn(pair->a.goopd->host, &original.host.id, &address, 600000);
	peer_id_print(&original.host.id, id);
	open.peer_id = id;
	for (i = 0; i < sizeof(originals) / sizeof(originals[0]); i++) {
		print_message("case: %s\n", originals[i].name);
		original.answer = originals[i].answer;
		original.resets = originals[i].resets;
		open.path = (char *)originals[i].path;
		assert_original(pair, &open, i);
	}
	test_host_close(&original.host);
}

static bool
has_message(void *arg)
{
	return ((struct peer *)arg)->message[0] != '\0';
}

static bool
has_subscriber(void *arg)
{
	return ((struct peer *)arg)->subscribers > 0;
}

static void
test_pubsub(void **state)
{
	struct pair *pair = *state;
	struct topic_ref topic = { (char *)"test" };
	struct peer_ref ref = { pair->b.goopd->self_text };
	struct publish_request publish = { .topic = topic.topic,
		.data = { (uint8_t *)"hello", 5 } };
	struct publish_reply reply;
	struct connections_reply connections;
	struct nothing nothing = { 0 };

	introduce(&pair->a, &pair->b);
	ask(&pair->a, &op_pubsub_join, &topic, &nothing);
	ask(&pair->a, &op_pubsub_join, &topic, &nothing);
	ask(&pair->b, &op_pubsub_join, &topic, &nothing);
	ask(&pair->a, &op_peer_connect, &ref, &nothing);
	test_loop_until(pair->base, has_subscriber, &pair->a);
	ask(&pair->a, &op_pubsub_publish, &publish, &reply);
	assert_int_equal(reply.peers, 1);
	test_loop_until(pair->base, has_message, &pair->b);
	assert_string_equal(pair->b.message, "hello");
	ask(&pair->a, &op_connections, &nothing, &connections);
	assert_int_equal(connections.rows.count, 1);
	message_fini(&connections_reply_message, &connections);
}

static void
test_identity_op(void **state)
{
	struct pair *pair = *state;
	struct identity_reply reply;
	struct nothing nothing = { 0 };

	ask(&pair->a, &op_identity, &nothing, &reply);
	assert_string_equal(reply.peer_id, pair->a.goopd->self_text);
	assert_int_equal(reply.port, host_port(pair->a.goopd->host));
	assert_int_equal(strncmp(reply.peer_id_base36, "k51qzi5", 7), 0);
	message_fini(&identity_reply_message, &reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_identity_op, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_site, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_site_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_heads_and_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_file_shrinks, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_probe_and_profile, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_originals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pubsub, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
