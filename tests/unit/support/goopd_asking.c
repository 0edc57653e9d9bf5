#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/xalloc.h"
#include "tests/unit/support/goopd_pair.h"
#include "tests/unit/support/test_host.h"

static struct bus_client *
client_for(const struct peer *peer, const struct op *op)
{
	return op->callers & FROM_DISCOVERYD ? peer->client : peer->viewer;
}

void
pair_ask_untyped(
    struct peer *peer, const struct op *op, const void *request, void *reply)
{
	struct bus_error error;
	enum bus_code code;

	code = bus_ask_now_untyped(
	    client_for(peer, op), op, request, BUDGET_MS, reply, &error);
	if (code != BUS_OK)
		fail_msg(
		    "%s: %s: %s", op->name, bus_code_name(code), error.message);
}

enum bus_code
pair_ask_in_vain_untyped(
    struct peer *peer, const struct op *op, const void *request)
{
	struct bus_error error;
	uint64_t room[64];

	return bus_ask_now_untyped(
	    client_for(peer, op), op, request, BUDGET_MS, room, &error);
}

void
pair_learn(struct peer *to, char *peer_id, unsigned int port)
{
	char address[64];
	const char *addresses[] = { address };
	struct peer_addresses learn = { .peer_id = peer_id,
		.addresses = { addresses, 1 } };
	struct nothing reply;

	snprintf(address, sizeof(address), "/ip4/127.0.0.1/tcp/%u", port);
	pair_ask_peer_learn(to, &learn, &reply);
}

void
pair_introduce(struct peer *to, const struct peer *whom)
{
	pair_learn(
	    to, whom->goopd->identity.text, host_port(whom->goopd->host));
}

int
pair_claim(struct peer *peer, const struct site_head *head)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", peer->run,
	    GOOP_STREAM_SOCKET);
	assert_int_equal(head->ticket.len, GOOP_TICKET_SIZE);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(
	    write(fd, head->ticket.data, head->ticket.len), head->ticket.len);
	return fd;
}

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

struct body
pair_read_body(struct pair *pair, int fd)
{
	struct body body = { fd, xzalloc(LARGE + 1), 0, false };

	test_loop_until(pair->base, read_some, &body);
	close(fd);
	return body;
}

struct site_open
pair_site_open(const struct peer *peer, const char *path)
{
	return (struct site_open){ .peer_id = peer->goopd->identity.text,
		.path = path };
}
