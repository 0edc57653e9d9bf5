#include "goop-discoveryd/rendezvous/wan_address.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"

enum { HOST_SIZE = 256, PORT_SIZE = 6, THREAD_STACK = 512 * 1024 };

/*
 * What the thread works on. It has nothing else of ours, and whoever of the
 * two lets go last frees it: a lookup cannot be called off.
 */
struct lookup {
	atomic_int users;
	int wake; /* its own copy of the eventfd */
	char host[HOST_SIZE];
	char port[PORT_SIZE];
	int error;
	struct addrinfo *found;
};

struct wan_names {
	struct lookup *lookup; /* under way, or NULL */
	struct event *done;    /* the thread's eventfd */
	int wake;
	char host[HOST_SIZE];
	uint16_t port;
	LIST_HEAD(, wan_asker) askers;
	struct event *tell; /* a fresh answer, from the loop */
	int error;
	struct wan_addresses addresses;
	struct monotime fresh_until; /* 0: never asked, or forgotten */
};

static void
lookup_release(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) > 1)
		return;
	if (lookup->found != NULL)
		freeaddrinfo(lookup->found);
	close(lookup->wake);
	free(lookup);
}

static void *
lookup_run(void *arg)
{
	static const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct lookup *lookup = arg;

	lookup->error =
	    getaddrinfo(lookup->host, lookup->port, &hints, &lookup->found);
	(void)eventfd_write(lookup->wake, 1);
	lookup_release(lookup);
	return NULL;
}

/* The thread gets no signals: those are the loop's. */
static int
start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attributes, lookup_run, lookup);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -rc;
}

static int
lookup_start(struct wan_names *names)
{
	struct lookup *lookup = xzalloc(sizeof(*lookup));
	int rc;

	lookup->wake = dup(names->wake);
	atomic_init(&lookup->users, 2);
	memcpy(lookup->host, names->host, sizeof(lookup->host));
	snprintf(lookup->port, sizeof(lookup->port), "%u",
	    (unsigned int)names->port);
	rc = lookup->wake == -1 ? -errno : start_thread(lookup);
	if (rc == 0) {
		names->lookup = lookup;
		return 0;
	}
	atomic_store(&lookup->users, 1);
	lookup_release(lookup);
	return rc;
}

/* --- the answer */

static const struct addrinfo *
next_of_family(const struct addrinfo *from, int family, bool is_same)
{
	while (from != NULL && (from->ai_family == family) != is_same)
		from = from->ai_next;
	return from;
}

static void
add_address(struct wan_addresses *addresses, const struct addrinfo *from)
{
	union wan_address *to = &addresses->at[addresses->count];

	if (from->ai_addrlen > sizeof(*to))
		return;
	memset(to, 0, sizeof(*to));
	memcpy(to, from->ai_addr, from->ai_addrlen);
	addresses->count++;
}

/* Two walks through the list, one for the first one's family and one for the
 * others, take turns. */
static void
take_turns(const struct addrinfo *found, struct wan_addresses *ret)
{
	int family = found->ai_family;
	const struct addrinfo *walks[2] = { found,
		next_of_family(found, family, false) };
	size_t turn = 0;

	ret->count = 0;
	while (ret->count < WAN_ADDRESSES_MAX &&
	       (walks[0] != NULL || walks[1] != NULL)) {
		if (walks[turn] != NULL) {
			add_address(ret, walks[turn]);
			walks[turn] = next_of_family(
			    walks[turn]->ai_next, family, turn == 0);
		}
		turn = !turn;
	}
}

static void
tell_askers(struct wan_names *names)
{
	/* on the stack: an asker may forget them */
	struct wan_addresses addresses = names->addresses;
	struct wan_asker *asker;

	while ((asker = LIST_FIRST(&names->askers)) != NULL) {
		wan_names_cancel(asker);
		asker->on_found(names->error,
		    names->error == 0 ? &addresses : NULL, asker->arg);
	}
}

static void
names_on_tell(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_askers(arg);
}

static void
names_on_done(evutil_socket_t fd, short what, void *arg)
{
	struct wan_names *names = arg;
	struct lookup *lookup = names->lookup;
	eventfd_t count;

	(void)what;
	if (eventfd_read(fd, &count) == -1 || lookup == NULL)
		return;
	names->error = lookup->error;
	if (lookup->error == 0)
		take_turns(lookup->found, &names->addresses);
	if (lookup->error == 0 && names->addresses.count == 0)
		names->error = EAI_NONAME; /* of families nobody knows */
	if (names->error == 0)
		names->fresh_until =
		    monotime_add_ms(monotime_now(), WAN_ADDRESS_FRESH_MS);
	names->lookup = NULL;
	lookup_release(lookup);
	tell_askers(names);
}

/* --- for others */

int
wan_names_new(struct event_base *base, const char *host, uint16_t port,
    struct wan_names **ret)
{
	struct wan_names *names = xzalloc(sizeof(*names));

	LIST_INIT(&names->askers);
	names->port = port;
	snprintf(names->host, sizeof(names->host), "%s", host);
	names->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (names->wake == -1) {
		free(names);
		return -errno;
	}
	names->done = event_new(
	    base, names->wake, EV_READ | EV_PERSIST, names_on_done, names);
	names->tell = evtimer_new(base, names_on_tell, names);
	event_add(names->done, NULL);
	*ret = names;
	return 0;
}

void
wan_names_free(struct wan_names *names)
{
	if (names == NULL)
		return;
	if (names->lookup != NULL)
		lookup_release(names->lookup);
	event_free(names->done);
	event_free(names->tell);
	close(names->wake);
	free(names);
}

void
wan_names_ask(struct wan_names *names, struct wan_asker *asker)
{
	asker->names = names;
	LIST_INSERT_HEAD(&names->askers, asker, link);
	if (names->lookup != NULL)
		return;
	if (monotime_reached(monotime_now(), names->fresh_until)) {
		if (lookup_start(names) == 0)
			return;
		names->error = EAI_SYSTEM;
	}
	event_active(names->tell, EV_TIMEOUT, 0);
}

void
wan_names_cancel(struct wan_asker *asker)
{
	if (asker->names == NULL)
		return;
	LIST_REMOVE(asker, link);
	asker->names = NULL;
}

void
wan_names_forget(struct wan_names *names)
{
	names->fresh_until = (struct monotime){ 0 };
}
