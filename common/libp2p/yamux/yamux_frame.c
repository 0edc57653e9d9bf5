#include "common/libp2p/yamux/yamux_frame.h"

#include <errno.h>

#include "common/libp2p/yamux/yamux.h"

int
yamux_frame_decode(const uint8_t *header, struct yamux_frame *ret)
{
	struct cursor cursor =
	    cursor_over((struct bytes){ header, YAMUX_HEADER_SIZE });
	struct yamux_frame frame;
	bool of_session;

	if (cursor_u8(&cursor) != 0)
		return -EINVAL;
	frame.type = cursor_u8(&cursor);
	frame.flags = cursor_be16(&cursor);
	frame.id = cursor_be32(&cursor);
	frame.length = cursor_be32(&cursor);
	if (frame.type > YAMUX_GO_AWAY)
		return -EINVAL;
	of_session = frame.type == YAMUX_PING || frame.type == YAMUX_GO_AWAY;
	if (of_session != (frame.id == 0))
		return -EINVAL;
	*ret = frame;
	return 0;
}

void
yamux_frame_encode(const struct yamux_frame *frame, uint8_t *header)
{
	header[0] = 0;
	header[1] = frame->type;
	store_be16(header + 2, frame->flags);
	store_be32(header + 4, frame->id);
	store_be32(header + 8, frame->length);
}
