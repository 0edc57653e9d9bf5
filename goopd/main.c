/*
 * goopd: the peer itself: its identity, its connections, its site, its
 * database. It speaks libp2p with other peers and the bus with the other
 * daemons; it knows neither HTTP nor what presence means.
 */
#include <stddef.h>

#include "goopd/goopd.h"
#include "goopd/handlers.h"

int
main(int argc, char *argv[])
{
	static const struct sandbox sandbox = {
		.calls = SANDBOX_UNIX | SANDBOX_TCP | SANDBOX_NETLINK |
			 SANDBOX_FILES,
		.paths = goopd_paths,
	};
	static const struct daemon goopd = {
		.name = "goopd",
		.purpose = "the peer: identity, connections, site",
		.handlers = goopd_handlers,
		.sandbox = &sandbox,
		.open = goopd_open,
		.start = goopd_start,
		.configure = goopd_configure,
		.stop = goopd_stop,
	};

	return daemon_main(&goopd, argc, argv);
}
