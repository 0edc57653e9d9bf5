/*
 * goop-rendezvousd: where peers of different networks learn of each other.
 * Takes presence messages over HTTP and WebSocket, and passes them on to who
 * listens. It holds no key, dials nobody, and believes nothing but what is
 * proven.
 */
#include "goop-rendezvousd/rendezvous.h"

int
main(int argc, char *argv[])
{
	static const struct daemon rendezvousd = {
		.name = "goop-rendezvousd",
		.purpose = "passes on who is online where",
		.sandbox = &rendezvous_sandbox,
		.open = rendezvous_open,
		.start = rendezvous_start,
		.stop = rendezvous_stop,
	};

	return daemon_main(&rendezvousd, argc, argv);
}
