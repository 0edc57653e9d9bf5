/* goop2 fetch: a file of a peer's site, straight from goopd to our output. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/commands/fetch_body.h"
#include "cli/commands/peer_pick.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	FETCH_PEERS_BUDGET_MS = 5000,
	FETCH_OPEN_BUDGET_MS = 30 * 1000,
	FETCH_MOVED = 301, /* the path is a directory and needs a slash */
};

struct fetch {
	struct peer_directory directory;
	struct ask ask;
	char *peer_id;
	char *path;
};

/* A whole peer id, in any of its forms, is not looked up. */
static char *
parse_peer_id(const char *text)
{
	char printed[PEER_ID_TEXT_SIZE];
	struct peer_id id;

	if (peer_id_parse(text, &id) < 0)
		return NULL;
	peer_id_print(&id, printed);
	return xstrdup(printed);
}

static enum exit_status
find_peer(struct fetch *fetch, const char *wanted)
{
	struct peers_reply peers;
	struct bus_error error;
	enum exit_status status;
	const char *found;
	int rc;

	fetch->peer_id = parse_peer_id(wanted);
	if (fetch->peer_id != NULL)
		return EXIT_OK;
	status = cli_ask_discovery_peers(&fetch->ask, "goop-discoveryd",
	    NOTHING, FETCH_PEERS_BUDGET_MS, &peers, &error);
	if (status != EXIT_OK)
		return ask_complain(status, &fetch->directory, &error);
	rc = peer_pick(&peers, wanted, &found);
	if (rc == 0)
		fetch->peer_id = xstrdup(found);
	else if (rc == PEER_PICK_SEVERAL)
		status = complain(EXIT_NOT_FOUND,
		    "several peers are named %s: use the peer id "
		    "(goop2 peers lists them)",
		    wanted);
	else
		status = complain(EXIT_NOT_FOUND,
		    "no known peer is named %s (goop2 peers lists them)",
		    wanted);
	message_fini(&peers_reply_message, &peers);
	return status;
}

static enum exit_status
open_file(struct fetch *fetch, struct site_head *ret)
{
	struct site_open request = { .peer_id = fetch->peer_id,
		.path = fetch->path };
	struct bus_error error;
	enum exit_status status;

	status = cli_ask_site_open(
	    &fetch->ask, "goopd", &request, FETCH_OPEN_BUDGET_MS, ret, &error);
	if (status != EXIT_OK)
		return ask_complain(status, &fetch->directory, &error);
	return EXIT_OK;
}

static enum exit_status
open_file_or_index(struct fetch *fetch, struct site_head *ret)
{
	enum exit_status status = open_file(fetch, ret);
	char *with_slash;

	if (status != EXIT_OK || ret->status != FETCH_MOVED)
		return status;
	message_fini(&site_head_message, ret);
	with_slash = xasprintf("%s/", fetch->path);
	free(fetch->path);
	fetch->path = with_slash;
	return open_file(fetch, ret);
}

static enum exit_status
copy_body(struct fetch *fetch, const struct site_head *head)
{
	int64_t got = 0;
	int rc;

	rc = fetch_body_copy(fetch->ask.run_directory,
	    (struct bytes){ head->ticket.data, head->ticket.len }, head->length,
	    STDOUT_FILENO, &got);
	switch (rc) {
	case 0:
		return EXIT_OK;
	case FETCH_BODY_BROKEN:
		return complain(EXIT_UNREACHABLE,
		    "the transfer broke off after %" PRId64 " of %" PRId64
		    " bytes: try again",
		    got, head->length);
	case FETCH_BODY_STALLED:
		return complain(EXIT_TIMEOUT,
		    "no data came for %d s, after %" PRId64 " of %" PRId64
		    " bytes: try again",
		    FETCH_BODY_STALL_MS / 1000, got, head->length);
	default:
		return complain(
		    EXIT_FAILED, "cannot write the output: %s", strerror(-rc));
	}
}

static enum exit_status
fetch_file(struct fetch *fetch, const char *wanted)
{
	struct site_head head;
	enum exit_status status;

	status = find_peer(fetch, wanted);
	if (status == EXIT_OK)
		status = open_file_or_index(fetch, &head);
	if (status != EXIT_OK)
		return status;
	if (head.status != 200)
		status = complain(EXIT_FAILED,
		    "the other peer answered with status %" PRId64,
		    head.status);
	else if (head.length > 0)
		status = copy_body(fetch, &head);
	message_fini(&site_head_message, &head);
	return status;
}

enum exit_status
command_fetch(const struct arguments *arguments)
{
	const char *path = arguments->operands[2];
	struct fetch fetch = { 0 };
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &fetch.directory);
	if (status != EXIT_OK)
		return status;
	fetch.path = xasprintf("%s%s", path[0] == '/' ? "" : "/", path);
	status = ask_open(&fetch.directory, &fetch.ask);
	if (status == EXIT_OK) {
		status = fetch_file(&fetch, arguments->operands[1]);
		ask_close(&fetch.ask);
	}
	free(fetch.path);
	free(fetch.peer_id);
	peer_directory_close(&fetch.directory);
	return status;
}
