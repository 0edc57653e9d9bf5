#include "common/identity/signer.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/identity/signer_child.h"

COUNTER(signer_refused, "messages that the signer's rules refused");
COUNTER(
    signer_limited, "messages that the signer refused: over the rate limit");

struct signer {
	int fd;
	pid_t pid;
	struct event *lost;
	signer_lost_fn *on_lost;
	void *arg;
};

/* Close everything but the socket: the child must not keep the bus, the
 * terminal or the supervisor's lifeline open. */
static void
child_main(int fd, const struct identity_key *key)
{
	int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	size_t i;

	/* On a stop of the whole process group the parent still needs a
	 * signature to say goodbye. The child ends when the parent does. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_NAME, "goopd-signer");
	prctl(PR_SET_DUMPABLE, 0);
	if (dup2(fd, 0) == -1 || close_range(1, ~0U, 0) == -1)
		_exit(1);
	_exit(signer_child_serve(0, key));
}

static int
set_timeouts(int fd)
{
	struct timeval limit = timeval_of_ms(SIGNER_WAIT_MS);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		-1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ==
		-1)
		return -errno;
	return 0;
}

int
signer_start(struct identity_key *key, struct signer **ret)
{
	struct signer *signer;
	int pair[2], rc = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		rc = -errno;
		identity_key_wipe(key);
		return rc;
	}
	pid = fork();
	if (pid == 0)
		child_main(pair[1], key);
	if (pid == -1)
		rc = -errno;
	identity_key_wipe(key);
	close(pair[1]);
	if (rc == 0)
		rc = set_timeouts(pair[0]);
	if (rc < 0) {
		close(pair[0]);
		return rc;
	}
	signer = xzalloc(sizeof(*signer));
	signer->fd = pair[0];
	signer->pid = pid;
	*ret = signer;
	return 0;
}

void
signer_free(struct signer *signer)
{
	if (signer == NULL)
		return;
	if (signer->lost != NULL)
		event_free(signer->lost);
	close(signer->fd);
	waitpid(signer->pid, NULL, 0);
	free(signer);
}

int
signer_pid(const struct signer *signer)
{
	return signer->pid;
}

static int
send_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, at, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
receive_answer(int fd, struct signer_answer *ret)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(*ret)) {
		n = recv(fd, (uint8_t *)ret + len, sizeof(*ret) - len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		len += (size_t)n;
	}
	return 0;
}

/* After a lost or late answer, requests and answers would no longer match:
 * close the socket. That ends the child, and on_lost reports it. */
static int
give_up(struct signer *signer)
{
	shutdown(signer->fd, SHUT_RDWR);
	return -EIO;
}

static int
outcome_of(const struct signer_answer *answer)
{
	switch (answer->outcome) {
	case SIGNER_SIGNED:
		return 0;
	case SIGNER_REFUSED:
		counter_add(&signer_refused, 1);
		return -EPERM;
	case SIGNER_LIMITED:
		counter_add(&signer_limited, 1);
		return -EBUSY;
	default:
		return -EIO;
	}
}

int
signer_sign(struct signer *signer, struct bytes message,
    uint8_t signature[IDENTITY_SIGNATURE_SIZE])
{
	struct signer_answer answer;
	uint8_t length[4];
	int rc;

	if (message.len > SIGNER_MESSAGE_MAX) {
		counter_add(&signer_refused, 1);
		return -EPERM;
	}
	store_be32(length, (uint32_t)message.len);
	if (send_all(signer->fd, length, sizeof(length)) < 0 ||
	    send_all(signer->fd, message.data, message.len) < 0 ||
	    receive_answer(signer->fd, &answer) < 0)
		return give_up(signer);
	rc = outcome_of(&answer);
	if (rc == 0)
		memcpy(signature, answer.signature, IDENTITY_SIGNATURE_SIZE);
	return rc;
}

/* The child sends nothing unasked: a readable socket means that it ended. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct signer *signer = arg;

	(void)fd;
	(void)what;
	event_del(signer->lost);
	signer->on_lost(signer->arg);
}

int
signer_watch(struct signer *signer, struct event_base *base,
    signer_lost_fn *on_lost, void *arg)
{
	signer->on_lost = on_lost;
	signer->arg = arg;
	signer->lost = event_new(
	    base, signer->fd, EV_READ | EV_PERSIST, on_readable, signer);
	if (signer->lost == NULL || event_add(signer->lost, NULL) == -1)
		return -ENOMEM;
	return 0;
}
