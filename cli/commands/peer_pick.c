#include "cli/commands/peer_pick.h"

#include <string.h>

static bool
has_label(const struct peer_row *peer, const char *wanted)
{
	return peer->label != NULL && !strcmp(peer->label, wanted);
}

static bool
has_id_prefix(const struct peer_row *peer, const char *wanted)
{
	return wanted[0] != '\0' &&
	       !strncmp(peer->peer_id, wanted, strlen(wanted));
}

static int
pick_by(const struct peers_reply *reply, const char *wanted,
    bool (*fits)(const struct peer_row *, const char *), const char **ret)
{
	const struct peer_row *peers = reply->peers.items, *found = NULL;
	size_t i;

	for (i = 0; i < reply->peers.count; i++) {
		if (!fits(&peers[i], wanted))
			continue;
		if (found != NULL)
			return PEER_PICK_SEVERAL;
		found = &peers[i];
	}
	if (found == NULL)
		return PEER_PICK_NONE;
	*ret = found->peer_id;
	return 0;
}

int
peer_pick(const struct peers_reply *peers, const char *wanted, const char **ret)
{
	int rc = pick_by(peers, wanted, has_label, ret);

	if (rc == PEER_PICK_NONE)
		rc = pick_by(peers, wanted, has_id_prefix, ret);
	return rc;
}
