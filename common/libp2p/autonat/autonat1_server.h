/* autonat1_server: AutoNAT v1 of the server, for autonat_server.c alone. */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT1_SERVER_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT1_SERVER_H

#include "common/libp2p/host/host.h"

/* The handler of the protocol; arg is the server. */
host_stream_fn autonat1_server_on_stream;

#endif
