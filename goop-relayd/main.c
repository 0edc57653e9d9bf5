/*
 * goop-relayd: the relay beside a rendezvous server: peers behind routers are
 * reached through it by other peers of that server, and learn from it whether
 * they can be reached without it (AutoNAT). It speaks libp2p with strangers; it
 * has no site and no database, and a key of its own.
 */
#include "goop-relayd/relay_handlers.h"
#include "goop-relayd/relayd.h"

int
main(int argc, char *argv[])
{
	static const struct sandbox sandbox = {
		.calls = SANDBOX_UNIX | SANDBOX_TCP | SANDBOX_NETLINK,
	};
	static const struct daemon relayd = {
		.name = "goop-relayd",
		.purpose = "the relay beside a rendezvous server",
		.handlers = relay_handlers,
		.asks_as = FROM_RELAYD,
		.sandbox = &sandbox,
		.open = relayd_open,
		.start = relayd_start,
		.stop = relayd_stop,
	};

	return daemon_main(&relayd, argc, argv);
}
