/* goop2 join, goop2 leave: the rendezvous server of a peer. What runs is told
 * at once; goop.json is written in any case. */
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/peer/daemon_plan.h"
#include "cli/peer/viewer_url.h"
#include "common/base/array.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/config/config_change.h"
#include "common/http/syntax/server_address.h"
#include "common/libp2p/multiformats/peer_id.h"

#define SERVER_KEY "presence.rendezvous_wan"

enum {
	TRY_MS = 40000, /* more than goop-discoveryd takes */
	TELL_MS = 5000,
	INVITER_MS = 15000, /* until the peer that invites is listed */
	INVITER_POLL_MS = 200,
	VIEWER_URL_SIZE = 256,
};

/* A change of the server, and to whom it is told. */
struct change {
	struct peer_directory directory;
	struct config config;
	struct ask ask;
	bool is_running;
};

static void
change_end(struct change *change)
{
	if (change->is_running)
		ask_close(&change->ask);
	config_fini(&change->config);
	peer_directory_close(&change->directory);
}

static enum exit_status
change_begin(const char *path, struct change *ret)
{
	enum exit_status status = peer_directory_open(path, &ret->directory);

	if (status != EXIT_OK)
		return status;
	status = peer_directory_load_config(&ret->directory, &ret->config);
	if (status != EXIT_OK) {
		peer_directory_close(&ret->directory);
		return status;
	}
	status = ask_open_if_running(&ret->directory, &ret->ask);
	ret->is_running = status == EXIT_OK;
	if (status == EXIT_OK || status == EXIT_NOT_RUNNING)
		return EXIT_OK;
	change_end(ret);
	return status;
}

/* --- saving, and telling those that run */

static enum exit_status
tell(struct change *change, const struct settings_update *update)
{
	/* The viewer passes its settings on to a daemon that returns: it is
	 * told first. */
	static const char *const names[] = { DAEMON_PLAN_VIEWER,
		DAEMON_PLAN_DISCOVERY };
	struct settings_taken taken;
	struct bus_error error;
	enum exit_status status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!ask_is_there(&change->ask, names[i]))
			continue; /* it reads the file when it starts */
		status = cli_ask_daemon_settings(
		    &change->ask, names[i], update, TELL_MS, &taken, &error);
		if (status != EXIT_OK)
			return complain(status,
			    "saved, but %s does not take it over (%s): goop2 "
			    "restart %s makes it do so",
			    names[i], error.message, change->directory.path);
		message_fini(&settings_taken_message, &taken);
	}
	return EXIT_OK;
}

static enum exit_status
save(struct change *change, const char *url)
{
	json_t *text = xcheck(json_string(url));
	json_t *values = xcheck(json_pack("{sO}", SERVER_KEY, text));
	CLEANUP_FREE char *file = xcheck(json_dumps(values, JSON_COMPACT));
	CLEANUP_FREE char *value =
	    xcheck(json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT));
	CLEANUP_FREE char *why = NULL;
	struct setting row = { SERVER_KEY, value };
	struct settings_update update = { { &row, 1 } };
	int rc = config_change(change->directory.fd, bytes_of(file), &why);

	json_decref(values);
	json_decref(text);
	if (rc < 0)
		return complain(exit_status_of_errno(rc), "not saved: %s",
		    why != NULL ? why : strerror(-rc));
	return change->is_running ? tell(change, &update) : EXIT_OK;
}

/* --- goop2 join */

/* Only where it runs: goop2 itself reads nothing from the network. */
static enum exit_status
try_server(struct change *change, const char *url)
{
	struct server_ref ref = { url };
	struct server_tried tried;
	struct bus_error error;
	enum exit_status status;

	status = cli_ask_discovery_try_server(
	    &change->ask, DAEMON_PLAN_DISCOVERY, &ref, TRY_MS, &tried, &error);
	if (status != EXIT_OK)
		return ask_complain(status, &change->directory, &error);
	text_clean(&tried.wrong);
	if (tried.wrong != NULL)
		status = complain(EXIT_UNREACHABLE, "%s: %s. %s", tried.url,
		    tried.wrong, tried.advice != NULL ? tried.advice : "");
	message_fini(&server_tried_message, &tried);
	return status;
}

static enum exit_status
parse(const char *text, struct server_address *ret)
{
	const char *wrong = server_address_parse(text, ret);
	struct peer_id id;

	if (wrong == NULL && ret->inviter[0] != '\0' &&
	    peer_id_parse(ret->inviter, &id) < 0)
		wrong = "is an invitation that names no peer after the '#'";
	if (wrong != NULL)
		return complain(EXIT_USAGE,
		    "the address %s; it looks like https://goop.example.org",
		    wrong);
	return EXIT_OK;
}

static void
find_viewer(struct change *change, char ret[VIEWER_URL_SIZE])
{
	struct daemon_status status;
	struct bus_error error;

	ret[0] = '\0';
	if (!ask_is_there(&change->ask, DAEMON_PLAN_VIEWER) ||
	    cli_ask_daemon_status(&change->ask, DAEMON_PLAN_VIEWER, NOTHING,
		TELL_MS, &status, &error) != EXIT_OK)
		return;
	viewer_url_find(status.status, ret, VIEWER_URL_SIZE);
	message_fini(&daemon_status_message, &status);
}

/* Its label, malloc'd, once it is online; NULL: not (yet). */
static char *
look_for(struct change *change, const char *peer_id)
{
	struct peers_reply reply;
	const struct peer_row *rows;
	struct bus_error error;
	char *label = NULL;
	size_t i;

	if (cli_ask_discovery_peers(&change->ask, DAEMON_PLAN_DISCOVERY,
		NOTHING, TELL_MS, &reply, &error) != EXIT_OK)
		return NULL;
	rows = reply.peers.items;
	for (i = 0; i < reply.peers.count; i++)
		if (strcmp(rows[i].peer_id, peer_id) == 0 &&
		    !rows[i].is_offline)
			label =
			    xstrdup(rows[i].label != NULL ? rows[i].label : "");
	message_fini(&peers_reply_message, &reply);
	if (label != NULL)
		text_make_printable(label);
	return label;
}

/* Where the inviter's page is, and whether it is online. */
static void
greet(struct change *change, const char *inviter)
{
	struct monotime end = monotime_add_ms(monotime_now(), INVITER_MS);
	CLEANUP_FREE char *label = NULL;
	char url[VIEWER_URL_SIZE], text[PEER_ID_TEXT_SIZE];
	struct peer_id id;

	if (peer_id_parse(inviter, &id) < 0)
		return;
	peer_id_print(&id, text);
	while (label == NULL && !monotime_reached(monotime_now(), end)) {
		label = look_for(change, text);
		if (label == NULL)
			poll(NULL, 0, INVITER_POLL_MS);
	}
	if (label == NULL)
		printf("The peer that invites you is not online now\n");
	else
		printf("%s, who invites you, is online\n",
		    label[0] != '\0' ? label : text);
	find_viewer(change, url);
	if (url[0] != '\0')
		printf("Open %sp/%s/\n", url, text);
}

static enum exit_status
join(struct change *change, const struct server_address *address)
{
	char shown[HTTP_URL_TEXT_SIZE];
	enum exit_status status = EXIT_OK;

	http_url_print(&address->url, shown);
	if (change->config.rendezvous_only)
		return complain(EXIT_FAILED,
		    "%s is a rendezvous server and no peer: it joins none",
		    change->directory.path);
	if (change->is_running)
		status = try_server(change, address->text);
	if (status == EXIT_OK)
		status = save(change, address->text);
	if (status != EXIT_OK)
		return status;
	if (!change->is_running) {
		printf("Saved %s; it is tried when the peer starts: goop2 "
		       "peer %s\n",
		    shown, change->directory.path);
		return EXIT_OK;
	}
	printf("Joined %s\n", shown);
	fflush(stdout);
	if (address->inviter[0] != '\0')
		greet(change, address->inviter);
	return EXIT_OK;
}

enum exit_status
command_join(const struct arguments *arguments)
{
	struct server_address address;
	enum exit_status status;
	struct change change;

	status = parse(arguments->operands[1], &address);
	if (status == EXIT_OK)
		status = change_begin(arguments->operands[0], &change);
	if (status != EXIT_OK)
		return status;
	status = join(&change, &address);
	explicit_bzero(&address, sizeof(address)); /* the login */
	change_end(&change);
	return status;
}

/* --- goop2 leave */

static enum exit_status
leave(struct change *change, const char *wanted)
{
	const char *url = change->config.rendezvous_wan;
	struct server_address address;
	char shown[HTTP_URL_TEXT_SIZE];
	enum exit_status status;

	if (url[0] == '\0' || server_address_parse(url, &address) != NULL) {
		printf("%s uses no rendezvous server of others\n",
		    change->directory.path);
		return EXIT_OK;
	}
	http_url_print(&address.url, shown);
	explicit_bzero(&address, sizeof(address));
	if (wanted != NULL && !server_address_equal(url, wanted))
		return complain(EXIT_NOT_FOUND,
		    "%s does not use that server, but %s",
		    change->directory.path, shown);
	status = save(change, "");
	if (status == EXIT_OK)
		printf("Left %s\n", shown);
	return status;
}

enum exit_status
command_leave(const struct arguments *arguments)
{
	enum exit_status status;
	struct change change;

	status = change_begin(arguments->operands[0], &change);
	if (status != EXIT_OK)
		return status;
	status = leave(&change, arguments->operands[1]);
	change_end(&change);
	return status;
}
