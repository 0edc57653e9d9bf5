#include "common/resolver/resolver_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox.h"
#include "common/resolver/resolver_message.h"

enum { SOCKET = 0, THREAD_STACK = 512 * 1024 };

struct lookup {
	uint32_t id;
	char name[RESOLVER_NAME_SIZE];
};

static atomic_int lookups;

/* What the name service reads and whom it asks. Files change by being replaced,
 * which grants for single ones would not outlive. */
static const struct sandbox_path paths[] = {
	{ "/etc", SANDBOX_READ },
	{ "/run/systemd/resolve", SANDBOX_READ },
	{ "/run/NetworkManager", SANDBOX_READ },
	{ "/run/resolvconf", SANDBOX_READ },
	{ "/usr/lib", SANDBOX_READ }, /* modules, loaded when needed */
	{ NULL, SANDBOX_READ },
};
static const struct sandbox sandbox = {
	.calls = SANDBOX_UNIX | SANDBOX_TCP | SANDBOX_UDP | SANDBOX_NETLINK |
		 SANDBOX_FILES,
	.paths = paths,
};

static void
send_answer(uint32_t id, const struct resolver_answer *answer)
{
	uint8_t packet[RESOLVER_ANSWER_MAX];
	size_t len = resolver_answer_encode(id, answer, packet);

	(void)send(SOCKET, packet, len, MSG_NOSIGNAL);
}

static void
add_address(struct resolver_answer *answer, const struct sockaddr *from)
{
	struct resolver_address *to = &answer->at[answer->count];
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	memset(to, 0, sizeof(*to));
	if (from->sa_family == AF_INET) {
		to->family = 4;
		memcpy(to->bytes, &v4->sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		to->family = 6;
		to->scope = v6->sin6_scope_id;
		memcpy(to->bytes, &v6->sin6_addr, 16);
	} else {
		return;
	}
	answer->count++;
}

static void *
lookup_run(void *arg)
{
	static const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct lookup *lookup = arg;
	struct resolver_answer answer = { 0 };
	struct addrinfo *found = NULL, *one;

	answer.error = getaddrinfo(lookup->name, NULL, &hints, &found);
	for (one = found; one != NULL && answer.count < RESOLVER_ADDRESSES_MAX;
	     one = one->ai_next)
		add_address(&answer, one->ai_addr);
	if (answer.error == 0 && answer.count == 0)
		answer.error = EAI_NONAME; /* none of IPv4 or IPv6 */
	if (found != NULL)
		freeaddrinfo(found);
	atomic_fetch_sub(&lookups, 1);
	send_answer(lookup->id, &answer);
	free(lookup);
	return NULL;
}

static void
lookup_start(const struct lookup *wanted, const pthread_attr_t *attributes)
{
	static const struct resolver_answer busy = { .error = EAI_AGAIN };
	struct lookup *lookup;
	pthread_t thread;

	if (atomic_fetch_add(&lookups, 1) < RESOLVER_LOOKUPS_MAX) {
		lookup = xmemdup(wanted, sizeof(*wanted));
		if (pthread_create(&thread, attributes, lookup_run, lookup) ==
		    0)
			return;
		free(lookup);
	}
	atomic_fetch_sub(&lookups, 1);
	send_answer(wanted->id, &busy);
}

static void
serve(void)
{
	uint8_t packet[RESOLVER_QUESTION_MAX + 1];
	pthread_attr_t attributes;
	struct lookup wanted;
	ssize_t len;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	for (;;) {
		len = recv(SOCKET, packet, sizeof(packet), 0);
		if (len == -1 && errno == EINTR)
			continue;
		if (len <= 0)
			return;
		if (resolver_question_decode(
			(struct bytes){ packet, (size_t)len }, &wanted.id,
			wanted.name) == 0)
			lookup_start(&wanted, &attributes);
	}
}

/* Nothing of the parent stays open, standard error neither: a module of the
 * name service that prints would write into a socket with its number. */
static int
leave_parent(int fd)
{
	int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	size_t i;

	log_set_sink(NULL, NULL);
	/* A stop of the whole group is for the parent; we end with it. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_NAME, "goop-resolver");
	if (dup2(fd, SOCKET) == -1 || close_range(1, ~0U, 0) == -1 ||
	    open("/dev/null", O_RDWR | O_CLOEXEC) != 1 ||
	    open("/dev/null", O_RDWR | O_CLOEXEC) != 2)
		return -errno;
	return 0;
}

void
resolver_child_main(int fd)
{
	if (leave_parent(fd) < 0 || sandbox_enter(&sandbox, -1) < 0)
		_exit(1);
	serve();
	_exit(0);
}
