/* WebSocket frames: recorded bytes, both roles against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/stream/websocket.h"

enum { MESSAGE_MAX = 32 * 1024, TEXT_MAX = 256 };

#define BYTES(literal) \
	((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static const struct monotime start = { 1000000 };

/* One side: its frames, what it heard as text, what it says. */
struct side {
	struct websocket websocket;
	struct buffer out;
	char heard[TEXT_MAX];
	size_t heard_len;
	bool echoes;
};

static void
on_event(const struct websocket_event *event, void *arg)
{
	static const char names[] = "?tb?????cpo";
	struct side *side = arg;
	size_t room = sizeof(side->heard) - side->heard_len;
	int n;

	if (event->payload.len > 40)
		n = snprintf(side->heard + side->heard_len, room, "%c(%zu)",
		    names[event->opcode], event->payload.len);
	else
		n = snprintf(side->heard + side->heard_len, room, "%c(%.*s)",
		    names[event->opcode], (int)event->payload.len,
		    (const char *)event->payload.data);
	side->heard_len += (size_t)n;
	if (event->opcode == WEBSOCKET_CLOSE) {
		room -= (size_t)n;
		side->heard_len += (size_t)snprintf(
		    side->heard + side->heard_len, room, "%u", event->code);
	}
	if (side->echoes && event->opcode <= WEBSOCKET_BINARY)
		assert_int_equal(websocket_send(&side->websocket, event->opcode,
				     event->payload, &side->out),
		    0);
}

static void
side_init(struct side *side, enum websocket_role role)
{
	*side = (struct side){ 0 };
	websocket_init(&side->websocket, role, MESSAGE_MAX);
	buffer_init(&side->out, 1024 * 1024);
}

static void
side_fini(struct side *side)
{
	websocket_fini(&side->websocket);
	buffer_fini(&side->out);
}

static int
hear(struct side *side, struct bytes bytes)
{
	return websocket_receive(
	    &side->websocket, bytes, on_event, side, &side->out);
}

/* Bring what one says to the other, in steps. */
static int
carry(struct side *from, struct side *to, size_t step)
{
	int rc = 0;

	while (rc == 0 && from->out.len > 0) {
		struct bytes bytes = buffer_bytes(&from->out);

		if (bytes.len > step)
			bytes.len = step;
		rc = hear(to, bytes);
		buffer_consume(&from->out, bytes.len);
	}
	return rc;
}

/* clang-format off */
static const struct {
	const char *name;
	enum websocket_role role; /* who hears it */
	struct bytes in;
	int want;
	const char *heard;
	struct bytes said;
} recorded[] = {
	/* RFC 6455, 5.7 */
	{ "text, unmasked", WEBSOCKET_CLIENT, BYTES("\x81\x05Hello"), 0,
	    "t(Hello)", BYTES("") },
	{ "text, masked", WEBSOCKET_SERVER,
	    BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), 0,
	    "t(Hello)", BYTES("") },
	{ "text in two frames", WEBSOCKET_CLIENT,
	    BYTES("\x01\x03Hel\x80\x02lo"), 0, "t(Hello)", BYTES("") },
	{ "pong, masked", WEBSOCKET_SERVER,
	    BYTES("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), 0,
	    "o(Hello)", BYTES("") },
	/* of our own */
	{ "ping, masked", WEBSOCKET_SERVER,
	    BYTES("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), 0,
	    "p(Hello)", BYTES("\x8a\x05Hello") },
	{ "of two pings the last is answered", WEBSOCKET_SERVER,
	    BYTES("\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b"), 0, "p(a)p(b)",
	    BYTES("\x8a\x01" "b") },
	{ "nothing in a frame", WEBSOCKET_CLIENT, BYTES("\x81\x00"), 0, "t()",
	    BYTES("") },
	{ "nothing in many", WEBSOCKET_CLIENT,
	    BYTES("\x02\x00\x00\x00\x80\x00"), 0, "b()", BYTES("") },
	{ "a ping between fragments", WEBSOCKET_CLIENT,
	    BYTES("\x01\x01" "a\x8a\x01!\x80\x01" "b"), 0, "o(!)t(ab)",
	    BYTES("") },
	{ "close", WEBSOCKET_SERVER, BYTES("\x88\x82\0\0\0\0\x03\xe8"), 0,
	    "c()1000", BYTES("\x88\x02\x03\xe8") },
	{ "close, later registered code", WEBSOCKET_SERVER,
	    BYTES("\x88\x87\0\0\0\0\x03\xf5later"), 0, "c(later)1013",
	    BYTES("\x88\x07\x03\xf5later") },
	{ "close without a code", WEBSOCKET_SERVER, BYTES("\x88\x80\0\0\0\0"),
	    0, "c()1005", BYTES("\x88\x00") },
	{ "nothing is heard after a close", WEBSOCKET_SERVER,
	    BYTES("\x88\x80\0\0\0\0\x81\x81\0\0\0\0x"), 0, "c()1005",
	    BYTES("\x88\x00") },
	{ "close, half a code", WEBSOCKET_SERVER, BYTES("\x88\x81\0\0\0\0\x03"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "close, no such code", WEBSOCKET_SERVER,
	    BYTES("\x88\x82\0\0\0\0\x03\xed"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xea") },
	{ "close, reason no text", WEBSOCKET_SERVER,
	    BYTES("\x88\x83\0\0\0\0\x03\xe8\xff"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xef") },
	{ "unmasked to a server", WEBSOCKET_SERVER, BYTES("\x81\x05Hello"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "reserved bit", WEBSOCKET_SERVER, BYTES("\xc1\x81\0\0\0\0x"), -EPROTO,
	    "", BYTES("\x88\x02\x03\xea") },
	{ "reserved opcode", WEBSOCKET_SERVER, BYTES("\x83\x81\0\0\0\0x"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "reserved control opcode", WEBSOCKET_SERVER,
	    BYTES("\x8b\x81\0\0\0\0x"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xea") },
	{ "control in fragments", WEBSOCKET_SERVER, BYTES("\x09\x81\0\0\0\0x"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "control too long", WEBSOCKET_SERVER, BYTES("\x89\xfe\0\x7e\0\0\0\0"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "continues nothing", WEBSOCKET_SERVER, BYTES("\x80\x81\0\0\0\0x"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xea") },
	{ "begins within a message", WEBSOCKET_SERVER,
	    BYTES("\x01\x81\0\0\0\0x\x81\x81\0\0\0\0x"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xea") },
	{ "text that is none", WEBSOCKET_SERVER, BYTES("\x81\x81\0\0\0\0\xff"),
	    -EPROTO, "", BYTES("\x88\x02\x03\xef") },
	{ "binary may be anything", WEBSOCKET_SERVER,
	    BYTES("\x82\x81\0\0\0\0x"), 0, "b(x)", BYTES("") },
	{ "too long by one", WEBSOCKET_SERVER,
	    BYTES("\x81\xfe\x80\x01\0\0\0\0x"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xf1") },
	{ "as long as can be said", WEBSOCKET_SERVER,
	    BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x"), -EPROTO,
	    "", BYTES("\x88\x02\x03\xf1") },
	{ "a length that is longer than need be", WEBSOCKET_SERVER,
	    BYTES("\x81\xfe\0\x01\0\0\0\0x"), -EPROTO, "",
	    BYTES("\x88\x02\x03\xea") },
};
/* clang-format on */

/* However the bytes come, whole or one by one. */
static void
test_recorded(void **state)
{
	struct side side;
	size_t i, step, at;
	int rc;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(recorded); i++) {
		size_t c = i / 2;
		struct bytes in = recorded[c].in;
		const char *name = recorded[c].name;

		side_init(&side, recorded[c].role);
		step = i % 2 == 0 ? in.len : 1;
		/* Two pings that come apart are two. */
		if (step == 1 && strstr(name, "two pings") != NULL)
			step = in.len;
		for (at = 0, rc = 0; at < in.len && rc == 0; at += step)
			rc = hear(&side, (struct bytes){ in.data + at, step });
		if (rc != recorded[c].want)
			fail_msg(
			    "%s: got %d, want %d", name, rc, recorded[c].want);
		if (strcmp(side.heard, recorded[c].heard) != 0)
			fail_msg("%s: heard %s, want %s", name, side.heard,
			    recorded[c].heard);
		if (!bytes_equal(buffer_bytes(&side.out), recorded[c].said))
			fail_msg("%s: says something else", name);
		if (rc == 0)
			assert_null(side.websocket.session);
		side_fini(&side);
	}
}

static void
fill(uint8_t *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = (uint8_t)('a' + i % 26);
}

/* Every length that is written another way, in steps of every size, there and
 * back. */
static void
test_roles_understand_each_other(void **state)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 127, 4096, 8190,
		MESSAGE_MAX };
	static const size_t steps[] = { 1, 2, 3, 7, 4096, 100000 };
	static uint8_t text[MESSAGE_MAX];
	struct side client, server;
	char want[32];
	size_t i, s;

	(void)state;
	fill(text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (s = 0; s < ARRAY_SIZE(steps); s++) {
			side_init(&client, WEBSOCKET_CLIENT);
			side_init(&server, WEBSOCKET_SERVER);
			server.echoes = true;
			assert_int_equal(
			    websocket_send(&client.websocket, WEBSOCKET_TEXT,
				(struct bytes){ text, lengths[i] },
				&client.out),
			    0);
			assert_int_equal(carry(&client, &server, steps[s]), 0);
			assert_int_equal(carry(&server, &client, steps[s]), 0);
			snprintf(want, sizeof(want), "t(%zu)", lengths[i]);
			if (lengths[i] > 40)
				assert_string_equal(client.heard, want);
			assert_string_equal(client.heard, server.heard);
			assert_null(client.websocket.session);
			assert_null(server.websocket.session);
			side_fini(&client);
			side_fini(&server);
		}
	}
}

/* The original's client splits what is longer than 4096 bytes. */
static void
test_fragments_up_to_the_maximum(void **state)
{
	uint8_t frame[8 + 4096] = { 0x01, 0xfe, 0x10, 0x00 };
	struct side side;
	int i;

	(void)state;
	memset(frame + 8, 'x', 4096);
	side_init(&side, WEBSOCKET_SERVER);
	for (i = 0; i < 8; i++) {
		frame[0] = (uint8_t)((i == 0 ? 1 : 0) | (i == 7 ? 0x80 : 0));
		assert_int_equal(
		    hear(&side, (struct bytes){ frame, sizeof(frame) }), 0);
	}
	assert_string_equal(side.heard, "t(32768)");
	assert_null(side.websocket.session);
	/* The same, and not a byte more. */
	for (i = 0; i < 8; i++) {
		frame[0] = i == 0;
		assert_int_equal(
		    hear(&side, (struct bytes){ frame, sizeof(frame) }), 0);
	}
	assert_int_equal(hear(&side, BYTES("\x80\x81\0\0\0\0x")), -EPROTO);
	assert_true(
	    bytes_equal(buffer_bytes(&side.out), BYTES("\x88\x02\x03\xf1")));
	side_fini(&side);
}

static void
test_close_by_us(void **state)
{
	struct side client, server;
	struct monotime later = monotime_add_ms(start, WEBSOCKET_CLOSE_MS);

	(void)state;
	side_init(&client, WEBSOCKET_CLIENT);
	side_init(&server, WEBSOCKET_SERVER);
	assert_int_equal(
	    websocket_close(&server.websocket, WEBSOCKET_CLOSE_GOING_AWAY,
		"retry=700", start, &server.out),
	    0);
	assert_int_equal(server.websocket.state, WEBSOCKET_CLOSING);
	assert_int_equal(websocket_send(&server.websocket, WEBSOCKET_TEXT,
			     bytes_of("late"), &server.out),
	    -EPIPE);
	/* What was under way when we closed is not heard any more. */
	assert_int_equal(websocket_send(&client.websocket, WEBSOCKET_TEXT,
			     bytes_of("too late"), &client.out),
	    0);
	assert_int_equal(carry(&server, &client, 1), 0);
	assert_string_equal(client.heard, "c(retry=700)1001");
	assert_int_equal(client.websocket.state, WEBSOCKET_CLOSED);
	assert_int_equal(carry(&client, &server, 1), 0);
	assert_string_equal(server.heard, "c(retry=700)1001");
	assert_int_equal(server.websocket.state, WEBSOCKET_CLOSED);
	side_fini(&client);
	side_fini(&server);
	/* Nobody answers. */
	side_init(&server, WEBSOCKET_SERVER);
	websocket_run(&server.websocket, later);
	assert_int_equal(server.websocket.state, WEBSOCKET_OPEN);
	assert_int_equal(websocket_close(&server.websocket,
			     WEBSOCKET_CLOSE_NORMAL, "", start, &server.out),
	    0);
	websocket_run(&server.websocket, start);
	assert_int_equal(server.websocket.state, WEBSOCKET_CLOSING);
	websocket_run(&server.websocket, later);
	assert_int_equal(server.websocket.state, WEBSOCKET_CLOSED);
	side_fini(&server);
}

static void
test_no_room_to_answer(void **state)
{
	struct side side;

	(void)state;
	side_init(&side, WEBSOCKET_SERVER);
	buffer_init(&side.out, WEBSOCKET_REPLY_MAX - 1);
	assert_int_equal(hear(&side, BYTES("\x89\x80\0\0\0\0")), -ENOBUFS);
	assert_int_equal(side.websocket.state, WEBSOCKET_CLOSED);
	side_fini(&side);
}

/* What an idle one costs is its struct; while a frame is incomplete it has a
 * session, which does not reserve what the frame merely promises. */
static void
test_idle_costs_nothing(void **state)
{
	struct side side;

	(void)state;
	side_init(&side, WEBSOCKET_SERVER);
	assert_true(sizeof(struct websocket) <= 32);
	assert_int_equal(hear(&side, BYTES("\x81")), 0);
	assert_non_null(side.websocket.session);
	assert_int_equal(hear(&side, BYTES("\xfe\x7f\xff\0\0\0\0x")), 0);
	assert_non_null(side.websocket.session);
	side_fini(&side);
	side_init(&side, WEBSOCKET_SERVER);
	assert_int_equal(hear(&side, BYTES("\x81\x80\0\0\0\0\x81")), 0);
	assert_non_null(side.websocket.session);
	assert_int_equal(hear(&side, BYTES("\x80\0\0\0\0")), 0);
	assert_null(side.websocket.session);
	assert_string_equal(side.heard, "t()t()");
	side_fini(&side);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_roles_understand_each_other),
		cmocka_unit_test(test_fragments_up_to_the_maximum),
		cmocka_unit_test(test_close_by_us),
		cmocka_unit_test(test_no_room_to_answer),
		cmocka_unit_test(test_idle_costs_nothing),
	};

	return cmocka_run_group_tests_name("websocket", tests, NULL, NULL);
}
