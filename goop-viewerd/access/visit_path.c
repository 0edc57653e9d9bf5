#include "goop-viewerd/access/visit_path.h"

#include <string.h>

#include "common/http/syntax/http_path.h"

enum { PREFIX_LEN = 3 }; /* "/p/" */

static struct bytes
take_segment(struct bytes *rest)
{
	const uint8_t *slash = memchr(rest->data, '/', rest->len);
	struct bytes segment = *rest;

	if (slash != NULL)
		segment.len = (size_t)(slash - rest->data);
	rest->data += segment.len;
	rest->len -= segment.len;
	return segment;
}

int
visit_path_parse(struct bytes raw, struct visit_path *ret)
{
	static const struct bytes root = { (const uint8_t *)"/", 1 };
	struct bytes rest = { raw.data + PREFIX_LEN, raw.len - PREFIX_LEN };
	struct bytes segment = take_segment(&rest);
	char id[PEER_ID_INPUT_MAX + 1];

	/* No character of an id needs an escape, but clients may use one. */
	if (http_path_decode(segment, id, sizeof(id)) < 0 ||
	    peer_id_parse(id, &ret->peer) < 0)
		return VISIT_PATH_NO_PEER;
	peer_id_print(&ret->peer, ret->peer_text);
	ret->at_root = false;
	ret->rest = rest;
	ret->is_canonical =
	    rest.len > 0 && bytes_equal(segment, bytes_of(ret->peer_text));
	if (http_path_decode(
		rest.len > 0 ? rest : root, ret->path, sizeof(ret->path)) < 0)
		return VISIT_PATH_BAD;
	return 0;
}

int
visit_path_at_root(
    struct bytes raw, const struct peer_id *peer, struct visit_path *ret)
{
	ret->peer = *peer;
	peer_id_print(peer, ret->peer_text);
	ret->at_root = true;
	ret->rest = raw;
	/* "//x" in a Location would be a host. */
	while (ret->rest.len > 1 && ret->rest.data[1] == '/')
		ret->rest =
		    (struct bytes){ ret->rest.data + 1, ret->rest.len - 1 };
	ret->is_canonical = ret->rest.len == raw.len;
	return http_path_decode(raw, ret->path, sizeof(ret->path)) < 0
		   ? VISIT_PATH_BAD
		   : 0;
}

bool
visit_path_names_peer(struct bytes raw)
{
	char id[PEER_ID_INPUT_MAX + 1];
	struct peer_id peer;

	return bytes_skip(&raw, "/p/") &&
	       http_path_decode(take_segment(&raw), id, sizeof(id)) == 0 &&
	       peer_id_parse(id, &peer) == 0;
}
