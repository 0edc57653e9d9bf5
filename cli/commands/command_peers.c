/* goop2 peers: the peers that goop-discoveryd knows. */
#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/commands/print.h"
#include "common/base/monotime.h"
#include "proto/discovery_ops.h"

enum { PEERS_BUDGET_MS = 5000, WAY_SIZE = 40 };

static const char *
peer_state(const struct peer_row *peer)
{
	if (peer->is_offline)
		return "offline";
	return peer->is_reachable ? "online" : "silent";
}

/* By which way visits go, with the round trip in milliseconds. */
static void
print_way(const struct peer_row *peer, char ret[static WAY_SIZE])
{
	if (peer->way == NULL)
		ret[0] = '\0';
	else if (peer->rtt_us <= 0)
		snprintf(ret, WAY_SIZE, "%s", peer->way);
	else
		snprintf(ret, WAY_SIZE, "%s %.*f ms", peer->way,
		    peer->rtt_us < 10000 ? 1 : 0, (double)peer->rtt_us / 1000);
}

static void
print_peer(struct peer_row *peer)
{
	char seen[PRINT_DURATION_SIZE] = "never";
	char way[WAY_SIZE];

	if (peer->last_seen_ms > 0)
		print_duration(walltime_ms() - peer->last_seen_ms, seen);
	/* Text of other peers must not control the terminal. */
	text_clean(&peer->peer_id);
	text_clean(&peer->label);
	text_clean(&peer->way);
	print_way(peer, way);
	printf("%-52s  %-8s %-12s %-16s %s\n", peer->peer_id, peer_state(peer),
	    seen, way, peer->label != NULL ? peer->label : "");
}

/* EXIT_OK with *ret filled; else the reason was printed. */
static enum exit_status
ask_peers(const char *path, struct peers_reply *ret)
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
		status = cli_ask_discovery_peers(&ask, "goop-discoveryd",
		    NOTHING, PEERS_BUDGET_MS, ret, &error);
		if (status != EXIT_OK)
			ask_complain(status, &directory, &error);
		ask_close(&ask);
	}
	peer_directory_close(&directory);
	return status;
}

enum exit_status
command_peers(const struct arguments *arguments)
{
	struct peers_reply reply;
	enum exit_status status;
	struct peer_row *peers;
	size_t i;

	status = ask_peers(arguments->operands[0], &reply);
	if (status != EXIT_OK)
		return status;
	peers = reply.peers.items;
	if (arguments->is_json) {
		print_json(&peers_reply_message, &reply);
	} else if (reply.peers.count == 0) {
		printf("No peers yet: those on the same network appear by "
		       "themselves\n");
	} else {
		printf("%-52s  %-8s %-12s %-16s %s\n", "PEER", "STATE",
		    "SEEN AGO", "WAY", "LABEL");
		for (i = 0; i < reply.peers.count; i++)
			print_peer(&peers[i]);
	}
	message_fini(&peers_reply_message, &reply);
	return EXIT_OK;
}
