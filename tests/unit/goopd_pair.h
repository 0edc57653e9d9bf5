/*
 * goopd_pair: two whole goopds in one process, without frame and sandbox, that
 * talk over loopback and are asked over the bus. For the tests that include it.
 */
#ifndef TESTS_UNIT_GOOPD_PAIR_H
#define TESTS_UNIT_GOOPD_PAIR_H

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

static inline void
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

static inline void
on_gap(void *arg)
{
	(void)arg;
}

static inline void
make_site(struct peer *peer, uint8_t *large)
{
	const struct {
		const char *name;
		struct bytes content;
	} files[] = {
		{ "site/index.html", bytes_of("<h1>Hi</h1>") },
		{ "site/dir/index.html", bytes_of("inside") },
		{ "site/empty.txt", bytes_of("") },
		{ "site/.secret", bytes_of("x") },
		{ "site/large", { large, LARGE } },
	};
	size_t i;

	assert_int_equal(mkdirat(peer->context.dirfd, "site", 0755), 0);
	assert_int_equal(mkdirat(peer->context.dirfd, "site/dir", 0755), 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(file_replace(peer->context.dirfd,
				     files[i].name, files[i].content, 0644),
		    0);
}

static inline void
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

static inline void
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

static inline int
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

static inline int
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

static inline void
ask(struct peer *peer, const struct op *op, const void *request, void *reply)
{
	struct bus_error error;
	enum bus_code code;

	code = bus_ask(peer->client, op, request, BUDGET_MS, reply, &error);
	if (code != BUS_OK)
		fail_msg(
		    "%s: %s: %s", op->name, bus_code_name(code), error.message);
}

static inline enum bus_code
ask_in_vain(struct peer *peer, const struct op *op, const void *request)
{
	struct bus_error error;
	uint64_t room[64];

	return bus_ask(peer->client, op, request, BUDGET_MS, room, &error);
}

static inline void
learn(struct peer *to, char *peer_id, unsigned int port)
{
	char address[64];
	char *addresses[] = { address };
	struct peer_learn learn = { .peer_id = peer_id,
		.addresses = { addresses, 1 },
		.ttl_ms = 600000 };
	struct nothing reply;

	snprintf(address, sizeof(address), "/ip4/127.0.0.1/tcp/%u", port);
	ask(to, &op_peer_learn, &learn, &reply);
}

static inline void
introduce(struct peer *to, const struct peer *whom)
{
	learn(to, whom->goopd->self_text, host_port(whom->goopd->host));
}

static inline int
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

static inline bool
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
static inline struct body
read_body(struct pair *pair, int fd)
{
	struct body body = { fd, xzalloc(LARGE + 1), 0, false };

	test_loop_until(pair->base, read_some, &body);
	close(fd);
	return body;
}

static inline struct site_open
site_open_of(const struct peer *peer, const char *path)
{
	return (struct site_open){ .peer_id = peer->goopd->self_text,
		.path = (char *)path };
}

#endif
