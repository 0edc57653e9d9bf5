#include "goop-viewerd/access/local_users.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/server/socket_owner.h"

enum { USERS_MAX = 64 };

/* The note of a connection; 0: not checked yet. */
enum { NOTE_ADMITTED = 1, NOTE_REFUSED = 2 };

COUNTER(http_strangers, "HTTP connections of other users, refused");

struct local_users {
	int netlink;
	bool is_open; /* to all users */
	uid_t users[USERS_MAX];
	size_t count;
};

static void
add_user(struct local_users *allowed, uid_t uid)
{
	if (allowed->count < USERS_MAX)
		allowed->users[allowed->count++] = uid;
}

/* A name, a number, or "*". */
static void
allow(struct local_users *allowed, const char *user)
{
	const struct passwd *entry;
	uint64_t number;

	if (strcmp(user, "*") == 0) {
		allowed->is_open = true;
		return;
	}
	if (text_parse_u64(bytes_of(user), &number) == 0 &&
	    number < UINT32_MAX) {
		add_user(allowed, (uid_t)number);
		return;
	}
	entry = getpwnam(user);
	if (entry != NULL)
		add_user(allowed, entry->pw_uid);
	else
		log_warn("viewer.allow_users: no such user user=%s", user);
}

int
local_users_open(const struct strings *allow_users, struct local_users **ret)
{
	struct local_users *allowed = xzalloc(sizeof(*allowed));
	size_t i;
	int rc = socket_owner_open(&allowed->netlink);

	if (rc < 0) {
		log_error("viewer cannot ask the kernel for owners of "
			  "connections reason=\"%s\"",
		    strerror(-rc));
		free(allowed);
		return rc;
	}
	add_user(allowed, geteuid());
	add_user(allowed, 0);
	for (i = 0; i < allow_users->count; i++)
		allow(allowed, allow_users->items[i]);
	*ret = allowed;
	return 0;
}

void
local_users_free(struct local_users *allowed)
{
	if (allowed == NULL)
		return;
	close(allowed->netlink);
	free(allowed);
}

static bool
knows(const struct local_users *allowed, uid_t uid)
{
	size_t i;

	for (i = 0; i < allowed->count; i++) {
		if (allowed->users[i] == uid)
			return true;
	}
	return false;
}

/* Is the client still connected? */
static bool
is_there(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	       info.tcpi_state == TCP_ESTABLISHED;
}

static bool
look_at(struct local_users *allowed, struct http_request *request)
{
	int fd = http_request_fd(request);
	uid_t uid;

	if (socket_owner_ask(allowed->netlink, fd, &uid) != 0) {
		if (is_there(fd)) { /* not counted if the client has closed */
			counter_add(&http_strangers, 1);
			log_stranger("http connection refused "
				     "reason=unknown-owner");
		}
		return false;
	}
	if (knows(allowed, uid))
		return true;
	counter_add(&http_strangers, 1);
	log_stranger("http connection refused reason=other-user uid=%u "
		     "hint=\"viewer.allow_users admits more users\"",
	    (unsigned int)uid);
	return false;
}

bool
local_users_admits(struct local_users *allowed, struct http_request *request)
{
	int *note = http_request_connection_note(request);

	if (allowed->is_open)
		return true;
	if (*note == 0)
		*note =
		    look_at(allowed, request) ? NOTE_ADMITTED : NOTE_REFUSED;
	return *note == NOTE_ADMITTED;
}
