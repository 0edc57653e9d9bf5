#include "tests/unit/support/goopd_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

static void
on_message(const struct pubsub_message *published, void *arg)
{
	struct peer *peer = arg;

	snprintf(peer->message, sizeof(peer->message), "%.*s",
	    (int)published->data.len, published->data.data);
}

static void
on_subscriber(const struct pubsub_subscriber *subscriber, void *arg)
{
	struct peer *peer = arg;

	if (subscriber->joined)
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
	for (i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(file_replace(peer->context.dirfd,
				     files[i].name, files[i].content, 0644),
		    0);
}

static void
peer_open(struct peer *peer, struct event_base *base, uint8_t *large)
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(pubsub_message, on_message),
		SUBSCRIBE(pubsub_subscriber, on_subscriber),
		BUS_SUBSCRIBER_END,
	};
	static const struct bus_watcher watcher = { .events = events,
		.on_gap = on_gap };

	strcpy(peer->path, "/tmp/goopd_test.XXXXXX");
	assert_non_null(mkdtemp(peer->path));
	snprintf(peer->run, sizeof(peer->run), "%s/run", peer->path);
	assert_int_equal(mkdir(peer->run, 0700), 0);
	peer->config =
	    (struct config){ .key_file =
				 (char *)(uintptr_t) "data/identity.key",
		    .site_root = (char *)(uintptr_t) "site",
		    .site_address = (char *)(uintptr_t) "root",
		    .port_mapping = (char *)(uintptr_t) "off",
		    .label = (char *)(uintptr_t) "Alice" };
	peer->context = (struct daemon_context){ .base = base,
		.config = &peer->config,
		.directory = peer->path,
		.run_directory = peer->run,
		.dirfd = open(peer->path, O_RDONLY | O_DIRECTORY) };
	make_site(peer, large);
	assert_int_equal(goopd_open(&peer->context), 0);
	peer->goopd = peer->context.state;
	assert_int_equal(
	    bus_new(base, peer->run, FROM_DISCOVERYD, &peer->context.bus), 0);
	assert_int_equal(bus_serve(peer->context.bus, "goopd", goopd_handlers,
			     &peer->context, &peer->context.server),
	    0);
	assert_int_equal(goopd_start(&peer->context), 0);
	peer->client = bus_connect(peer->context.bus, "goopd", &watcher, peer);
	assert_int_equal(
	    bus_new(base, peer->run, FROM_VIEWERD, &peer->viewer_bus), 0);
	peer->viewer = bus_connect(peer->viewer_bus, "goopd", NULL, NULL);
}

static void
peer_close(struct peer *peer)
{
	char command[128];

	bus_client_free(peer->client);
	bus_free(peer->viewer_bus);
	goopd_stop(&peer->context);
	bus_server_free(peer->context.server);
	bus_free(peer->context.bus);
	close(peer->context.dirfd);
	snprintf(command, sizeof(command), "rm -rf %s", peer->path);
	assert_int_equal(system(command), 0);
}

int
pair_setup(void **state)
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

int
pair_teardown(void **state)
{
	struct pair *pair = *state;

	peer_close(&pair->a);
	peer_close(&pair->b);
	event_base_free(pair->base);
	free(pair);
	return 0;
}
