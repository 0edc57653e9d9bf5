/* The bus when something is lost: a daemon, events, sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <zmq.h>

#include "common/base/array.h"
#include "tests/unit/support/bus_asking.h"

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

static void
test_nobody_there(void **state)
{
	struct event_base *base = event_base_new();
	struct asking asking;
	int64_t port;

	(void)state;
	ask(&asking, base);
	assert_int_equal(ask_port(&asking, &port), BUS_UNREACHABLE);
	assert_int_equal(ask_port(&asking, &port), BUS_UNREACHABLE);
	assert_false(bus_is_up(asking.client));
	assert_int_equal(asking.losses, 0);
	stop_asking(&asking);
	event_base_free(base);
}

/* Callers of one that is killed hear it at once; the next one is found. */
static void
test_killed_and_back(void **state)
{
	struct peer_addresses silent = { .peer_id = "silent" };
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
		assert_int_equal(ask_port(&asking, &first), BUS_OK);
		asking.answers = 0;
		for (i = 0; i < 100; i++)
			ask_peer_probe(asking.client, &silent, 1000L * LONG_MS,
			    on_peer_probe_done, &asking);
		kill_and_reap(pid);
		wait_for(base, &asking.answers, 100);
		assert_int_equal(asking.error.code, BUS_UNREACHABLE);
		assert_string_equal(
		    asking.error.message, "goopd is not running");
		wait_for(base, &asking.losses, round);
		assert_int_equal(ask_port(&asking, &second), BUS_UNREACHABLE);
		pid = spawn();
		wait_for(base, &asking.gaps, round + 1);
		assert_int_equal(ask_port(&asking, &second), BUS_OK);
		assert_int_not_equal(first, second);
		publish(&asking, "after");
		wait_for(base, &asking.events, round);
		assert_int_equal(asking.gaps, round + 1);
	}
	kill_and_reap(pid);
	stop_asking(&asking);
	event_base_free(base);
}

/* One who does not read misses events, and is told so. */
static void
test_gap_is_told(void **state)
{
	enum { FLOOD = 3 * BUS_PENDING_MAX };
	struct pubsub_message event = { .topic = "flood", .author = "x" };
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
		publish_pubsub_message(served.server, &event);
	while (asking.gaps == 1) {
		publish_pubsub_message(served.server, &event);
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
	snprintf(
	    endpoint, sizeof(endpoint), "ipc://%s/goopd.discoveryd", directory);
	assert_int_equal(zmq_connect(raw, endpoint), 0);
	for (i = 0; i < ARRAY_SIZE(garbage); i++) {
		print_message("%s\n", garbage[i].name);
		before = count_of(garbage[i].counter);
		for (k = 0; k < garbage[i].count; k++)
			zmq_send(raw, garbage[i].frames[k].data,
			    garbage[i].frames[k].len,
			    k + 1 < garbage[i].count ? ZMQ_SNDMORE : 0);
		while (count_of(garbage[i].counter) == before)
			event_base_loop(base, EVLOOP_ONCE);
	}
	assert_int_equal(ask_port(&asking, &port), BUS_OK);
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
	struct peer_addresses silent = { .peer_id = "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	ask_peer_probe(
	    asking.client, &silent, LONG_MS, on_peer_probe_done, &asking);
	wait_for(base, &served.kept_count, 1);
	bus_server_free(served.server);
	reply_peer_probe(served.kept, &reply);
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_UNREACHABLE);
	stop_asking(&asking);
	bus_free(served.bus);
	event_base_free(base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_killed_and_back),
		cmocka_unit_test(test_gap_is_told),
		cmocka_unit_test(test_garbage_is_dropped),
		cmocka_unit_test(test_server_goes_first),
	};

	return cmocka_run_group_tests_name(
	    "bus_loss", tests, make_directory, remove_directory);
}
