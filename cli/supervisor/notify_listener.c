#include "cli/supervisor/notify_listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/text.h"

static void
notify_line_parse(struct bytes line, struct notify_news *news)
{
	size_t len;

	if (bytes_equal(line, bytes_of("READY=1"))) {
		news->is_ready = true;
	} else if (bytes_equal(line, bytes_of("WATCHDOG=1"))) {
		news->is_alive = true;
	} else if (bytes_equal(line, bytes_of("STOPPING=1"))) {
		news->is_stopping = true;
	} else if (bytes_skip(&line, "STATUS=")) {
		len =
		    line.len < NOTIFY_STATUS_MAX ? line.len : NOTIFY_STATUS_MAX;
		memcpy(news->status, line.data, len);
		news->status[len] = '\0';
		text_make_printable(news->status);
		news->has_status = true;
	}
}

void
notify_news_parse(struct bytes datagram, struct notify_news *ret)
{
	const uint8_t *at = datagram.data, *end, *newline;

	memset(ret, 0, sizeof(*ret));
	if (datagram.len == 0)
		return;
	for (end = at + datagram.len; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			newline = end;
		notify_line_parse(
		    (struct bytes){ at, (size_t)(newline - at) }, ret);
	}
}

int
notify_listener_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, on = 1, rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	/* We hold the lock of the directory: an existing socket is stale. */
	unlink(path);
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static pid_t
notify_sender(struct msghdr *message)
{
	struct cmsghdr *part;
	struct ucred sender;

	for (part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part))
		if (part->cmsg_level == SOL_SOCKET &&
		    part->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&sender, CMSG_DATA(part), sizeof(sender));
			return sender.pid;
		}
	return 0;
}

int
notify_listener_receive(int fd, pid_t *ret_pid, struct notify_news *ret)
{
	uint8_t data[NOTIFY_DATAGRAM_MAX];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec vector = { data, sizeof(data) };
	struct msghdr message = { .msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t len;

	/* There is no control room for passed descriptors; the kernel closes
	 * those that do not fit (unix(7)). */
	len = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	if (len == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	*ret_pid = notify_sender(&message);
	notify_news_parse((struct bytes){ data, (size_t)len }, ret);
	return 1;
}
