/*
 * yamux_frame: the 12 byte header of a yamux frame (yamux specification,
 * "Framing"): version, type, flags, stream id, length, big endian.
 */
#ifndef COMMON_LIBP2P_YAMUX_YAMUX_FRAME_H
#define COMMON_LIBP2P_YAMUX_YAMUX_FRAME_H

#include "common/base/bytes.h"

enum yamux_type {
	YAMUX_DATA = 0,
	YAMUX_WINDOW_UPDATE = 1,
	YAMUX_PING = 2,
	YAMUX_GO_AWAY = 3,
};

enum yamux_flag {
	YAMUX_SYN = 1,
	YAMUX_ACK = 2,
	YAMUX_FIN = 4,
	YAMUX_RST = 8,
};

enum yamux_go_away {
	YAMUX_GO_AWAY_NORMAL = 0,
	YAMUX_GO_AWAY_PROTOCOL = 1,
};

struct yamux_frame {
	uint8_t type;
	uint16_t flags;
	uint32_t id;
	uint32_t length;
};

/* header has YAMUX_HEADER_SIZE bytes. 0, or -EINVAL: another version, an
 * unknown type, or a stream id where it does not belong. */
int yamux_frame_decode(const uint8_t *header, struct yamux_frame *ret);
void yamux_frame_encode(const struct yamux_frame *, uint8_t *header);

#endif
