#include "goopd/port_mapper/mapper_child.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/interface_watch.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox.h"
#include "goopd/port_mapper/mapper_job.h"
#include "goopd/port_mapper/mapper_message.h"
#include "goopd/port_mapper/pcp_message.h"

enum { GOOPD = 0, STATM = 3 };

struct mapper;

struct family {
	struct mapper *mapper;
	struct mapper_job *job;
};

struct mapper {
	struct event_base *base;
	struct port_policy policies[MAPPER_FAMILIES]; /* IPv4, IPv6 */
	struct family families[MAPPER_FAMILIES];
	struct interface_watch *interfaces;
	struct event *announced;
	struct event *wish;
	struct event *due;
	bool is_ending;
	unsigned int unanswered; /* at the end */
};

static void
report(struct mapper *mapper)
{
	struct mapper_report now;
	int i;

	mapper_report_make(mapper->policies, monotime_now(), &now);
	for (i = 0; i < MAPPER_FAMILIES; i++)
		now.failed_jobs +=
		    (int64_t)mapper_job_failures(mapper->families[i].job);
	(void)mapper_message_send(GOOPD, &mapper_report_message, &now);
	message_fini(&mapper_report_message, &now);
}

/* Ask what is to be asked. */
static void
go_on(struct mapper *mapper)
{
	struct monotime now = monotime_now(), due = MONOTIME_NEVER;
	struct mapping_ask ask;
	struct timeval wait;
	int i;

	for (i = 0; i < MAPPER_FAMILIES; i++) {
		if (port_policy_next(&mapper->policies[i], now, &ask))
			mapper_job_ask(mapper->families[i].job, &ask);
		due = monotime_min(due, port_policy_due(&mapper->policies[i]));
	}
	event_del(mapper->due);
	if (due.us == MONOTIME_NEVER.us)
		return;
	wait = timeval_until(due, now);
	event_add(mapper->due, &wait);
}

static void
on_due(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	go_on(arg);
}

/* Ask the router to forget the mapping; false: there is none. */
static bool
take_back(struct mapper *mapper, size_t number)
{
	struct mapping_ask ask;

	if (!port_policy_end(&mapper->policies[number], &ask))
		return false;
	mapper_job_ask(mapper->families[number].job, &ask);
	return true;
}

static void
on_answer(const struct mapping_answer *answer, void *arg)
{
	struct family *family = arg;
	struct mapper *mapper = family->mapper;
	size_t number = (size_t)(family - mapper->families);
	struct port_policy *policy = &mapper->policies[number];

	port_policy_answer(policy, answer, monotime_now());
	if (mapper->is_ending) {
		if (!take_back(mapper, number) && --mapper->unanswered == 0)
			event_base_loopbreak(mapper->base);
		return;
	}
	report(mapper);
	go_on(mapper);
}

static void
on_interfaces(void *arg)
{
	struct mapper *mapper = arg;
	int i;

	for (i = 0; i < MAPPER_FAMILIES; i++)
		port_policy_moved(&mapper->policies[i], monotime_now());
	go_on(mapper);
}

/* --- announcements of routers (RFC 6887, 14.1.3; RFC 6886, 3.2.1) */

/* What it says is not read: only the router's own answers count. */
static void
on_announced(evutil_socket_t fd, short what, void *arg)
{
	struct mapper *mapper = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	struct in6_addr sender;
	char byte;

	(void)what;
	if (recvfrom(fd, &byte, sizeof(byte), 0, (struct sockaddr *)&from,
		&len) == -1)
		return;
	mapping_address_of(&from, &sender);
	if (mapping_address_equal(
		&sender, &mapper->policies[0].last.network.gateway) &&
	    port_policy_hint(&mapper->policies[0], monotime_now()))
		go_on(mapper);
}

/* Without it the router's restart is noticed later. Other clients of PCP on
 * this machine listen there, too. */
static void
open_announcements(struct mapper *mapper)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
		.sin_port = htons(PCP_CLIENT_PORT) };
	struct ip_mreqn group = { .imr_multiaddr.s_addr =
				      htonl(INADDR_ALLHOSTS_GROUP) };
	int fd, yes = 1;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) == -1) {
		close(fd);
		return;
	}
	mapper->announced = xcheck(event_new(
	    mapper->base, fd, EV_READ | EV_PERSIST, on_announced, mapper));
	event_add(mapper->announced, NULL);
}

/* --- life */

/* goopd is gone, or about to go: leave nothing behind at the router, also of
 * what is just being asked for. */
static void
end(struct mapper *mapper)
{
	struct timeval limit = timeval_of_ms(MAPPER_END_MS);
	size_t i;

	event_del(mapper->wish);
	event_del(mapper->due);
	mapper->is_ending = true;
	for (i = 0; i < MAPPER_FAMILIES; i++)
		mapper->unanswered +=
		    mapper->policies[i].is_under_way || take_back(mapper, i);
	event_base_loopexit(
	    mapper->base, mapper->unanswered > 0 ? &limit : NULL);
}

static void
on_wish(evutil_socket_t fd, short what, void *arg)
{
	struct mapper *mapper = arg;
	struct mapper_wish wish;
	int i, rc = mapper_message_receive(fd, &mapper_wish_message, &wish);

	(void)what;
	if (rc == -EPIPE)
		end(mapper);
	if (rc < 0 || mapper->interfaces != NULL)
		return;
	/* Nothing is sent, not even asked of the kernel, before this. */
	if (interface_watch_new(
		mapper->base, on_interfaces, mapper, &mapper->interfaces) < 0)
		return;
	open_announcements(mapper);
	for (i = 0; i < MAPPER_FAMILIES; i++)
		port_policy_listen(&mapper->policies[i], (uint16_t)wish.port);
	message_fini(&mapper_wish_message, &wish);
	report(mapper);
	go_on(mapper);
}

static void
make_mapper(struct mapper *mapper)
{
	uint8_t nonce[MAPPING_NONCE_SIZE];
	int i;

	mapper->base = xcheck(event_base_new());
	for (i = 0; i < MAPPER_FAMILIES; i++) {
		random_bytes(nonce, sizeof(nonce));
		port_policy_init(&mapper->policies[i], i == 1, nonce,
		    random_below(UINT32_MAX));
		mapper->families[i].mapper = mapper;
		mapper->families[i].job = mapper_job_new(
		    mapper->base, STATM, on_answer, &mapper->families[i]);
	}
	mapper->due = xcheck(evtimer_new(mapper->base, on_due, mapper));
	mapper->wish = xcheck(event_new(
	    mapper->base, GOOPD, EV_READ | EV_PERSIST, on_wish, mapper));
	event_add(mapper->wish, NULL);
}

/* Nothing of goopd stays open but the standard error, for the log; the standard
 * output is for what libraries print in jobs. */
static int
leave_parent(int fd)
{
	int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	size_t i;

	log_set_sink(NULL, NULL);
	/* A stop of the whole group is for goopd; we end after it. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_NAME, "goopd-mapper");
	if (dup2(fd, GOOPD) == -1 || close_range(3, ~0U, 0) == -1 ||
	    close(1) == -1 || open("/dev/null", O_WRONLY | O_CLOEXEC) != 1 ||
	    open("/proc/self/statm", O_RDONLY | O_CLOEXEC) != STATM)
		return -errno;
	return 0;
}

void
mapper_child_main(int fd)
{
	static const struct sandbox sandbox = {
		.calls = SANDBOX_TCP | SANDBOX_UDP | SANDBOX_NETLINK |
			 SANDBOX_CHILDREN,
	};
	struct mapper *mapper = xzalloc(sizeof(*mapper));

	if (leave_parent(fd) < 0 || sandbox_enter(&sandbox, -1) < 0)
		_exit(1);
	make_mapper(mapper);
	event_base_dispatch(mapper->base);
	_exit(0);
}
