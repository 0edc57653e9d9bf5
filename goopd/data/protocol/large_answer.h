/* large_answer: a large answer on its way to a reader on this machine. */
#ifndef GOOPD_DATA_PROTOCOL_LARGE_ANSWER_H
#define GOOPD_DATA_PROTOCOL_LARGE_ANSWER_H

#include "common/base/buffer.h"
#include "goopd/local_stream/local_stream.h"

enum { DATA_DELIVERIES_BYTES_MAX = 64 * 1024 * 1024 }; /* held at once */

/* Take what is in data; *ret_ticket is borrowed till the loop turns. 0, or
 * -EBUSY: too much is under way, data is left as it is. */
int large_answer_new(struct local_stream_server *, struct buffer *data,
    struct bytes *ret_ticket);

#endif
