#include "common/bus/bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <zmq.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_client.h"
#include "common/bus/bus_server.h"

/* The longest file name in the run directory, with its slash and NUL. */
#define LONGEST_NAME "/goop-rendezvousd.viewerd"

const struct bus_caller bus_callers[OP_CALLERS] = {
	{ FROM_GOOP2, "goop2", "rpc" },
	{ FROM_VIEWERD, "goop-viewerd", "viewerd" },
	{ FROM_DISCOVERYD, "goop-discoveryd", "discoveryd" },
	{ FROM_RENDEZVOUSD, "goop-rendezvousd", "rendezvousd" },
	{ FROM_RELAYD, "goop-relayd", "relayd" },
};

const struct bus_caller *
bus_caller(enum op_caller caller)
{
	size_t i;

	for (i = 0; i < OP_CALLERS; i++)
		if (bus_callers[i].caller == caller)
			return &bus_callers[i];
	bug("bus: this process asks as no program");
}

char *
bus_address(const struct bus *bus, const char *name, const char *kind)
{
	return xasprintf("ipc://%s/%s.%s", bus->directory, name, kind);
}

bool
bus_directory_fits(const char *run_directory)
{
	struct sockaddr_un address;

	return strlen(run_directory) + sizeof(LONGEST_NAME) <=
	       sizeof(address.sun_path);
}

static int
set_up_zmq(struct bus *bus)
{
	bus->zmq = zmq_ctx_new();
	if (bus->zmq == NULL)
		return -errno;
	if (zmq_ctx_set(bus->zmq, ZMQ_IO_THREADS, 1) == -1 ||
	    zmq_ctx_set(bus->zmq, ZMQ_MAX_SOCKETS, 64) == -1)
		return -errno;
	return 0;
}

int
bus_new(struct event_base *base, const char *run_directory, enum op_caller self,
    struct bus **ret)
{
	struct bus *bus;
	int rc;

	if (!bus_directory_fits(run_directory))
		return -ENAMETOOLONG;
	bus = xzalloc(sizeof(*bus));
	bus->base = base;
	bus->directory = xstrdup(run_directory);
	bus->self = self;
	rc = set_up_zmq(bus);
	if (rc < 0) {
		bus_free(bus);
		return rc;
	}
	*ret = bus;
	return 0;
}

void
bus_free(struct bus *bus)
{
	if (bus == NULL)
		return;
	bus_clients_free(bus);
	bus_servers_free(bus);
	if (bus->zmq != NULL)
		zmq_ctx_term(bus->zmq);
	free(bus->directory);
	free(bus);
}

void
bus_hold(struct bus *bus)
{
	bus->is_held = true;
}

int
bus_release(struct bus *bus)
{
	int rc;

	bus->is_held = false;
	rc = bus_servers_open(bus);
	return rc < 0 ? rc : bus_clients_open(bus);
}
