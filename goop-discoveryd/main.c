/* goop-discoveryd: finds the peers on the local network, tells them of us. */
#include "goop-discoveryd/discovery.h"

static const struct sandbox_path discovery_paths[] = {
	{ "cache", SANDBOX_WRITE },
	{ NULL, SANDBOX_READ },
};

static const struct sandbox discovery_sandbox = {
	.calls = SANDBOX_UNIX | SANDBOX_UDP | SANDBOX_NETLINK | SANDBOX_FILES,
	.paths = discovery_paths,
};

int
main(int argc, char *argv[])
{
	static const struct daemon discoveryd = {
		.name = "goop-discoveryd",
		.purpose = "finds the peers on the local network",
		.handlers = discovery_handlers,
		.sandbox = &discovery_sandbox,
		.open = discovery_open,
		.start = discovery_start,
		.stop = discovery_stop,
	};

	return daemon_main(&discoveryd, argc, argv);
}
