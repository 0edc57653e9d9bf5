#include "common/daemon/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/log.h"
#include "common/base/text.h"

static struct {
	int fd; /* connected, so that a sandbox without files does not matter */
	int64_t watchdog_ms;
} notify = { -1, 0 };

/* sd_notify(3): a path, or an abstract name behind an @. */
static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(address.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&address,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					len)) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* WATCHDOG_PID says whom WATCHDOG_USEC is meant for. */
static int64_t
watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t number;

	if (usec == NULL)
		return 0;
	if (pid != NULL && (text_parse_u64(bytes_of(pid), &number) < 0 ||
			       number != (uint64_t)getpid()))
		return 0;
	if (text_parse_u64(bytes_of(usec), &number) < 0 || number > INT64_MAX)
		return 0;
	return (int64_t)(number / 1000);
}

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (notify.fd != -1)
		close(notify.fd);
	notify.fd = path != NULL ? connect_to(path) : -1;
	notify.watchdog_ms = notify.fd != -1 ? watchdog_ms() : 0;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
notify_send(const char *text)
{
	if (notify.fd == -1)
		return;
	/* A supervisor that does not listen will kill us or not; nothing that
	 * we could do about it here. */
	if (send(notify.fd, text, strlen(text), MSG_NOSIGNAL) == -1)
		log_debug("notify not sent error=%s", strerror(errno));
}

void
notify_ready(void)
{
	notify_send("READY=1");
}

void
notify_stopping(void)
{
	notify_send("STOPPING=1");
}

void
notify_status(const char *format, ...)
{
	char text[512] = "STATUS=";
	size_t len = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + len, sizeof(text) - len, format, arguments);
	va_end(arguments);
	text_make_printable(text); /* a line break would begin a new field */
	notify_send(text);
}

void
notify_watchdog(void)
{
	notify_send("WATCHDOG=1");
}

int64_t
notify_watchdog_period_ms(void)
{
	int64_t period = notify.watchdog_ms / 2;

	return notify.watchdog_ms > 0 && period == 0 ? 1 : period;
}
