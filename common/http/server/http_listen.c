#include "common/http/server/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"

enum { NAME_SIZE = 64 };

static int
parse_name(const char *name, union http_address *ret)
{
	size_t len = strlen(name);
	char v6[NAME_SIZE];

	if (*name == '\0' || strcmp(name, "localhost") == 0)
		name = "127.0.0.1";
	if (inet_pton(AF_INET, name, &ret->v4.sin_addr) == 1) {
		ret->sa.sa_family = AF_INET;
		return 0;
	}
	if (len < 3 || name[0] != '[' || name[len - 1] != ']')
		return -EINVAL;
	memcpy(v6, name + 1, len - 2);
	v6[len - 2] = '\0';
	ret->sa.sa_family = AF_INET6;
	return inet_pton(AF_INET6, v6, &ret->v6.sin6_addr) == 1 ? 0 : -EINVAL;
}

int
http_address_parse(const char *text, union http_address *ret)
{
	const char *colon = strrchr(text, ':');
	union http_address address;
	char name[NAME_SIZE];
	uint64_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(name) ||
	    text_parse_u64(bytes_of(colon + 1), &port) < 0 || port > UINT16_MAX)
		return -EINVAL;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	memset(&address, 0, sizeof(address));
	if (parse_name(name, &address) < 0)
		return -EINVAL;
	http_address_set_port(&address, (uint16_t)port);
	*ret = address;
	return 0;
}

bool
http_address_is_loopback(const union http_address *address)
{
	if (address->sa.sa_family == AF_INET)
		return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

uint16_t
http_address_port(const union http_address *address)
{
	return ntohs(address->sa.sa_family == AF_INET ? address->v4.sin_port
						      : address->v6.sin6_port);
}

void
http_address_set_port(union http_address *address, uint16_t port)
{
	if (address->sa.sa_family == AF_INET)
		address->v4.sin_port = htons(port);
	else
		address->v6.sin6_port = htons(port);
}

static socklen_t
address_size(const union http_address *address)
{
	return address->sa.sa_family == AF_INET ? sizeof(address->v4)
						: sizeof(address->v6);
}

static int
bind_and_listen(int fd, union http_address *address)
{
	socklen_t len = sizeof(*address);
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->sa.sa_family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &address->sa, address_size(address)) == -1 ||
	    /* After a restart all clients reconnect at once; a SYN that finds
	     * the queue full is retried after a second. */
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, &address->sa, &len) == -1)
		return -errno;
	return 0;
}

int
http_listen(union http_address *address, int *ret_fd)
{
	int fd, rc;

	fd = socket(address->sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	rc = bind_and_listen(fd, address);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}
