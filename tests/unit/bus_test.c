#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/daemon/bus.h"
#include "proto/goopd_ops.h"

enum { LONG_MS = 20000 };

static char directory[64];

/* --- a daemon called "goopd" that answers in several ways */

struct served {
	struct event_base *base;
	struct bus *bus;
	struct bus_server *server;
	struct bus_call *kept; /* a request nobody answers */
	int kept_count;
};

static void
on_identity(struct bus_call *call, const void *request, void *arg)
{
	struct identity_reply reply = { .peer_id = (char *)(uintptr_t) "me",
		.port = getpid() % 65536 };

	(void)request;
	(void)arg;
	bus_reply(call, &reply);
}

static void
on_peer_probe(struct bus_call *call, const void *request, void *arg)
{
	const struct peer_ref *peer = request;
	struct served *served = arg;

	if (!strcmp(peer->peer_id, "refused")) {
		bus_fail(call, BUS_FORBIDDEN, "not %s", peer->peer_id);
		return;
	}
	served->kept = call;
	served->kept_count++;
}

static void
on_pubsub_publish(struct bus_call *call, const void *request, void *arg)
{
	const struct publish_request *publish = request;
	struct pubsub_message event = { .topic = publish->topic,
		.author = publish->topic,
		.data = publish->data };
	struct served *served = arg;
	struct publish_reply reply = { 7 };

	bus_publish(served->server, &event_pubsub_message, &event);
	bus_reply(call, &reply);
}

static const struct bus_handler handlers[] = {
	{ &op_identity, on_identity },
	{ &op_peer_probe, on_peer_probe },
	{ &op_pubsub_publish, on_pubsub_publish },
	BUS_HANDLER_END,
};

static void
serve(struct served *served, struct event_base *base)
{
	*served = (struct served){ .base = base };
	assert_int_equal(bus_new(base, directory, &served->bus), 0);
	assert_int_equal(
	    bus_serve(served->bus, "goopd", handlers, served, &served->server),
	    0);
}

static void
stop_serving(struct served *served)
{
	bus_server_free(served->server);
	bus_free(served->bus);
}

/* The same in a process of its own, to be killed. */
static pid_t
spawn(void)
{
	pid_t parent = getpid(), pid = fork();
	struct served served;

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	serve(&served, event_base_new());
	event_base_dispatch(served.base);
	_exit(0);
}

static void
kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* --- one that asks */

struct asking {
	struct event_base *base;
	struct bus *bus;
	struct bus_client *client;
	int gaps, losses, events;
	char last[64]; /* topic of the last event */
	int answers;
	struct bus_error error;
};

static void
on_event(const struct op *event, const void *message, void *arg)
{
	const struct pubsub_message *pubsub = message;
	struct asking *asking = arg;

	assert_ptr_equal(event, &event_pubsub_message);
	asking->events++;
	snprintf(asking->last, sizeof(asking->last), "%s", pubsub->topic);
}

static void
on_gap(void *arg)
{
	((struct asking *)arg)->gaps++;
}

static void
on_lost(void *arg)
{
	((struct asking *)arg)->losses++;
}

static const struct bus_watcher watcher = { on_event, on_gap, on_lost };

static void
ask(struct asking *asking, struct event_base *base)
{
	static const struct op *const events[] = { &event_pubsub_message,
		NULL };

	*asking = (struct asking){ .base = base };
	assert_int_equal(bus_new(base, directory, &asking->bus), 0);
	asking->client =
	    bus_connect(asking->bus, "goopd", events, &watcher, asking);
}

static void
stop_asking(struct asking *asking)
{
	bus_client_free(asking->client);
	bus_free(asking->bus);
}

static void
on_done(const struct bus_error *error, const void *reply, void *arg)
{
	struct asking *asking = arg;

	asking->answers++;
	asking->error = error != NULL ? *error : (struct bus_error){ 0 };
	assert_true((error == NULL) != (reply == NULL));
}

static void
on_too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("waited too long");
}

/* Run the loop until *value is at least want. */
static void
wait_for(struct event_base *base, const int *value, int want)
{
	struct timeval limit = { LONG_MS / 1000, 0 };
	struct event *alarm_clock = evtimer_new(base, on_too_long, NULL);

	evtimer_add(alarm_clock, &limit);
	while (*value < want)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(alarm_clock);
}

static void
publish(struct asking *asking, const char *topic)
{
	struct publish_request request = { (char *)(uintptr_t)topic,
		{ NULL, 0 } };
	int want = asking->answers + 1;

	bus_request(asking->client, &op_pubsub_publish, &request, LONG_MS,
	    on_done, asking);
	wait_for(asking->base, &asking->answers, want);
	assert_int_equal(asking->error.code, BUS_OK);
}

static enum bus_code
ask_identity(struct asking *asking, int64_t *ret_port)
{
	struct nothing nothing = { 0 };
	struct identity_reply reply;
	enum bus_code code;

	code = bus_ask(
	    asking->client, &op_identity, &nothing, LONG_MS, &reply, NULL);
	if (code != BUS_OK)
		return code;
	assert_string_equal(reply.peer_id, "me");
	*ret_port = reply.port;
	message_fini(op_identity.reply, &reply);
	return BUS_OK;
}

static uint64_t
count_of(const char *name)
{
	const struct counter *counter = counter_first();

	for (; counter != NULL; counter = counter->next)
		if (!strcmp(counter->name, name))
			return counter->value;
	fail_msg("no counter %s", name);
	return 0;
}

/* --- tests */

static void
test_answers_and_errors(void **state)
{
	struct peer_ref refused = { (char *)(uintptr_t) "refused" };
	struct peer_ref missing = { NULL };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply;
	struct bus_error error;
	struct served served;
	struct asking asking;
	int64_t port = -1;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	assert_int_equal(ask_identity(&asking, &port), BUS_OK);
	assert_int_equal(port, getpid() % 65536);
	assert_true(bus_is_up(asking.client));
	assert_int_equal(bus_ask(asking.client, &op_peer_probe, &refused,
			     LONG_MS, &reply, &error),
	    BUS_FORBIDDEN);
	assert_string_equal(error.message, "not refused");
	assert_int_equal(bus_ask(asking.client, &op_peer_probe, &missing,
			     LONG_MS, &reply, &error),
	    BUS_BAD_REQUEST);
	assert_int_equal(
	    bus_ask(asking.client, &op_connections, &(struct nothing){ 0 },
		LONG_MS, &(struct connections_reply){ { 0 } }, &error),
	    BUS_BAD_REQUEST);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

static void
test_budget_ends(void **state)
{
	struct peer_ref silent = { (char *)(uintptr_t) "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;
	uint64_t late;
	int64_t port;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	assert_int_equal(ask_identity(&asking, &port), BUS_OK);
	bus_request(
	    asking.client, &op_peer_probe, &silent, 50, on_done, &asking);
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_TIMEOUT);
	/* An answer after that goes nowhere. */
	late = count_of("bus_answers_late");
	wait_for(base, &served.kept_count, 1);
	while (bus_call_left_ms(served.kept) > 0)
		usleep(1000);
	bus_reply(served.kept, &reply);
	assert_int_equal(count_of("bus_answers_late"), late + 1);
	assert_int_equal(asking.answers, 1);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

static void
test_cancelled_request_is_silent(void **state)
{
	struct peer_ref silent = { (char *)(uintptr_t) "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;
	uint64_t number;
	int64_t port;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	number = bus_request(
	    asking.client, &op_peer_probe, &silent, LONG_MS, on_done, &asking);
	wait_for(base, &served.kept_count, 1);
	bus_cancel(asking.client, number);
	bus_cancel(asking.client, number);
	bus_reply(served.kept, &reply);
	assert_int_equal(ask_identity(&asking, &port), BUS_OK);
	assert_int_equal(asking.answers, 0);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

static void
test_nobody_there(void **state)
{
	struct event_base *base = event_base_new();
	struct asking asking;
	int64_t port;

	(void)state;
	ask(&asking, base);
	assert_int_equal(ask_identity(&asking, &port), BUS_UNREACHABLE);
	assert_int_equal(ask_identity(&asking, &port), BUS_UNREACHABLE);
	assert_false(bus_is_up(asking.client));
	assert_int_equal(asking.losses, 0);
	stop_asking(&asking);
	event_base_free(base);
}

/* Callers of one that is killed hear it at once; the next one is found. */
static void
test_killed_and_back(void **state)
{
	struct peer_ref silent = { (char *)(uintptr_t) "silent" };
	struct event_base *base;
	struct asking asking;
	int64_t first = -1, second = -1;
	pid_t pid = spawn();
	int i, round;

	(void)state;
	base = event_base_new();
	ask(&asking, base);
	wait_for(base, &asking.gaps, 1);
	for (round = 1; round <= 3; round++) {
		assert_int_equal(ask_identity(&asking, &first), BUS_OK);
		asking.answers = 0;
		for (i = 0; i < 100; i++)
			bus_request(asking.client, &op_peer_probe, &silent,
			    1000L * LONG_MS, on_done, &asking);
		kill_and_reap(pid);
		wait_for(base, &asking.answers, 100);
		assert_int_equal(asking.error.code, BUS_UNREACHABLE);
		assert_string_equal(
		    asking.error.message, "goopd is not running");
		wait_for(base, &asking.losses, round);
		assert_int_equal(
		    ask_identity(&asking, &second), BUS_UNREACHABLE);
		pid = spawn();
		wait_for(base, &asking.gaps, round + 1);
		assert_int_equal(ask_identity(&asking, &second), BUS_OK);
		assert_int_not_equal(first, second);
		publish(&asking, "after");
		wait_for(base, &asking.events, round);
		assert_int_equal(asking.gaps, round + 1);
	}
	kill_and_reap(pid);
	stop_asking(&asking);
	event_base_free(base);
}

static void
test_events_arrive_in_order(void **state)
{
	struct event_base *base = event_base_new();
	struct served served;
	struct asking first, second;
	int i;

	(void)state;
	serve(&served, base);
	ask(&first, base);
	wait_for(base, &first.gaps, 1);
	for (i = 0; i < 200; i++)
		publish(&first, i % 2 == 0 ? "even" : "odd");
	wait_for(base, &first.events, 200);
	assert_string_equal(first.last, "odd");
	ask(&second, base); /* joins late: must not disturb the first */
	wait_for(base, &second.gaps, 1);
	publish(&first, "both");
	wait_for(base, &second.events, 1);
	wait_for(base, &first.events, 201);
	assert_int_equal(first.gaps, 1);
	assert_int_equal(second.gaps, 1);
	stop_asking(&second);
	stop_asking(&first);
	stop_serving(&served);
	event_base_free(base);
}

/* One who does not read misses events, and is told so. */
static void
test_gap_is_told(void **state)
{
	enum { FLOOD = 3 * BUS_PENDING_MAX };
	struct pubsub_message event = { .topic = (char *)(uintptr_t) "flood",
		.author = (char *)(uintptr_t) "x" };
	struct event_base *base = event_base_new();
	struct event_base *other = event_base_new();
	struct served served;
	struct asking asking;
	uint8_t bulk[512] = { 0 };
	int i;

	(void)state;
	event.data = (struct octets){ bulk, sizeof(bulk) };
	serve(&served, other);
	ask(&asking, base);
	while (asking.gaps == 0) {
		event_base_loop(other, EVLOOP_NONBLOCK);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	for (i = 0; i < FLOOD; i++) /* base does not run */
		bus_publish(served.server, &event_pubsub_message, &event);
	while (asking.gaps == 1) {
		bus_publish(served.server, &event_pubsub_message, &event);
		event_base_loop(other, EVLOOP_NONBLOCK);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_true(asking.events < FLOOD);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(other);
	event_base_free(base);
}

/* Bytes of one who does not speak our language. */
static const struct {
	const char *name, *counter;
	size_t count;
	struct {
		const char *data;
		size_t len;
	} frames[4];
} garbage[] = {
	{ "one frame", "bus_requests_dropped", 1, { { "x", 1 } } },
	{ "no header", "bus_requests_dropped", 2, { { "", 0 }, { "", 0 } } },
	{ "huge list", "bus_requests_dropped", 2,
	    { { "\xdd\xff\xff\xff\xff", 5 }, { "\x80", 1 } } },
	{ "other version", "bus_requests_dropped", 2,
	    { { "\x95\x02\x01\x14\x01\x64", 6 }, { "\x80", 1 } } },
	{ "a reply", "bus_requests_dropped", 2,
	    { { "\x95\x01\x02\x14\x01\x64", 6 }, { "\x80", 1 } } },
	{ "long header", "bus_requests_dropped", 2,
	    { { "\x95\x01\x01\x14\x01\x64"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789",
		  86 },
		{ "\x80", 1 } } },
	{ "too many frames", "bus_messages_odd", 4,
	    { { "\x95\x01\x01\x14\x01\x64", 6 }, { "\x80", 1 }, { "a", 1 },
		{ "b", 1 } } },
};

static void
test_garbage_is_dropped(void **state)
{
	struct event_base *base = event_base_new();
	char endpoint[128];
	void *context = zmq_ctx_new(), *raw = zmq_socket(context, ZMQ_DEALER);
	struct served served;
	struct asking asking;
	uint64_t before;
	int64_t port;
	size_t i, k;
	int linger = 0;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	zmq_setsockopt(raw, ZMQ_LINGER, &linger, sizeof(linger));
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/goopd.rpc", directory);
	assert_int_equal(zmq_connect(raw, endpoint), 0);
	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		print_message("%s\n", garbage[i].name);
		before = count_of(garbage[i].counter);
		for (k = 0; k < garbage[i].count; k++)
			zmq_send(raw, garbage[i].frames[k].data,
			    garbage[i].frames[k].len,
			    k + 1 < garbage[i].count ? ZMQ_SNDMORE : 0);
		while (count_of(garbage[i].counter) == before)
			event_base_loop(base, EVLOOP_ONCE);
	}
	assert_int_equal(ask_identity(&asking, &port), BUS_OK);
	zmq_close(raw);
	zmq_ctx_term(context);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

/* Neither the answers of a server that is gone nor its absence crash. */
static void
test_server_goes_first(void **state)
{
	struct peer_ref silent = { (char *)(uintptr_t) "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	bus_request(
	    asking.client, &op_peer_probe, &silent, LONG_MS, on_done, &asking);
	wait_for(base, &served.kept_count, 1);
	bus_server_free(served.server);
	bus_reply(served.kept, &reply);
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_UNREACHABLE);
	stop_asking(&asking);
	bus_free(served.bus);
	event_base_free(base);
}

static void
free_client(const struct bus_error *error, const void *reply, void *arg)
{
	struct asking *asking = arg;

	(void)error;
	(void)reply;
	asking->answers++;
	bus_client_free(asking->client);
	asking->client = NULL;
}

static void
test_client_freed_in_callback(void **state)
{
	struct event_base *base = event_base_new();
	struct nothing nothing = { 0 };
	struct served served;
	struct asking asking;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	bus_request(asking.client, &op_identity, &nothing, LONG_MS, free_client,
	    &asking);
	bus_request(
	    asking.client, &op_identity, &nothing, LONG_MS, on_done, &asking);
	wait_for(base, &asking.answers, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(asking.answers, 1);
	bus_free(asking.bus);
	stop_serving(&served);
	event_base_free(base);
}

/* A held bus starts late and forgets nothing. */
static void
test_held_bus(void **state)
{
	struct event_base *base = event_base_new();
	struct nothing nothing = { 0 };
	struct served served = { .base = base };
	struct asking asking = { .base = base };

	(void)state;
	assert_int_equal(bus_new(base, directory, &served.bus), 0);
	bus_hold(served.bus);
	assert_int_equal(
	    bus_serve(served.bus, "goopd", handlers, &served, &served.server),
	    0);
	asking.client =
	    bus_connect(served.bus, "goopd", NULL, &watcher, &asking);
	bus_request(
	    asking.client, &op_identity, &nothing, LONG_MS, on_done, &asking);
	assert_int_equal(bus_release(served.bus), 0);
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_OK);
	wait_for(base, &asking.gaps, 1);
	bus_free(served.bus);
	event_base_free(base);
}

static void
test_limits_of_a_request(void **state)
{
	struct event_base *base = event_base_new();
	struct peer_ref wrong = { NULL };
	struct nothing nothing = { 0 };
	struct asking asking;
	int i;

	(void)state;
	ask(&asking, base);
	bus_request(
	    asking.client, &op_peer_probe, &wrong, LONG_MS, on_done, &asking);
	assert_int_equal(asking.answers, 0); /* never from inside */
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_BAD_REQUEST);
	for (i = 0; i <= BUS_PENDING_MAX; i++)
		bus_request(asking.client, &op_identity, &nothing, LONG_MS,
		    on_done, &asking);
	wait_for(base, &asking.answers, 2 + BUS_PENDING_MAX);
	stop_asking(&asking);
	event_base_free(base);
}

static void
test_long_directory(void **state)
{
	char name[256] = "/tmp/";
	struct event_base *base = event_base_new();
	struct bus *bus = NULL;

	(void)state;
	memset(name + 5, 'x', 100);
	assert_int_equal(bus_new(base, name, &bus), -ENAMETOOLONG);
	event_base_free(base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_and_errors),
		cmocka_unit_test(test_budget_ends),
		cmocka_unit_test(test_cancelled_request_is_silent),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_killed_and_back),
		cmocka_unit_test(test_events_arrive_in_order),
		cmocka_unit_test(test_gap_is_told),
		cmocka_unit_test(test_garbage_is_dropped),
		cmocka_unit_test(test_server_goes_first),
		cmocka_unit_test(test_client_freed_in_callback),
		cmocka_unit_test(test_held_bus),
		cmocka_unit_test(test_limits_of_a_request),
		cmocka_unit_test(test_long_directory),
	};
	static const char *const sockets[] = { "goopd.rpc", "goopd.events" };
	char path[128];
	size_t i;
	int rc;

	strcpy(directory, "/tmp/bus_test.XXXXXX");
	if (mkdtemp(directory) == NULL)
		return 1;
	rc = cmocka_run_group_tests_name("bus", tests, NULL, NULL);
	for (i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, sockets[i]);
		unlink(path);
	}
	rmdir(directory);
	return rc;
}
