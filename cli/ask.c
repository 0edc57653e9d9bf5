#include "cli/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/monotime.h"
#include "common/daemon/daemon.h"

enum { ASK_POLL_MS = 20 };

enum exit_status
ask_open(const struct peer_directory *directory, struct ask *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = run_directory_find(directory->path, &ret->run_directory);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot use the run directory of %s: %s", directory->path,
		    strerror(-rc));
	ret->base = event_base_new();
	rc = ret->base == NULL
		 ? -ENOMEM
		 : bus_new(ret->base, ret->run_directory, &ret->bus);
	if (rc == 0)
		return EXIT_OK;
	ask_close(ret);
	return complain(EXIT_FAILED, "cannot use the run directory of %s: %s",
	    directory->path, strerror(-rc));
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
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool is_there;
	int fd, len;

	len = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s.rpc",
	    ask->run_directory, name);
	if (len < 0 || (size_t)len >= sizeof(address.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return false;
	is_there =
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	    errno == EAGAIN; /* its queue is full: it lives */
	close(fd);
	return is_there;
}

static enum exit_status
ask_no_answer(const char *name, struct bus_error *error)
{
	snprintf(error->message, sizeof(error->message),
	    "%s does not answer: try again, or see goop2 status", name);
	return EXIT_BUSY;
}

/* Wait for a daemon that its supervisor restarts. */
static enum exit_status
ask_wait(struct ask *ask, const char *name)
{
	struct monotime end = monotime_add_ms(monotime_now(), ASK_RESTART_MS);

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
ask_daemon(struct ask *ask, const char *name, const struct op *op,
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
	if (status != EXIT_OK)
		return status;
	client = bus_connect(ask->bus, name, NULL, NULL, NULL);
	code = bus_ask(client, op, request, budget_ms, ret_reply, error);
	is_up = bus_is_up(client);
	bus_client_free(client);
	/* It may be the answer of the daemon, about another peer. */
	if (code != BUS_UNREACHABLE || is_up)
		return exit_status_of_bus(code);
	if (ask_is_there(ask, name)) /* it hangs, or is another one by now */
		return ask_no_answer(name, error);
	snprintf(error->message, sizeof(error->message),
	    "%s went away in the middle: try again", name);
	return EXIT_BUSY;
}

enum exit_status
ask_complain(enum exit_status status, const struct peer_directory *directory,
    const struct bus_error *error)
{
	if (status == EXIT_NOT_RUNNING)
		return complain(status,
		    "no peer is running on %s: goop2 peer %s starts it",
		    directory->path, directory->path);
	return complain(status, "%s",
	    error->message[0] != '\0' ? error->message
				      : bus_code_name(error->code));
}

enum exit_status
ask_once(const char *path, const char *name, const struct op *op,
    const void *request, int64_t budget_ms, void *ret_reply)
{
	struct peer_directory directory;
	struct bus_error error;
	enum exit_status status;
	struct ask ask;

	status = peer_directory_open(path, &directory);
	if (status != EXIT_OK)
		return status;
	status = ask_open(&directory, &ask);
	if (status == EXIT_OK) {
		status = ask_daemon(
		    &ask, name, op, request, budget_ms, ret_reply, &error);
		if (status != EXIT_OK)
			ask_complain(status, &directory, &error);
		ask_close(&ask);
	}
	peer_directory_close(&directory);
	return status;
}
