/*
 * goop-rendezvousd: where peers in different networks learn of each other. It
 * takes presence messages over HTTP and WebSocket and passes them on to its
 * subscribers. It holds no key, opens no connection, and trusts proofs alone.
 */
#include "goop-rendezvousd/rendezvous.h"
#include "goop-rendezvousd/rendezvous_handlers.h"

int
main(int argc, char *argv[])
{
	static const struct daemon rendezvousd = {
		.name = "goop-rendezvousd",
		.purpose = "passes presence between networks",
		.handlers = rendezvous_handlers,
		.asks_as = FROM_RENDEZVOUSD,
		.sandbox = &rendezvous_sandbox,
		.open = rendezvous_open,
		.start = rendezvous_start,
		.stop = rendezvous_stop,
	};

	return daemon_main(&rendezvousd, argc, argv);
}
