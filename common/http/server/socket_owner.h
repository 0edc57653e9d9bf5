/*
 * socket_owner: which user owns the other end of a TCP connection within this
 * machine, from the kernel (sock_diag(7)). Loopback is not private on a machine
 * with several users.
 */
#ifndef COMMON_HTTP_SERVER_SOCKET_OWNER_H
#define COMMON_HTTP_SERVER_SOCKET_OWNER_H

#include <sys/types.h>

enum { SOCKET_OWNER_UNKNOWN = 1 };

/* Open the netlink socket for the queries. 0 or -errno. */
int socket_owner_open(int *ret_netlink);

/*
 * 0 with the user, or SOCKET_OWNER_UNKNOWN: the other end is on another
 * machine, or closed already: what is left of a closed socket names root.
 */
int socket_owner_ask(int netlink, int fd, uid_t *ret);

#endif
