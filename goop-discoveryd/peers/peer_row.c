#include "goop-discoveryd/peers/peer_row.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xalloc.h"

bool
row_set(const char **member, const char *text)
{
	if (text != NULL && *text == '\0')
		text = NULL;
	if (*member == NULL && text == NULL)
		return false;
	if (*member != NULL && text != NULL && strcmp(*member, text) == 0)
		return false;
	text_replace(member, text);
	return true;
}

bool
row_set_bool(bool *member, bool value)
{
	bool changed = *member != value;

	*member = value;
	return changed;
}

bool
row_set_addresses(struct peer_row *row, const struct strings *addresses)
{
	if (addresses->count == 0 || strings_equal(&row->addresses, addresses))
		return false;
	strings_free(&row->addresses);
	strings_copy(addresses, &row->addresses);
	return true;
}

bool
row_take(struct peer_row *row, const struct presence *presence)
{
	bool changed = row_set(&row->label, presence->content);

	changed |= row_set(&row->avatar_hash, presence->avatar_hash);
	changed |= row_set_bool(&row->video_disabled, presence->video_disabled);
	changed |= row_set(&row->active_template, presence->active_template);
	if (presence->client_version != NULL)
		changed |= row_set(&row->version, presence->client_version);
	return changed;
}

static unsigned int
digest_text(unsigned int digest, const char *text)
{
	struct {
		unsigned int before, text;
	} pair = { digest, text != NULL ? hash_seeded(text, strlen(text)) : 0 };

	return hash_seeded(&pair, sizeof(pair));
}

unsigned int
row_digest(const struct presence *presence)
{
	unsigned int digest = presence->video_disabled;
	size_t i;

	digest = digest_text(digest, presence->content);
	digest = digest_text(digest, presence->email);
	digest = digest_text(digest, presence->avatar_hash);
	digest = digest_text(digest, presence->active_template);
	digest = digest_text(digest, presence->client_version);
	for (i = 0; i < presence->addrs.count; i++)
		digest = digest_text(digest, presence->addrs.items[i]);
	return digest != 0 ? digest : 1;
}
