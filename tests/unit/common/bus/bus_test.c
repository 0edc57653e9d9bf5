#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tests/unit/support/bus_asking.h"

static void
test_answers_and_errors(void **state)
{
	struct peer_addresses refused = { .peer_id = "refused" };
	struct peer_addresses missing = { .peer_id = NULL };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply;
	struct bus_error error;
	struct served served;
	struct asking asking;
	int64_t port = -1;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	assert_int_equal(ask_port(&asking, &port), BUS_OK);
	assert_int_equal(port, getpid() % 65536);
	assert_true(bus_is_up(asking.client));
	assert_int_equal(ask_peer_probe_now(
			     asking.client, &refused, LONG_MS, &reply, &error),
	    BUS_FORBIDDEN);
	assert_string_equal(error.message, "not refused");
	assert_int_equal(ask_peer_probe_now(
			     asking.client, &missing, LONG_MS, &reply, &error),
	    BUS_BAD_REQUEST);
	assert_int_equal(ask_connections_now(asking.client, NOTHING, LONG_MS,
			     &(struct connections_reply){ { 0 } }, &error),
	    BUS_BAD_REQUEST);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

/* Who may ask what is in the lists of proto/. */
static void
test_forbidden_caller(void **state)
{
	struct peer_addresses peer = { .peer_id = "silent" };
	struct event_base *base = event_base_new();
	struct identity_reply identity;
	struct peer_probe_reply reply;
	struct bus_error error;
	struct served served;
	struct bus_client *client;
	struct bus *bus;
	uint64_t before = count_of("bus_requests_forbidden");

	(void)state;
	serve(&served, base);
	assert_int_equal(bus_new(base, directory, FROM_VIEWERD, &bus), 0);
	client = bus_connect(bus, "goopd", NULL, NULL);
	assert_int_equal(
	    ask_peer_probe_now(client, &peer, LONG_MS, &reply, &error),
	    BUS_FORBIDDEN);
	assert_string_equal(
	    error.message, "goop-viewerd may not ask peer_probe of goopd");
	assert_int_equal(served.kept_count, 0);
	assert_int_equal(count_of("bus_requests_forbidden"), before + 1);
	assert_int_equal(
	    ask_identity_now(client, NOTHING, LONG_MS, &identity, &error),
	    BUS_OK);
	message_fini(&identity_reply_message, &identity);
	bus_client_free(client);
	bus_free(bus);
	stop_serving(&served);
	event_base_free(base);
}

static void
test_budget_ends(void **state)
{
	struct peer_addresses silent = { .peer_id = "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;
	uint64_t late;
	int64_t port;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	assert_int_equal(ask_port(&asking, &port), BUS_OK);
	ask_peer_probe(asking.client, &silent, 50, on_peer_probe_done, &asking);
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_TIMEOUT);
	/* An answer after that goes nowhere. */
	late = count_of("bus_answers_late");
	wait_for(base, &served.kept_count, 1);
	while (bus_call_left_ms(served.kept.bus) > 0)
		usleep(1000);
	reply_peer_probe(served.kept, &reply);
	assert_int_equal(count_of("bus_answers_late"), late + 1);
	assert_int_equal(asking.answers, 1);
	stop_asking(&asking);
	stop_serving(&served);
	event_base_free(base);
}

static void
test_cancelled_request_is_silent(void **state)
{
	struct peer_addresses silent = { .peer_id = "silent" };
	struct event_base *base = event_base_new();
	struct peer_probe_reply reply = { 0 };
	struct served served;
	struct asking asking;
	uint64_t number;
	int64_t port;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	number = ask_peer_probe(
	    asking.client, &silent, LONG_MS, on_peer_probe_done, &asking);
	wait_for(base, &served.kept_count, 1);
	bus_cancel(asking.client, number);
	bus_cancel(asking.client, number);
	reply_peer_probe(served.kept, &reply);
	assert_int_equal(ask_port(&asking, &port), BUS_OK);
	assert_int_equal(asking.answers, 0);
	stop_asking(&asking);
	stop_serving(&served);
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

static void
free_client(const struct bus_error *error, const struct identity_reply *reply,
    void *arg)
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
	struct served served;
	struct asking asking;

	(void)state;
	serve(&served, base);
	ask(&asking, base);
	ask_identity(asking.client, NOTHING, LONG_MS, free_client, &asking);
	ask_identity(
	    asking.client, NOTHING, LONG_MS, on_identity_done, &asking);
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
	struct served served = { .base = base };
	struct asking asking = { .base = base };

	(void)state;
	assert_int_equal(
	    bus_new(base, directory, FROM_DISCOVERYD, &served.bus), 0);
	bus_hold(served.bus);
	assert_int_equal(
	    bus_serve(served.bus, "goopd", handlers, &served, &served.server),
	    0);
	asking.client = bus_connect(served.bus, "goopd", &watcher, &asking);
	ask_identity(
	    asking.client, NOTHING, LONG_MS, on_identity_done, &asking);
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
	struct peer_addresses wrong = { .peer_id = NULL };
	struct asking asking;
	int i;

	(void)state;
	ask(&asking, base);
	ask_peer_probe(
	    asking.client, &wrong, LONG_MS, on_peer_probe_done, &asking);
	assert_int_equal(asking.answers, 0); /* never from inside */
	wait_for(base, &asking.answers, 1);
	assert_int_equal(asking.error.code, BUS_BAD_REQUEST);
	for (i = 0; i <= BUS_PENDING_MAX; i++)
		ask_identity(
		    asking.client, NOTHING, LONG_MS, on_identity_done, &asking);
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
	assert_int_equal(bus_new(base, name, FROM_GOOP2, &bus), -ENAMETOOLONG);
	event_base_free(base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_and_errors),
		cmocka_unit_test(test_forbidden_caller),
		cmocka_unit_test(test_budget_ends),
		cmocka_unit_test(test_cancelled_request_is_silent),
		cmocka_unit_test(test_events_arrive_in_order),
		cmocka_unit_test(test_client_freed_in_callback),
		cmocka_unit_test(test_held_bus),
		cmocka_unit_test(test_limits_of_a_request),
		cmocka_unit_test(test_long_directory),
	};

	return cmocka_run_group_tests_name(
	    "bus", tests, make_directory, remove_directory);
}
