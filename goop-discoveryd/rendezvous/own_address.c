#include "goop-discoveryd/rendezvous/own_address.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
is_same_address(const struct sockaddr *a, const union address *b)
{
	if (a == NULL || a->sa_family != b->sa.sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
			   &b->v4.sin_addr, sizeof(b->v4.sin_addr)) == 0;
	return a->sa_family == AF_INET6 &&
	       memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		   &b->v6.sin6_addr, sizeof(b->v6.sin6_addr)) == 0;
}

bool
own_address_is_there(int fd)
{
	struct ifaddrs *all, *one;
	union address own;
	socklen_t len = sizeof(own);
	bool found = false;

	if (getsockname(fd, &own.sa, &len) == -1)
		return false;
	if (getifaddrs(&all) == -1)
		return true; /* we cannot tell */
	for (one = all; one != NULL && !found; one = one->ifa_next)
		found = is_same_address(one->ifa_addr, &own);
	freeifaddrs(all);
	return found;
}
