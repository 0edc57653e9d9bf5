/* goop-discoveryd: finds the peers on the local network and, by way of
 * rendezvous servers, on others; announces this peer to them. */
#include "goop-discoveryd/discovery_handlers.h"
#include "goop-discoveryd/discoveryd.h"

int
main(int argc, char *argv[])
{
	static const struct daemon discoveryd = {
		.name = "goop-discoveryd",
		.purpose = "finds the peers on this and other networks",
		.handlers = discovery_handlers,
		.asks_as = FROM_DISCOVERYD,
		.sandbox = &discovery_sandbox,
		.open = discovery_open,
		.start = discovery_start,
		.configure = discovery_configure,
		.stop = discovery_stop,
	};

	return daemon_main(&discoveryd, argc, argv);
}
