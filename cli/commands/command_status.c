/* goop2 status: each daemon, from the supervisor or, without one, from the
 * daemons themselves. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/peer/daemon_plan.h"
#include "cli/commands/print.h"
#include "cli/commands/status_json.h"
#include "cli/peer/viewer_url.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "proto/discovery_ops.h"

enum { STATUS_BUDGET_MS = 2000, STATUS_URL_SIZE = 128 };

/* The status of a daemon, as the row that goop2 would have made. */
static void
row_of_daemon(struct daemon_status *from, struct daemon_row *row)
{
	row->name = xstrdup(from->name);
	row->state = xstrdup("ready");
	row->pid = from->pid;
	row->uptime_ms = from->uptime_ms;
	row->memory_kib = from->memory_kib;
	row->status = from->status;
	from->status = NULL;
}

/* The status line of the viewer contains its URL. */
static void
find_viewer_url(const struct daemon_row *row, struct supervisor_status *ret)
{
	char url[STATUS_URL_SIZE] = "";

	if (row->status != NULL && !strcmp(row->name, DAEMON_PLAN_VIEWER))
		viewer_url_find(row->status, url, sizeof(url));
	if (url[0] != '\0')
		ret->viewer_url = xstrdup(url);
}

/* The daemons run without goop2, under systemd. */
static enum exit_status
ask_each_daemon(struct ask *ask, const struct peer_directory *directory,
    struct supervisor_status *ret)
{
	struct daemon_row *rows = xzalloc(DAEMON_PLAN_MAX * sizeof(*rows));
	struct daemon_status status;
	struct bus_error error;
	size_t i, count = 0;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < daemon_plan_all.count; i++) {
		if (cli_ask_daemon_status(ask, daemon_plan_all.names[i],
			NOTHING, STATUS_BUDGET_MS, &status, &error) != EXIT_OK)
			continue;
		row_of_daemon(&status, &rows[count]);
		find_viewer_url(&rows[count++], ret);
		message_fini(&daemon_status_message, &status);
	}
	ret->directory = xstrdup(directory->path);
	ret->daemons = (struct records){ rows, count };
	return count > 0 ? EXIT_OK : EXIT_NOT_RUNNING;
}

static enum exit_status
ask_status(struct ask *ask, const struct peer_directory *directory,
    struct supervisor_status *ret)
{
	enum exit_status status;
	struct bus_error error;

	status = cli_ask_supervisor_status(
	    ask, "goop2", NOTHING, STATUS_BUDGET_MS, ret, &error);
	if (status == EXIT_NOT_RUNNING) {
		status = ask_each_daemon(ask, directory, ret);
		if (status != EXIT_OK)
			message_fini(&supervisor_status_message, ret);
	}
	if (status != EXIT_OK)
		ask_complain(status, directory, &error);
	return status;
}

static void
print_row(struct daemon_row *row)
{
	char uptime[PRINT_DURATION_SIZE] = "-";

	if (row->pid != 0)
		print_duration(row->uptime_ms, uptime);
	printf("%-16s %-9s %8" PRId64 "  %-14s %8" PRId64 "  %6.1f MiB",
	    row->name, row->state, row->pid, uptime, row->restarts,
	    (double)row->memory_kib / 1024);
	if (row->status != NULL) {
		text_clean(&row->status);
		printf("  %s", row->status);
	}
	if (row->last_exit != NULL)
		printf("  (last exit: %s)", row->last_exit);
	putchar('\n');
}

/* The rendezvous servers in use. False: goop-discoveryd does not answer. */
static bool
ask_servers(struct ask *ask, struct servers_reply *ret)
{
	struct bus_error error;

	return ask_is_there(ask, DAEMON_PLAN_DISCOVERY) &&
	       cli_ask_discovery_servers(ask, DAEMON_PLAN_DISCOVERY, NOTHING,
		   STATUS_BUDGET_MS, ret, &error) == EXIT_OK;
}

static void
print_server(struct server_row *row)
{
	printf("\nRendezvous %s %s", row->url, row->state);
	if (row->is_connected)
		printf(", %" PRId64 " peer%s", row->peers,
		    row->peers == 1 ? "" : "s");
	if (row->last_error != NULL) {
		text_clean(&row->last_error);
		printf(": %s", row->last_error);
	}
	if (row->next_try_ms > 0)
		printf(" (trying again in %" PRId64 " s)",
		    (row->next_try_ms + 999) / 1000);
}

static void
print_servers(struct ask *ask)
{
	struct servers_reply reply;
	struct server_row *rows;
	size_t i;

	if (!ask_servers(ask, &reply))
		return;
	rows = reply.servers.items;
	for (i = 0; i < reply.servers.count; i++)
		print_server(&rows[i]);
	if (reply.servers.count > 0)
		putchar('\n');
	message_fini(&servers_reply_message, &reply);
}

static void
print_status(const struct supervisor_status *status)
{
	struct daemon_row *rows = status->daemons.items;
	size_t i;

	printf("%-16s %-9s %8s  %-14s %8s  %10s\n", "DAEMON", "STATE", "PID",
	    "UP FOR", "RESTARTS", "MEMORY");
	for (i = 0; i < status->daemons.count; i++)
		print_row(&rows[i]);
	if (status->viewer_url != NULL)
		printf("\nOpen %s\n", status->viewer_url);
	if (status->server_url != NULL)
		printf("\nRendezvous server %s\n", status->server_url);
}

/* With the counters of each daemon that answers. */
static void
print_status_json(struct ask *ask, const struct supervisor_status *status)
{
	const struct daemon_row *rows = status->daemons.items;
	json_t *json = status_json_new(status);
	struct servers_reply servers;
	struct daemon_status daemon;
	struct bus_error error;
	size_t i;

	if (ask_servers(ask, &servers)) {
		status_json_add_servers(json, &servers);
		message_fini(&servers_reply_message, &servers);
	}
	for (i = 0; i < status->daemons.count; i++) {
		if (rows[i].pid == 0 || !ask_is_there(ask, rows[i].name) ||
		    cli_ask_daemon_status(ask, rows[i].name, NOTHING,
			STATUS_BUDGET_MS, &daemon, &error) != EXIT_OK)
			continue;
		status_json_add_counters(json, i, &daemon);
		message_fini(&daemon_status_message, &daemon);
	}
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static enum exit_status
show_status(const struct peer_directory *directory, bool is_json)
{
	struct supervisor_status reply;
	enum exit_status status;
	struct ask ask;

	status = ask_open(directory, &ask);
	if (status != EXIT_OK)
		return status;
	status = ask_status(&ask, directory, &reply);
	if (status == EXIT_OK) {
		if (is_json) {
			print_status_json(&ask, &reply);
		} else {
			print_status(&reply);
			print_servers(&ask);
		}
		message_fini(&supervisor_status_message, &reply);
	}
	ask_close(&ask);
	return status;
}

enum exit_status
command_status(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = show_status(&directory, arguments->is_json);
	peer_directory_close(&directory);
	return status;
}
