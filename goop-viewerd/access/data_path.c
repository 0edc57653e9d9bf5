#include "goop-viewerd/access/data_path.h"

#include <string.h>

#include "common/http/syntax/http_path.h"

int
data_path_parse(struct bytes raw, struct data_path *ret)
{
	char id[PEER_ID_INPUT_MAX + 1];
	struct bytes segment;
	const uint8_t *slash;

	*ret = (struct data_path){ .suffix = raw };
	if (bytes_skip(&ret->suffix, "/api/data/"))
		return 0;
	if (!bytes_skip(&ret->suffix, "/api/p/"))
		return DATA_PATH_OTHER;
	segment = ret->suffix;
	slash = memchr(segment.data, '/', segment.len);
	if (slash == NULL)
		return DATA_PATH_OTHER;
	segment.len = (size_t)(slash - segment.data);
	ret->suffix.data += segment.len;
	ret->suffix.len -= segment.len;
	if (!bytes_skip(&ret->suffix, "/data/"))
		return DATA_PATH_OTHER;
	ret->names_peer = true;
	/* No character of an id needs an escape, but clients may use one. */
	if (http_path_decode(segment, id, sizeof(id)) < 0 ||
	    peer_id_parse(id, &ret->peer) < 0)
		return DATA_PATH_NO_PEER;
	return 0;
}
