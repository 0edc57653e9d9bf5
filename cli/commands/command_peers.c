/* goop2 peers: who is out there. */
#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/commands/print.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "proto/discovery_ops.h"

enum { PEERS_BUDGET_MS = 5000 };

static const char *
peer_state(const struct peer_row *peer)
{
	if (peer->is_offline)
		return "offline";
	return peer->is_reachable ? "online" : "silent";
}

static void
print_peer(const struct peer_row *peer)
{
	char seen[PRINT_DURATION_SIZE] = "never";

	if (peer->last_seen_ms > 0)
		print_duration(walltime_ms() - peer->last_seen_ms, seen);
	/* A stranger's text must not steer the terminal. */
	text_make_printable(peer->peer_id);
	if (peer->label != NULL)
		text_make_printable(peer->label);
	printf("%-52s  %-8s %-12s %s\n", peer->peer_id, peer_state(peer), seen,
	    peer->label != NULL ? peer->label : "");
}

enum exit_status
command_peers(const struct arguments *arguments)
{
	static const struct nothing nothing;
	struct peers_reply reply;
	enum exit_status status;
	struct peer_row *peers;
	size_t i;

	status = ask_once(arguments->operands[0], "goop-discoveryd",
	    &op_discovery_peers, &nothing, PEERS_BUDGET_MS, &reply);
	if (status != EXIT_OK)
		return status;
	peers = reply.peers.items;
	if (arguments->is_json) {
		print_json(&peers_reply_message, &reply);
	} else if (reply.peers.count == 0) {
		printf("No peers yet: those on the same network appear by "
		       "themselves\n");
	} else {
		printf("%-52s  %-8s %-12s %s\n", "PEER", "STATE", "SEEN AGO",
		    "LABEL");
		for (i = 0; i < reply.peers.count; i++)
			print_peer(&peers[i]);
	}
	message_fini(&peers_reply_message, &reply);
	return EXIT_OK;
}
