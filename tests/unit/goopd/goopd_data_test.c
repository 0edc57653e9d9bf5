/* Questions to databases over the bus: two whole goopds, each with its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/xalloc.h"
#include "goopd/data/protocol/data_server.h"
#include "tests/unit/support/goopd_pair.h"
#include "tests/unit/support/test_host.h"

/* A request names its operation: {"op":"...", ... */
static struct data_ask
question(const struct peer *whom, const char *request)
{
	static char op[GOOP_DATA_OP_MAX + 1];

	op[0] = '\0';
	sscanf(request, "{\"op\":\"%32[^\"]", op);
	return (struct data_ask){ .peer_id = whom->goopd->identity.text,
		.op = op,
		.body = { (const uint8_t *)request, strlen(request) } };
}

/* The answer's JSON as text, for the caller to free. */
static char *
ask(struct peer *asker, const struct peer *whom, const char *request)
{
	struct data_ask ask = question(whom, request);
	struct data_reply reply;
	char *text;

	pair_ask_data_ask(asker, &ask, &reply);
	assert_int_equal(reply.length, reply.data.len);
	text = xzalloc(reply.data.len + 1);
	if (reply.data.len > 0)
		memcpy(text, reply.data.data, reply.data.len);
	message_fini(&data_reply_message, &reply);
	return text;
}

static void
expect(struct peer *asker, const struct peer *whom, const char *request,
    const char *want)
{
	CLEANUP_FREE char *got = ask(asker, whom, request);

	assert_string_equal(got, want);
}

static void
expect_refusal(struct peer *asker, const struct peer *whom, const char *request,
    enum bus_code want)
{
	struct data_ask ask = question(whom, request);

	assert_int_equal(pair_ask_data_ask_in_vain(asker, &ask), want);
}

static void
make_table(struct peer *peer)
{
	free(ask(peer, peer,
	    "{\"op\":\"create-table\",\"table\":\"book\",\"column_defs\":"
	    "[{\"name\":\"text\",\"type\":\"TEXT\"}]}"));
	free(ask(peer, peer,
	    "{\"op\":\"set-policy\",\"table\":\"book\",\"policy\":\"open\"}"));
}

static void
set_email(struct peer *peer, const char *email)
{
	peer->config.email = (char *)(uintptr_t)email;
	goopd_configure(&peer->context);
}

#define LAST \
	"{\"op\":\"query\",\"table\":\"book\",\"columns\":" \
	"[\"_owner\",\"_owner_email\",\"text\"],\"where\":\"text = 'hi'\"}"
#define SIGN "{\"op\":\"insert\",\"table\":\"book\",\"data\":{\"text\":\"hi\"}}"

static void
test_own(void **state)
{
	struct peer *a = &((struct pair *)*state)->a;
	char want[256];

	make_table(a);
	set_email(a, "a@example.org");
	free(ask(a, a, SIGN));
	snprintf(want, sizeof(want),
	    "[{\"_owner\":\"%s\",\"_owner_email\":\"a@example.org\","
	    "\"text\":\"hi\"}]",
	    a->goopd->identity.text);
	expect(a, a, LAST, want);
	expect_refusal(
	    a, a, "{\"op\":\"query\",\"table\":\"none\"}", BUS_NOT_FOUND);
	expect_refusal(a, a, "{\"op\":", BUS_BAD_REQUEST);
}

static void
test_other(void **state)
{
	struct pair *pair = *state;
	struct peer_profile profile = { .peer_id = pair->b.goopd->identity.text,
		.email = "b@example.org" };
	struct nothing reply;
	char want[256];

	make_table(&pair->a);
	pair_introduce(&pair->b, &pair->a);
	pair_ask_peer_profile(&pair->a, &profile, &reply);
	free(ask(&pair->b, &pair->a, SIGN));
	snprintf(want, sizeof(want),
	    "[{\"_owner\":\"%s\",\"_owner_email\":\"b@example.org\","
	    "\"text\":\"hi\"}]",
	    pair->b.goopd->identity.text);
	expect(&pair->a, &pair->a, LAST, want);
	expect(&pair->b, &pair->a, LAST, want);
	expect_refusal(&pair->b, &pair->a,
	    "{\"op\":\"delete-table\",\"table\":\"book\"}", BUS_FORBIDDEN);
}

static void
test_unreachable(void **state)
{
	struct pair *pair = *state;
	struct data_ask ask = question(&pair->b, "{\"op\":\"tables\"}");

	/* At once: it has settled, and knows no address. */
	pair->a.goopd->settled = monotime_now();
	assert_int_equal(
	    pair_ask_data_ask_in_vain(&pair->a, &ask), BUS_UNREACHABLE);
	ask.peer_id = "nobody";
	assert_int_equal(
	    pair_ask_data_ask_in_vain(&pair->a, &ask), BUS_BAD_REQUEST);
}

/* An answer over GOOP_DATA_INLINE_MAX, from here and from there. */
static void
test_by_ticket(void **state)
{
	struct pair *pair = *state;
	CLEANUP_FREE char *text = xzalloc(400 * 1024 + 1);
	CLEANUP_FREE char *insert = NULL;
	struct data_ask ask_rows;
	struct data_reply reply;
	struct site_head head;
	struct body body;
	size_t i;

	make_table(&pair->a);
	pair_introduce(&pair->b, &pair->a);
	memset(text, 'x', 400 * 1024);
	insert = xasprintf("{\"op\":\"insert\",\"table\":\"book\",\"data\":"
			   "{\"text\":\"%s\"}}",
	    text);
	for (i = 0; i < 3; i++)
		free(ask(&pair->a, &pair->a, insert));
	ask_rows = question(&pair->a,
	    "{\"op\":\"query\",\"table\":\"book\",\"columns\":[\"text\"]}");
	for (i = 0; i < 2; i++) {
		pair_ask_data_ask(
		    i == 0 ? &pair->a : &pair->b, &ask_rows, &reply);
		assert_int_equal(reply.data.len, 0);
		head = (struct site_head){ .ticket = reply.ticket };
		body = pair_read_body(
		    pair, pair_claim(i == 0 ? &pair->a : &pair->b, &head));
		assert_int_equal(body.len, reply.length);
		assert_int_equal(
		    body.len, 3 * (400 * 1024 + strlen("{\"text\":\"\"}")) + 4);
		free(body.data);
		message_fini(&data_reply_message, &reply);
	}
}

/* The caller's budget ends before the other peer answers: a peer that takes
 * requests and says nothing. */
static size_t
take_all(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)stream;
	(void)arg;
	return bytes.len;
}

static void
on_mute_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_data = take_all };

	(void)host;
	stream_set_handler(stream, &handler, arg);
}

static void
test_mute(void **state)
{
	struct pair *pair = *state;
	char text[PEER_ID_TEXT_SIZE];
	struct bus_error error;
	struct test_host mute;
	struct data_ask ask = question(&pair->a, "{\"op\":\"tables\"}");
	struct data_reply reply;

	test_host_open(&mute, pair->base, NULL);
	host_serve(mute.host, DATA_PROTOCOL, on_mute_stream, NULL);
	peer_id_print(&mute.id, text);
	pair_learn(&pair->a, text, host_port(mute.host));
	ask.peer_id = text;
	assert_int_equal(
	    ask_data_ask_now(pair->a.viewer, &ask, 300, &reply, &error),
	    BUS_TIMEOUT);
	test_loop_for(pair->base, 50);
	assert_true(LIST_EMPTY(&pair->a.goopd->data_calls));
	test_host_close(&mute);
}

int
main(void)
{
#define PAIRED(name) \
	cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		PAIRED(test_own),
		PAIRED(test_other),
		PAIRED(test_unreachable),
		PAIRED(test_by_ticket),
		PAIRED(test_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
