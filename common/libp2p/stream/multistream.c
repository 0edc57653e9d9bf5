#include "common/libp2p/stream/multistream.h"

#include <errno.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/multiformats/uvarint.h"

#define HEADER        "/multistream/1.0.0"
#define NOT_AVAILABLE "na"

/* The only change of the state; all but NEGOTIATING are final. */
static void
enter(struct multistream *m, enum multistream_state state)
{
	if (m->state == MULTISTREAM_NEGOTIATING)
		m->state = state;
}

/* One frame: length, token, newline. Output that does not fit ends it. */
static void
send_token(struct multistream *m, const char *token)
{
	size_t len = strlen(token) + 1;

	if (len > MULTISTREAM_FRAME_MAX)
		bug("multistream: a protocol's name of %zu bytes", len);
	if (uvarint_append(&m->output, len) < 0 ||
	    buffer_append(&m->output, bytes_of(token)) < 0 ||
	    buffer_append(&m->output, bytes_of("\n")) < 0)
		enter(m, MULTISTREAM_FAILED);
}

static void
start(struct multistream *m)
{
	*m = (struct multistream){ .state = MULTISTREAM_NEGOTIATING };
	buffer_init(&m->output, MULTISTREAM_OUTPUT_MAX);
	send_token(m, HEADER);
}

void
multistream_dial(
    struct multistream *m, const char *const *protocols, size_t count)
{
	start(m);
	m->is_dialer = true;
	m->protocols = protocols;
	m->count = count;
	if (count == 0)
		bug("multistream: nothing to propose");
	send_token(m, protocols[0]);
}

void
multistream_listen(struct multistream *m,
    bool (*speaks)(const char *protocol, void *arg), void *arg)
{
	start(m);
	m->speaks = speaks;
	m->speaks_arg = arg;
}

void
multistream_fini(struct multistream *m)
{
	buffer_fini(&m->output);
}

static void
agree(struct multistream *m, const char *protocol)
{
	memcpy(m->chosen, protocol, strlen(protocol) + 1);
	enter(m, MULTISTREAM_AGREED);
}

static void
dialer_take(struct multistream *m, const char *token)
{
	if (!strcmp(token, m->protocols[m->agreed])) {
		agree(m, token);
	} else if (strcmp(token, NOT_AVAILABLE) != 0) {
		enter(m, MULTISTREAM_FAILED);
	} else if (++m->agreed == m->count) {
		enter(m, MULTISTREAM_REFUSED);
	} else {
		send_token(m, m->protocols[m->agreed]);
	}
}

static void
listener_take(struct multistream *m, const char *token)
{
	if (++m->proposals_seen > MULTISTREAM_PROPOSALS_MAX) {
		enter(m, MULTISTREAM_FAILED);
	} else if (m->speaks(token, m->speaks_arg)) {
		send_token(m, token);
		agree(m, token);
	} else {
		send_token(m, NOT_AVAILABLE);
	}
}

static void
take_token(struct multistream *m, const char *token)
{
	if (!m->header_seen) {
		m->header_seen = true;
		if (strcmp(token, HEADER) != 0)
			enter(m, MULTISTREAM_FAILED);
	} else if (m->is_dialer) {
		dialer_take(m, token);
	} else {
		listener_take(m, token);
	}
}

/* The frame as text without its newline. False if it is not that. */
static bool
token_of_frame(struct bytes frame, char token[MULTISTREAM_FRAME_MAX])
{
	if (frame.len == 0 || frame.data[frame.len - 1] != '\n' ||
	    memchr(frame.data, '\0', frame.len) != NULL)
		return false;
	memcpy(token, frame.data, frame.len - 1);
	token[frame.len - 1] = '\0';
	return true;
}

size_t
multistream_receive(struct multistream *m, struct bytes input)
{
	char token[MULTISTREAM_FRAME_MAX];
	struct bytes frame, rest;
	size_t used = 0, len;
	int rc;

	while (m->state == MULTISTREAM_NEGOTIATING && used < input.len) {
		rest = (struct bytes){ input.data + used, input.len - used };
		rc = uvarint_frame_decode(
		    rest, MULTISTREAM_FRAME_MAX, &frame, &len);
		if (rc == UVARINT_MORE)
			break;
		if (rc < 0 || !token_of_frame(frame, token)) {
			enter(m, MULTISTREAM_FAILED);
			break;
		}
		used += len;
		take_token(m, token);
	}
	return used;
}
