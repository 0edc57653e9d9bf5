#include "cli/commands/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/peer/daemon_plan.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/run_directory.h"
#include "proto/supervisor_ops.h"

enum { ASK_POLL_MS = 20 };

static bool
is_there_in(const char *run_directory, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool is_there;
	int fd, len;

	len = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s.rpc",
	    run_directory, name);
	if (len < 0 || (size_t)len >= sizeof(address.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return false;
	is_there =
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	    errno == EAGAIN; /* its queue is full: it is running */
	close(fd);
	return is_there;
}

/* Is any program of ours in this run directory? */
static bool
is_inhabited(const char *run_directory)
{
	const struct daemon_plan *all = &daemon_plan_all;
	bool is_there = is_there_in(run_directory, "goop2");
	size_t i;

	for (i = 0; i < all->count && !is_there; i++)
		is_there = is_there_in(run_directory, all->names[i]);
	return is_there;
}

/* The run directory in use; NULL: none. */
static int
find_run_directory(const char *directory, char **ret)
{
	struct strings places = { 0 };
	int rc = run_directory_list(directory, &places);
	size_t i;

	*ret = NULL;
	for (i = 0; i < places.count && *ret == NULL; i++)
		if (is_inhabited(places.items[i]))
			*ret = xstrdup(places.items[i]);
	strings_free(&places);
	return rc;
}

enum exit_status
ask_complain(enum exit_status status, const struct peer_directory *directory,
    const struct bus_error *error)
{
	if (status == EXIT_NOT_RUNNING)
		return complain(status,
		    "no peer is running on %s: start it with goop2 peer %s",
		    directory->path, directory->path);
	return complain(status, "%s",
	    error->message[0] != '\0' ? error->message
				      : bus_code_name(error->code));
}

enum exit_status
ask_open_if_running(const struct peer_directory *directory, struct ask *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = find_run_directory(directory->path, &ret->run_directory);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot use the run directory of %s: %s", directory->path,
		    strerror(-rc));
	if (ret->run_directory == NULL)
		return EXIT_NOT_RUNNING;
	ret->base = event_base_new();
	rc = ret->base == NULL ? -ENOMEM
			       : bus_new(ret->base, ret->run_directory,
				     FROM_GOOP2, &ret->bus);
	if (rc == 0)
		return EXIT_OK;
	ask_close(ret);
	return complain(EXIT_FAILED, "cannot use the run directory of %s: %s",
	    directory->path, strerror(-rc));
}

enum exit_status
ask_open(const struct peer_directory *directory, struct ask *ret)
{
	enum exit_status status = ask_open_if_running(directory, ret);

	if (status == EXIT_NOT_RUNNING)
		return ask_complain(status, directory, NULL);
	return status;
}

void
ask_close(struct ask *ask)
{
	if (ask->bus != NULL)
		bus_free(ask->bus);
	if (ask->base != NULL)
		event_base_free(ask->base);
	free(ask->run_directory);
}

bool
ask_is_there(const struct ask *ask, const char *name)
{
	return is_there_in(ask->run_directory, name);
}

static enum exit_status
ask_no_answer(const char *name, struct bus_error *error)
{
	snprintf(error->message, sizeof(error->message),
	    "%s does not answer: try again, or see goop2 status", name);
	return EXIT_BUSY;
}

/* Ask the supervisor whether this daemon should run at all. */
static bool
ask_is_supervised(struct ask *ask, const char *name)
{
	struct supervisor_status status;
	const struct daemon_row *rows;
	struct bus_client *client;
	struct bus_error error;
	bool is_supervised = false;
	size_t i;

	client = bus_connect(ask->bus, "goop2", NULL, NULL);
	if (ask_supervisor_status_now(
		client, NOTHING, ASK_RESTART_MS, &status, &error) == BUS_OK) {
		rows = status.daemons.items;
		for (i = 0; i < status.daemons.count; i++)
			is_supervised |= !strcmp(rows[i].name, name);
		message_fini(&supervisor_status_message, &status);
	}
	bus_client_free(client);
	return is_supervised;
}

/* Wait for a daemon that its supervisor restarts. */
static enum exit_status
ask_wait(struct ask *ask, const char *name)
{
	struct monotime end = monotime_add_ms(monotime_now(), ASK_RESTART_MS);

	if (!ask_is_there(ask, name) && ask_is_there(ask, "goop2") &&
	    !ask_is_supervised(ask, name))
		return EXIT_NOT_NEEDED;
	while (!ask_is_there(ask, name)) {
		if (!ask_is_there(ask, "goop2"))
			return EXIT_NOT_RUNNING;
		if (monotime_reached(monotime_now(), end))
			return EXIT_BUSY;
		poll(NULL, 0, ASK_POLL_MS);
	}
	return EXIT_OK;
}

enum exit_status
ask_untyped(struct ask *ask, const char *name, const struct op *op,
    const void *request, int64_t budget_ms, void *ret_reply,
    struct bus_error *error)
{
	struct bus_client *client;
	enum exit_status status;
	enum bus_code code;
	bool is_up;

	memset(error, 0, sizeof(*error));
	status = ask_wait(ask, name);
	if (status == EXIT_BUSY)
		return ask_no_answer(name, error);
	if (status == EXIT_NOT_NEEDED)
		snprintf(error->message, sizeof(error->message),
		    "%s does not run here: the configuration does not enable "
		    "it",
		    name);
	if (status != EXIT_OK)
		return status;
	client = bus_connect(ask->bus, name, NULL, NULL);
	code = bus_ask_now_untyped(
	    client, op, request, budget_ms, ret_reply, error);
	is_up = bus_is_up(client);
	bus_client_free(client);
	/* The error may come from the daemon, about another peer. */
	if (code != BUS_UNREACHABLE || is_up)
		return exit_status_of_bus(code);
	if (ask_is_there(ask, name)) /* it hangs, or has been replaced */
		return ask_no_answer(name, error);
	snprintf(error->message, sizeof(error->message),
	    "%s stopped while answering: try again", name);
	return EXIT_BUSY;
}
