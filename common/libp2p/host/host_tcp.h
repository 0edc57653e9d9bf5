/* host_tcp: a connection over a TCP socket. */
#ifndef COMMON_LIBP2P_HOST_HOST_TCP_H
#define COMMON_LIBP2P_HOST_HOST_TCP_H

#include "common/libp2p/host/host_connection.h"

enum { HOST_INPUT_SIZE = 512 * 1024 }; /* of one recv(2) */

/* Takes fd, a non-blocking TCP socket to address. Then host_connection_start()
 * if it is connected, or host_tcp_wait() if connect(2) is on its way. */
struct host_connection *host_tcp_new(
    struct host *, int fd, bool is_dialer, const struct multiaddr *address);
void host_tcp_wait(struct host_connection *);

#endif
