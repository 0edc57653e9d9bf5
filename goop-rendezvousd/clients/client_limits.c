#include "goop-rendezvousd/clients/client_limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

COUNTER(publishes_refused, "messages over the rate limit of a client address");
COUNTER(peer_publishes_refused, "messages over the rate limit of a peer");
COUNTER(subscribers_refused, "subscribers refused over a limit");
COUNTER(logins_refused, "logins refused after too many failures");
COUNTER(client_limits_evicted, "client addresses forgotten to make room");

enum { MINUTE = 60, REASON_SIZE = 96, EVICT_LOOK_MAX = 64 };

/* One address. The table has the least recently used first. */
struct client {
	struct client_address network;
	struct token_bucket publishes;
	unsigned int subscribers;
	unsigned int failures; /* logins since the last success */
	struct monotime failed;
	UT_hash_handle hh;
};

/* A peer at an address. Peers whose hashes collide share a bucket: harmless. */
struct pair_key {
	struct client_address network;
	uint32_t peer;
};
struct pair {
	struct pair_key key;
	struct token_bucket publishes;
	UT_hash_handle hh;
};

struct client_limits {
	struct client_limits_config config;
	struct client *clients;
	struct pair *pairs;
	struct client_limits_stats stats;
	char reason[REASON_SIZE];
};

struct client_limits *
client_limits_new(const struct client_limits_config *config)
{
	struct client_limits *limits = xzalloc(sizeof(*limits));

	limits->config = *config;
	return limits;
}

static void
forget_pairs(struct client_limits *limits)
{
	struct pair *pair, *next;

	HASH_ITER (hh, limits->pairs, pair, next) {
		HASH_DEL(limits->pairs, pair);
		free(pair);
	}
}

void
client_limits_free(struct client_limits *limits)
{
	struct client *client, *next;

	if (limits == NULL)
		return;
	forget_pairs(limits);
	HASH_ITER (hh, limits->clients, client, next) {
		HASH_DEL(limits->clients, client);
		free(client);
	}
	free(limits);
}

/* A minute's worth as burst: the original allows 60 in 60 s. */
static struct token_bucket
bucket_of(unsigned int per_minute, struct monotime now)
{
	struct token_bucket bucket;

	token_bucket_init(
	    &bucket, per_minute, (double)per_minute / MINUTE, now);
	return bucket;
}

static struct client *
client_find(struct client_limits *limits, const struct client_address *address)
{
	struct client_address network = client_address_network(address);
	struct client *client;

	HASH_FIND(hh, limits->clients, &network, sizeof(network), client);
	return client;
}

/*
 * The least recently used address without subscribers goes. The others are no
 * more than the subscribers, which have a limit of their own.
 */
static void
client_evict(struct client_limits *limits)
{
	struct client *client;
	int n;

	for (n = 0; n < EVICT_LOOK_MAX; n++) {
		client = limits->clients;
		HASH_DEL(limits->clients, client);
		if (client->subscribers == 0) {
			free(client);
			counter_add(&client_limits_evicted, 1);
			return;
		}
		HASH_ADD(hh, limits->clients, network, sizeof(client->network),
		    client);
	}
}

/* The entry of an address, moved to the end of the order. */
static struct client *
client_get(struct client_limits *limits, const struct client_address *address,
    struct monotime now)
{
	struct client *client = client_find(limits, address);

	if (client != NULL) {
		HASH_DEL(limits->clients, client);
	} else {
		if (HASH_COUNT(limits->clients) >= CLIENT_LIMITS_ADDRESSES_MAX)
			client_evict(limits);
		client = xzalloc(sizeof(*client));
		client->network = client_address_network(address);
		client->publishes =
		    bucket_of(limits->config.publishes_per_address, now);
	}
	HASH_ADD(hh, limits->clients, network, sizeof(client->network), client);
	return client;
}

static struct pair *
pair_get(struct client_limits *limits, const struct client_address *address,
    const char *peer_id, struct monotime now)
{
	struct pair_key key;
	struct pair *pair;

	memset(&key, 0, sizeof(key));
	key.network = client_address_network(address);
	key.peer = hash_seeded(peer_id, strlen(peer_id));
	HASH_FIND(hh, limits->pairs, &key, sizeof(key), pair);
	if (pair != NULL) {
		HASH_DEL(limits->pairs, pair);
	} else if (HASH_COUNT(limits->pairs) >= CLIENT_LIMITS_PEERS_MAX) {
		pair = limits->pairs;
		HASH_DEL(limits->pairs, pair);
		free(pair);
		pair = NULL;
		counter_add(&client_limits_evicted, 1);
	}
	if (pair == NULL) {
		pair = xzalloc(sizeof(*pair));
		pair->key = key;
		pair->publishes =
		    bucket_of(limits->config.publishes_per_minute, now);
	}
	HASH_ADD(hh, limits->pairs, key, sizeof(pair->key), pair);
	return pair;
}

static bool
take(struct token_bucket *bucket, double count, struct monotime now,
    unsigned int *retry_after_s)
{
	count = fmin(count, bucket->burst);
	if (token_bucket_take(bucket, count, now))
		return true;
	*retry_after_s =
	    (unsigned int)ceil((count - bucket->tokens) / bucket->per_second);
	if (*retry_after_s == 0)
		*retry_after_s = 1;
	return false;
}

bool
client_limits_publish(struct client_limits *limits,
    const struct client_address *address, size_t bytes, struct monotime now,
    unsigned int *retry_after_s)
{
	struct client *client = client_get(limits, address, now);
	double count = 1 + floor((double)bytes / CLIENT_LIMITS_MESSAGE);

	if (take(&client->publishes, count, now, retry_after_s))
		return true;
	counter_add(&publishes_refused, 1);
	return false;
}

bool
client_limits_publish_peer(struct client_limits *limits,
    const struct client_address *address, const char *peer_id,
    struct monotime now, unsigned int *retry_after_s)
{
	struct pair *pair = pair_get(limits, address, peer_id, now);

	if (take(&pair->publishes, 1, now, retry_after_s))
		return true;
	counter_add(&peer_publishes_refused, 1);
	return false;
}

/* --- subscribers */

static enum client_limits_verdict
judge(const struct client_limits *limits, const struct client *client,
    bool is_delta)
{
	if (limits->stats.subscribers >= limits->config.subscribers_max)
		return CLIENT_LIMITS_FULL;
	if (client->subscribers >= limits->config.subscribers_per_address)
		return CLIENT_LIMITS_PER_ADDRESS;
	if (!is_delta && limits->stats.classic >= limits->config.classic_max)
		return CLIENT_LIMITS_CLASSIC_FULL;
	return CLIENT_LIMITS_OK;
}

enum client_limits_verdict
client_limits_subscribe(struct client_limits *limits,
    const struct client_address *address, bool is_delta)
{
	/* Time does not matter here: a new bucket is full. */
	struct client *client =
	    client_get(limits, address, (struct monotime){ 0 });
	enum client_limits_verdict verdict = judge(limits, client, is_delta);

	if (verdict != CLIENT_LIMITS_OK) {
		counter_add(&subscribers_refused, 1);
		return verdict;
	}
	client->subscribers++;
	limits->stats.subscribers++;
	limits->stats.classic += !is_delta;
	return CLIENT_LIMITS_OK;
}

void
client_limits_unsubscribe(struct client_limits *limits,
    const struct client_address *address, bool is_delta)
{
	struct client *client = client_find(limits, address);

	if (client == NULL || client->subscribers == 0)
		bug("client limits: a subscriber leaves that was not counted");
	client->subscribers--;
	limits->stats.subscribers--;
	limits->stats.classic -= !is_delta;
}

const char *
client_limits_reason(
    struct client_limits *limits, enum client_limits_verdict verdict)
{
	const struct client_limits_config *config = &limits->config;
	const struct {
		const char *what;
		unsigned int max;
	} reasons[] = {
		[CLIENT_LIMITS_FULL] = { "", config->subscribers_max },
		[CLIENT_LIMITS_PER_ADDRESS] = { " from your address",
		    config->subscribers_per_address },
		[CLIENT_LIMITS_CLASSIC_FULL] = { " without delta mode",
		    config->classic_max },
	};

	snprintf(limits->reason, sizeof(limits->reason),
	    "too many subscribers%s (%u)", reasons[verdict].what,
	    reasons[verdict].max);
	return limits->reason;
}

/* --- logins */

static int64_t
login_wait_ms(const struct client *client)
{
	unsigned int doublings = client->failures - CLIENT_LOGINS_FREE;
	int64_t wait_ms = CLIENT_LOGIN_WAIT_MS;

	while (doublings-- > 0 && wait_ms < CLIENT_LOGIN_WAIT_MAX_MS)
		wait_ms *= 2;
	return wait_ms < CLIENT_LOGIN_WAIT_MAX_MS ? wait_ms
						  : CLIENT_LOGIN_WAIT_MAX_MS;
}

bool
client_limits_login(struct client_limits *limits,
    const struct client_address *address, struct monotime now,
    unsigned int *retry_after_s)
{
	struct client *client = client_find(limits, address);
	int64_t left_ms;

	if (client == NULL || client->failures < CLIENT_LOGINS_FREE)
		return true;
	left_ms =
	    login_wait_ms(client) - monotime_since_ms(now, client->failed);
	if (left_ms <= 0)
		return true;
	*retry_after_s = (unsigned int)((left_ms + 999) / 1000);
	counter_add(&logins_refused, 1);
	return false;
}

void
client_limits_login_failed(struct client_limits *limits,
    const struct client_address *address, struct monotime now)
{
	struct client *client = client_get(limits, address, now);

	if (monotime_since_ms(now, client->failed) > CLIENT_LOGIN_FORGET_MS)
		client->failures = 0;
	client->failures++;
	client->failed = now;
}

void
client_limits_login_passed(
    struct client_limits *limits, const struct client_address *address)
{
	struct client *client = client_find(limits, address);

	if (client != NULL)
		client->failures = 0;
}

void
client_limits_get_stats(
    const struct client_limits *limits, struct client_limits_stats *ret)
{
	*ret = limits->stats;
	ret->addresses = HASH_COUNT(limits->clients);
}
