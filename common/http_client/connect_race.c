#include "common/http_client/connect_race.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"

struct attempt {
	struct connect_race *race;
	int fd; /* -1: none, or over */
	struct event *writable;
};

struct connect_race {
	struct event_base *base;
	struct resolver_address at[RESOLVER_ADDRESSES_MAX];
	struct attempt attempts[RESOLVER_ADDRESSES_MAX];
	size_t count, begun;
	uint16_t port;
	int error; /* of the last that failed */
	struct event *next;
	connect_race_fn *done;
	void *arg;
};

void
connect_race_order(const struct resolver_answer *answer,
    struct resolver_address ret[RESOLVER_ADDRESSES_MAX])
{
	bool is_used[RESOLVER_ADDRESSES_MAX] = { false };
	uint8_t wanted = answer->at[0].family;
	size_t i, k, first;

	for (k = 0; k < answer->count; k++) {
		first = answer->count;
		for (i = 0; i < answer->count; i++) {
			if (is_used[i])
				continue;
			if (first == answer->count)
				first = i;
			if (answer->at[i].family == wanted)
				break;
		}
		if (i == answer->count) /* the family has no more */
			i = first;
		is_used[i] = true;
		ret[k] = answer->at[i];
		wanted = ret[k].family == 4 ? 6 : 4;
	}
}

static void
attempt_end(struct attempt *attempt)
{
	if (attempt->writable != NULL)
		event_free(attempt->writable);
	if (attempt->fd != -1)
		close(attempt->fd);
	attempt->writable = NULL;
	attempt->fd = -1;
}

void
connect_race_free(struct connect_race *race)
{
	size_t i;

	if (race == NULL)
		return;
	for (i = 0; i < race->begun; i++)
		attempt_end(&race->attempts[i]);
	event_free(race->next);
	free(race);
}

static bool
is_lost(const struct connect_race *race)
{
	size_t i;

	for (i = 0; i < race->begun; i++)
		if (race->attempts[i].fd != -1)
			return false;
	return race->begun == race->count;
}

/* The last act of whatever the loop called. */
static void
finish(struct connect_race *race, struct attempt *winner)
{
	int fd = winner != NULL ? winner->fd : race->error;

	event_del(race->next);
	if (winner == NULL) {
		race->done(fd, NULL, race->arg);
		return;
	}
	winner->fd = -1;
	race->done(fd, &race->at[winner - race->attempts], race->arg);
}

/* One has failed: the next begins at once. */
static void
note_failure(struct connect_race *race, struct attempt *attempt, int error)
{
	race->error = -error;
	attempt_end(attempt);
	event_active(race->next, EV_TIMEOUT, 0);
}

static void
attempt_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	event_free(attempt->writable);
	attempt->writable = NULL;
	if (error != 0)
		note_failure(attempt->race, attempt, error);
	else
		finish(attempt->race, attempt);
}

static socklen_t
sockaddr_of(const struct resolver_address *address, uint16_t port,
    struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (address->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, address->bytes, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = address->scope;
	memcpy(&in6->sin6_addr, address->bytes, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/* 0, or the errno with which it failed already. */
static int
attempt_begin(struct attempt *attempt, const struct resolver_address *address)
{
	struct connect_race *race = attempt->race;
	struct sockaddr_storage to;
	socklen_t len = sockaddr_of(address, race->port, &to);

	attempt->fd = socket(to.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (attempt->fd == -1 ||
	    (connect(attempt->fd, (struct sockaddr *)&to, len) == -1 &&
		errno != EINPROGRESS))
		return errno;
	attempt->writable = event_new(
	    race->base, attempt->fd, EV_WRITE, attempt_on_writable, attempt);
	event_add(attempt->writable, NULL);
	return 0;
}

static void
race_on_next(evutil_socket_t unused, short what, void *arg)
{
	struct connect_race *race = arg;
	const struct timeval gap = timeval_of_ms(CONNECT_RACE_GAP_MS);
	struct attempt *attempt = &race->attempts[race->begun];
	int error;

	(void)unused;
	(void)what;
	if (race->begun < race->count) {
		attempt->race = race;
		error = attempt_begin(attempt, &race->at[race->begun++]);
		if (error != 0)
			note_failure(race, attempt, error);
		else if (race->begun < race->count)
			event_add(race->next, &gap);
	} else if (is_lost(race)) {
		finish(race, NULL);
	}
}

struct connect_race *
connect_race_new(struct event_base *base, const struct resolver_answer *answer,
    uint16_t port, connect_race_fn *done, void *arg)
{
	struct connect_race *race = xzalloc(sizeof(*race));

	race->base = base;
	race->count = answer->count;
	connect_race_order(answer, race->at);
	race->port = port;
	race->done = done;
	race->arg = arg;
	race->next = evtimer_new(base, race_on_next, race);
	event_active(race->next, EV_TIMEOUT, 0);
	return race;
}
