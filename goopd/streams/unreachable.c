#include "goopd/streams/unreachable.h"

#include <errno.h>

struct unreachable
unreachable_of(int error)
{
	switch (-error) {
	case ENOENT:
		return (struct unreachable){ BUS_UNREACHABLE,
			"no address of this peer is known that could be "
			"dialled: an IP address with TCP, or a relay" };
	case EPROTO:
		return (struct unreachable){ BUS_UNREACHABLE,
			"the peer answers, but does not speak Noise and yamux, "
			"which is all that this program speaks" };
	case EPROTONOSUPPORT:
		return (struct unreachable){ BUS_UNREACHABLE,
			"the peer does not offer this service" };
	case ETIMEDOUT:
		return (struct unreachable){ BUS_TIMEOUT,
			"the peer did not answer in time" };
	case EBUSY:
		return (struct unreachable){ BUS_BUSY,
			"too many connections at once" };
	case ECONNRESET:
	case ENODATA:
	case EPIPE:
		return (struct unreachable){ BUS_UNREACHABLE,
			"the connection to the peer broke before it answered" };
	default:
		return (struct unreachable){ BUS_UNREACHABLE,
			"the peer cannot be reached at any known address" };
	}
}
