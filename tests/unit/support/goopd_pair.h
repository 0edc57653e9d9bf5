/*
 * goopd_pair: two whole goopds in one process, without frame and sandbox, that
 * talk over loopback and are asked over the bus. What goes wrong in here fails
 * the test.
 */
#ifndef TESTS_UNIT_SUPPORT_GOOPD_PAIR_H
#define TESTS_UNIT_SUPPORT_GOOPD_PAIR_H

#include "common/bus/goopd_bus.h"
#include "goopd/goopd.h"
#include "goopd/goopd_state.h"
#include "goopd/handlers.h"

enum { BUDGET_MS = 20000, LARGE = 5 * 1024 * 1024 };

struct peer {
	struct daemon_context context;
	struct config config;
	struct bus_client *client; /* asks as goop-discoveryd */
	struct bus *viewer_bus;
	struct bus_client *viewer; /* asks as goop-viewerd */
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

/* The whole body of a file. */
struct body {
	int fd;
	uint8_t *data;
	size_t len;
	bool is_ended;
};

/* Of a cmocka test: *state is the pair. */
int pair_setup(void **state);
int pair_teardown(void **state);

/* --- goopd_asking.c */

/* pair_ask_X(): ask and get an answer; pair_ask_X_in_vain(): ask and get an
 * error. */
void pair_ask_untyped(
    struct peer *, const struct op *, const void *request, void *ret_reply);
enum bus_code pair_ask_in_vain_untyped(
    struct peer *, const struct op *, const void *request);
/* clang-format off */
#define PAIR_ASK(number_, name_, asked_, answer_, callers_) \
	static inline void \
	pair_ask_##name_(struct peer *peer, const struct asked_ *request, \
	    struct answer_ *ret_reply) \
	{ \
		pair_ask_untyped(peer, &op_##name_, request, ret_reply); \
	} \
	static inline enum bus_code \
	pair_ask_##name_##_in_vain( \
	    struct peer *peer, const struct asked_ *request) \
	{ \
		return pair_ask_in_vain_untyped(peer, &op_##name_, request); \
	}
/* clang-format on */
GOOPD_OPS(PAIR_ASK)

/* Tell one that this peer id listens on this port; where the other one is. */
void pair_learn(struct peer *to, char *peer_id, unsigned int port);
void pair_introduce(struct peer *to, const struct peer *whom);

/* What to ask for a file of that peer. */
struct site_open pair_site_open(const struct peer *, const char *path);

/* A connection that showed its ticket. */
int pair_claim(struct peer *, const struct site_head *);

/* Until the end; closes fd, the caller frees the data. */
struct body pair_read_body(struct pair *, int fd);

#endif
