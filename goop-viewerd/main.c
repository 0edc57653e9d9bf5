/*
 * goop-viewerd: serves the owner's pages, and the sites of peers, each at an
 * origin of its own. It speaks HTTP with browsers and gets files and peers from
 * the other daemons over the bus. It opens no connection to the network, holds
 * no key and opens no file; a child process writes the settings.
 */
#include <stddef.h>

#include "goop-viewerd/viewer.h"

int
main(int argc, char *argv[])
{
	/* The listeners, and the socket that asks the kernel which user owns a
	 * connection, are open before the sandbox. */
	static const struct sandbox sandbox = { .calls = SANDBOX_UNIX };
	static const struct daemon viewerd = {
		.name = "goop-viewerd",
		.purpose = "serves the owner's pages and the sites of peers",
		.asks_as = FROM_VIEWERD,
		.sandbox = &sandbox,
		.open = viewer_open,
		.start = viewer_start,
		.configure = viewer_configure,
		.stop = viewer_stop,
	};

	return daemon_main(&viewerd, argc, argv);
}
