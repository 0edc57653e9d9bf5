/*
 * client_limits: how much one client address (one /64 for IPv6) may do, and
 * one peer at one address. Pure bookkeeping in bounded tables; the least
 * recently used entries make room. Every refusal is counted.
 * The numbers are settings: presence.rendezvous_publishes_per_minute and the
 * like in common/config/config_keys.c.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_CLIENT_LIMITS_H
#define GOOP_RENDEZVOUSD_CLIENTS_CLIENT_LIMITS_H

#include "common/base/monotime.h"
#include "goop-rendezvousd/clients/client_address.h"

enum {
	CLIENT_LIMITS_ADDRESSES_MAX = 32768,
	CLIENT_LIMITS_PEERS_MAX = 65536, /* pairs of address and peer */
	CLIENT_LIMITS_MESSAGE = 2048,    /* bytes that count as one message */
	CLIENT_LOGINS_FREE = 5,          /* failures before a wait */
	CLIENT_LOGIN_WAIT_MS = 1000,     /* then, doubling up to */
	CLIENT_LOGIN_WAIT_MAX_MS = 15 * 60 * 1000,
	CLIENT_LOGIN_FORGET_MS = 60 * 60 * 1000,
};

struct client_limits_config {
	unsigned int publishes_per_minute;  /* of one peer at one address */
	unsigned int publishes_per_address; /* a minute */
	unsigned int subscribers_max;
	unsigned int subscribers_per_address;
	unsigned int classic_max; /* subscribers without delta mode */
};

struct client_limits;

struct client_limits *client_limits_new(const struct client_limits_config *);
void client_limits_free(struct client_limits *);

/*
 * May this address publish so many bytes? All subscribers will get them. To be
 * asked before the message is read. If not, *retry_after_s is how long to wait,
 * at least 1.
 */
bool client_limits_publish(struct client_limits *,
    const struct client_address *, size_t bytes, struct monotime now,
    unsigned int *retry_after_s);

/* May this peer publish from this address? To be asked once peerId is known. */
bool client_limits_publish_peer(struct client_limits *,
    const struct client_address *, const char *peer_id, struct monotime now,
    unsigned int *retry_after_s);

enum client_limits_verdict {
	CLIENT_LIMITS_OK,
	CLIENT_LIMITS_FULL,         /* subscribers_max */
	CLIENT_LIMITS_PER_ADDRESS,  /* subscribers_per_address */
	CLIENT_LIMITS_CLASSIC_FULL, /* classic_max */
};

/* Count a new subscriber, if OK; uncount it, with the same address and mode,
 * when it leaves. */
enum client_limits_verdict client_limits_subscribe(
    struct client_limits *, const struct client_address *, bool is_delta);
void client_limits_unsubscribe(
    struct client_limits *, const struct client_address *, bool is_delta);

/* Of a refusal: "too many subscribers from your address (100)"; valid until the
 * next call. */
const char *client_limits_reason(
    struct client_limits *, enum client_limits_verdict);

/* May this address try a password? To be asked before it is checked. */
bool client_limits_login(struct client_limits *, const struct client_address *,
    struct monotime now, unsigned int *retry_after_s);
void client_limits_login_failed(
    struct client_limits *, const struct client_address *, struct monotime now);
void client_limits_login_passed(
    struct client_limits *, const struct client_address *);

/* Present numbers. */
struct client_limits_stats {
	unsigned int subscribers, classic, addresses;
};
void client_limits_get_stats(
    const struct client_limits *, struct client_limits_stats *ret);

#endif
