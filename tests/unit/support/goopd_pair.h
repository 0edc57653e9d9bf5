/*
 * goopd_pair: two whole goopds in one process, without frame and sandbox, that
 * talk over loopback and are asked over the bus. What goes wrong in here fails
 * the test.
 */
#ifndef TESTS_UNIT_SUPPORT_GOOPD_PAIR_H
#define TESTS_UNIT_SUPPORT_GOOPD_PAIR_H

#include "goopd/goopd.h"

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

/* Ask and get an answer; ask and get an error. */
void pair_ask(
    struct peer *, const struct op *, const void *request, void *ret_reply);
enum bus_code pair_ask_in_vain(
    struct peer *, const struct op *, const void *request);

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
