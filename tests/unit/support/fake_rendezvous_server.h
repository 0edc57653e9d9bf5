/*
 * fake_rendezvous_server: rendezvous servers that only remember what they are
 * told, and a goopd that signs when the test says so. They stand in for the
 * real ones where this is included: in one source of a test.
 */
#ifndef TESTS_UNIT_SUPPORT_FAKE_RENDEZVOUS_SERVER_H
#define TESTS_UNIT_SUPPORT_FAKE_RENDEZVOUS_SERVER_H

#include <stdio.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-discoveryd/rendezvous/rendezvous_client.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "proto/field_json.h"
#include "tests/unit/support/prover.h"

enum { SAID_MAX = 64 };

struct rendezvous_server {
	struct rendezvous_server_plan plan;
	struct presence said[SAID_MAX];
	size_t count;
	int64_t ahead_ms;
	bool is_up, is_delta, is_cursor_forgotten;
	size_t network_changes;
	char error[RENDEZVOUS_SERVER_SENTENCE_SIZE];
	void (*done)(void *arg);
	void *done_arg;
};

static struct rendezvous_server *servers[RENDEZVOUS_SERVERS_MAX];
static size_t server_count;

int
rendezvous_server_new(struct event_base *base,
    const struct rendezvous_server_plan *plan, struct rendezvous_server **ret)
{
	(void)base;
	if (strncmp(plan->url, "http", 4) != 0)
		return -1;
	*ret = servers[server_count++] = xzalloc(sizeof(**ret));
	(*ret)->plan = *plan;
	return 0;
}

void
rendezvous_server_set_local(struct rendezvous_server *server)
{
	assert_int_equal(server_count, 1); /* the own one */
	(void)server;
}

void
rendezvous_server_free(struct rendezvous_server *server)
{
	size_t i;

	if (server == NULL)
		return;
	for (i = 0; i < server->count; i++)
		presence_fini(&server->said[i]);
	free(server);
}

int
rendezvous_server_publish(struct rendezvous_server *server, struct bytes json)
{
	assert_in_range(server->count, 0, SAID_MAX - 1);
	assert_int_equal(message_decode_json(&presence_server_message, json,
			     &server->said[server->count++], NULL),
	    0);
	return 0;
}

void
rendezvous_server_forget_cursor(struct rendezvous_server *server)
{
	server->is_cursor_forgotten = true;
}

void
rendezvous_server_network_changed(struct rendezvous_server *server)
{
	server->network_changes++;
}

int64_t
rendezvous_server_clock_offset_ms(const struct rendezvous_server *server)
{
	return server->ahead_ms;
}

void
rendezvous_server_stop(struct rendezvous_server *server, struct bytes offline,
    void (*done)(void *arg), void *arg)
{
	if (offline.len > 0)
		rendezvous_server_publish(server, offline);
	server->done = done;
	server->done_arg = arg;
}

const char *
server_transport_name(enum server_transport transport)
{
	return transport == SERVER_TRANSPORT_WEBSOCKET ? "websocket" : "none";
}

void
rendezvous_server_state(
    const struct rendezvous_server *server, struct rendezvous_server_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->url, sizeof(ret->url), "%s", server->plan.url);
	snprintf(ret->last_error, sizeof(ret->last_error), "%s", server->error);
	ret->transport =
	    server->is_up ? SERVER_TRANSPORT_WEBSOCKET : SERVER_TRANSPORT_NONE;
	ret->is_delta = server->is_delta;
	ret->next_try = MONOTIME_NEVER;
}

/* --- a goopd that signs when the test says so */

static struct {
	struct prover self;
	bool is_away;
	struct {
		struct buffer data;
		presence_sign_done_fn *done;
		void *arg;
	} asked[SAID_MAX];
	size_t count;
} goopd;

/* A rendezvous_client's sign. */
static bool
goopd_sign(struct bytes data, int64_t budget_ms, presence_sign_done_fn *done,
    void *done_arg, void *arg)
{
	size_t n = goopd.count;

	(void)budget_ms;
	(void)arg;
	if (goopd.is_away)
		return false;
	assert_in_range(n, 0, SAID_MAX - 1);
	buffer_init(&goopd.asked[n].data, data.len);
	buffer_append(&goopd.asked[n].data, data);
	goopd.asked[n].done = done;
	goopd.asked[n].arg = done_arg;
	goopd.count++;
	return true;
}

/* Answer all that was asked; how many. */
static size_t
goopd_signs(bool is_able)
{
	static const struct bus_error busy = { .code = BUS_BUSY };
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct sign_reply reply = { { signature, sizeof(signature) } };
	size_t i, count = goopd.count;

	for (i = 0; i < count; i++) {
		identity_key_sign(&goopd.self.key,
		    buffer_bytes(&goopd.asked[i].data), signature);
		goopd.asked[i].done(is_able ? NULL : &busy,
		    is_able ? &reply : NULL, goopd.asked[i].arg);
		buffer_fini(&goopd.asked[i].data);
	}
	goopd.count = 0;
	return count;
}

#endif
