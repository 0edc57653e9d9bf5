#include "common/http/stream/websocket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

#include "common/base/fault.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

enum {
	CONTINUATION = 0,
	CONTROL_MAX = 125, /* RFC 6455, 5.5 */
	NO_CODE = 1005,
};

struct websocket_session {
	wslay_frame_context_ptr frames;
	struct bytes input;    /* input that wslay has not taken yet */
	struct buffer *output; /* where it puts a frame */
	uint64_t fed;          /* bytes it took */
	uint64_t eaten;        /* of them, those of complete frames */

	bool in_frame;
	uint8_t opcode;     /* of the frame */
	uint64_t remaining; /* payload bytes of it still to come */

	uint8_t message_opcode; /* 0: none has begun */
	struct buffer message;
	uint8_t control[CONTROL_MAX], pong[CONTROL_MAX];
	size_t control_len, pong_len;
	bool pong_due;
};

/* What websocket_receive was called with. */
struct reception {
	struct websocket *websocket;
	struct websocket_session *session;
	websocket_event_fn *on_event;
	void *arg;
	struct buffer *out;
};

/* --- sessions */

static ssize_t
give_input(uint8_t *to, size_t len, int flags, void *arg)
{
	struct websocket_session *session = arg;
	size_t n = session->input.len < len ? session->input.len : len;

	(void)flags;
	if (n == 0)
		return 0;
	memcpy(to, session->input.data, n);
	session->input.data += n;
	session->input.len -= n;
	session->fed += n;
	return (ssize_t)n;
}

static ssize_t
take_output(const uint8_t *data, size_t len, int flags, void *arg)
{
	struct websocket_session *session = arg;

	(void)flags;
	if (buffer_append(session->output, (struct bytes){ data, len }) < 0)
		bug("websocket: no room for %zu bytes", len);
	return (ssize_t)len;
}

static int
make_mask(uint8_t *to, size_t len, void *arg)
{
	(void)arg;
	random_bytes(to, len);
	return 0;
}

/* One session kept for the next message: usually only one is in use at a time,
 * and a transfer would allocate it for each message. */
static struct websocket_session *spare;

static struct websocket_session *
session_new(void)
{
	static const struct wslay_frame_callbacks callbacks = {
		.send_callback = take_output,
		.recv_callback = give_input,
		.genmask_callback = make_mask,
	};
	struct websocket_session *session = xzalloc(sizeof(*session));

	if (wslay_frame_context_init(&session->frames, &callbacks, session) !=
	    0)
		xalloc_failed();
	return session;
}

static void
session_free(struct websocket_session *session)
{
	if (session == NULL)
		return;
	wslay_frame_context_free(session->frames);
	buffer_fini(&session->message);
	free(session);
}

static struct websocket_session *
session_begin(struct websocket *websocket)
{
	if (websocket->session != NULL)
		return websocket->session;
	websocket->session = spare != NULL ? spare : session_new();
	spare = NULL;
	buffer_init(&websocket->session->message, websocket->message_max);
	return websocket->session;
}

/* Between frames, without a partial message, another connection may use the
 * session. */
static void
session_end(struct websocket *websocket)
{
	struct websocket_session *session = websocket->session;
	bool is_clean = session->fed == session->eaten && !session->in_frame &&
			session->message_opcode == 0;

	if (!is_clean && websocket->state != WEBSOCKET_CLOSED)
		return;
	websocket->session = NULL;
	if (is_clean && spare == NULL)
		spare = session;
	else
		session_free(session);
}

/* For leak checkers. */
__attribute__((destructor)) static void
free_spare(void)
{
	session_free(spare);
	spare = NULL;
}

void
websocket_init(
    struct websocket *websocket, enum websocket_role role, uint32_t message_max)
{
	*websocket = (struct websocket){ .role = (uint8_t)role,
		.message_max = message_max,
		.close_by = MONOTIME_NEVER };
}

void
websocket_fini(struct websocket *websocket)
{
	session_free(websocket->session);
	websocket->session = NULL;
	websocket->state = WEBSOCKET_CLOSED;
}

/* --- sending */

size_t
websocket_head(
    enum websocket_opcode opcode, size_t len, uint8_t head[WEBSOCKET_HEAD_MAX])
{
	head[0] = (uint8_t)(0x80 | opcode);
	if (len < 126) {
		head[1] = (uint8_t)len;
		return 2;
	}
	if (len <= UINT16_MAX) {
		head[1] = 126;
		store_be16(head + 2, (uint16_t)len);
		return 4;
	}
	head[1] = 127;
	store_be64(head + 2, len);
	return 10;
}

static void
put_masked(struct websocket *websocket, enum websocket_opcode opcode,
    struct bytes payload, struct buffer *out)
{
	bool is_first = websocket->session == NULL;
	struct websocket_session *session = session_begin(websocket);
	struct wslay_frame_iocb frame = {
		.fin = 1,
		.opcode = (uint8_t)opcode,
		.mask = 1,
		.payload_length = payload.len,
		.data = payload.data,
		.data_length = payload.len,
	};

	session->output = out;
	if (wslay_frame_send(session->frames, &frame) < 0)
		bug("websocket: a frame of %zu bytes", payload.len);
	if (is_first)
		session_end(websocket);
}

static int
put_frame(struct websocket *websocket, enum websocket_opcode opcode,
    struct bytes payload, struct buffer *out)
{
	uint8_t head[WEBSOCKET_HEAD_MAX];

	if (buffer_room(out) < WEBSOCKET_HEAD_MAX + 4 + payload.len)
		return -ENOBUFS;
	if (websocket->role == WEBSOCKET_CLIENT) {
		put_masked(websocket, opcode, payload, out);
		return 0;
	}
	(void)buffer_append(out,
	    (struct bytes){ head, websocket_head(opcode, payload.len, head) });
	return buffer_append(out, payload);
}

int
websocket_send(struct websocket *websocket, enum websocket_opcode opcode,
    struct bytes payload, struct buffer *out)
{
	if (websocket->state != WEBSOCKET_OPEN)
		return -EPIPE;
	return put_frame(websocket, opcode, payload, out);
}

static int
put_close(struct websocket *websocket, uint16_t code, struct bytes reason,
    struct buffer *out)
{
	uint8_t payload[CONTROL_MAX];

	if (code == NO_CODE)
		return put_frame(websocket, WEBSOCKET_CLOSE, bytes_of(""), out);
	if (reason.len > WEBSOCKET_REASON_MAX)
		reason.len = WEBSOCKET_REASON_MAX;
	store_be16(payload, code);
	if (reason.len > 0)
		memcpy(payload + 2, reason.data, reason.len);
	return put_frame(websocket, WEBSOCKET_CLOSE,
	    (struct bytes){ payload, 2 + reason.len }, out);
}

int
websocket_close(struct websocket *websocket, uint16_t code, const char *reason,
    struct monotime now, struct buffer *out)
{
	int rc;

	if (websocket->state != WEBSOCKET_OPEN)
		return 0;
	rc = put_close(websocket, code, bytes_of(reason), out);
	if (rc < 0)
		return rc;
	websocket->state = WEBSOCKET_CLOSING;
	websocket->close_by = monotime_add_ms(now, WEBSOCKET_CLOSE_MS);
	return 0;
}

void
websocket_run(struct websocket *websocket, struct monotime now)
{
	if (websocket->state != WEBSOCKET_CLOSING ||
	    !monotime_reached(now, websocket->close_by))
		return;
	websocket_fini(websocket);
}

/* --- receiving */

/* The other end broke the protocol: close with the code and ignore further
 * input. */
static int
fail(struct reception *reception, uint16_t code)
{
	struct websocket *websocket = reception->websocket;

	if (websocket->state == WEBSOCKET_OPEN)
		(void)put_close(websocket, code, bytes_of(""), reception->out);
	websocket->state = WEBSOCKET_CLOSED;
	return -EPROTO;
}

static void
tell(struct reception *reception, enum websocket_opcode opcode,
    struct bytes payload, uint16_t code)
{
	struct websocket_event event = { opcode, payload, code };

	reception->on_event(&event, reception->arg);
}

/* RFC 6455, 7.4; 1012 to 1014 were registered later. */
static bool
is_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) ||
	       (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static int
on_close(struct reception *reception, struct bytes payload)
{
	struct websocket *websocket = reception->websocket;
	struct cursor cursor = cursor_over(payload);
	uint16_t code = payload.len == 0 ? NO_CODE : cursor_be16(&cursor);
	struct bytes reason = cursor_rest(&cursor);

	if (payload.len > 0 && (cursor.failed || !is_code(code)))
		return fail(reception, WEBSOCKET_CLOSE_PROTOCOL);
	if (!text_is_utf8(reason))
		return fail(reception, WEBSOCKET_CLOSE_NOT_TEXT);
	if (websocket->state == WEBSOCKET_OPEN)
		(void)put_close(websocket, code, reason, reception->out);
	websocket->state = WEBSOCKET_CLOSED;
	tell(reception, WEBSOCKET_CLOSE, reason, code);
	return 0;
}

static int
on_control(struct reception *reception)
{
	struct websocket_session *session = reception->session;
	struct bytes payload = { session->control, session->control_len };

	session->control_len = 0;
	if (session->opcode == WEBSOCKET_CLOSE)
		return on_close(reception, payload);
	if (session->opcode == WEBSOCKET_PING) {
		memcpy(session->pong, session->control, sizeof(session->pong));
		session->pong_len = payload.len;
		session->pong_due = true;
	}
	tell(reception, session->opcode, payload, 0);
	return 0;
}

static int
on_message(struct reception *reception)
{
	struct websocket_session *session = reception->session;
	enum websocket_opcode opcode = session->message_opcode;
	struct bytes message = buffer_bytes(&session->message);

	/* NUL is valid UTF-8, but no message here contains one. */
	if (opcode == WEBSOCKET_TEXT && !text_is_utf8(message))
		return fail(reception, WEBSOCKET_CLOSE_NOT_TEXT);
	session->message_opcode = 0;
	if (reception->websocket->state == WEBSOCKET_OPEN)
		tell(reception, opcode, message, 0);
	buffer_fini(&session->message);
	return 0;
}

/* Check the start of a frame (5.2, 5.4). 0 or the code to close with. */
static uint16_t
begin_frame(struct reception *reception, const struct wslay_frame_iocb *piece)
{
	struct websocket_session *session = reception->session;
	bool is_client = reception->websocket->role == WEBSOCKET_CLIENT;
	bool has_message = session->message_opcode != 0;

	if (piece->rsv != 0 || (piece->mask != 0) == is_client)
		return WEBSOCKET_CLOSE_PROTOCOL;
	session->in_frame = true;
	session->opcode = piece->opcode;
	session->remaining = piece->payload_length;
	if (piece->opcode >= WEBSOCKET_CLOSE)
		return piece->opcode > WEBSOCKET_PONG ? WEBSOCKET_CLOSE_PROTOCOL
						      : 0;
	if (piece->opcode > WEBSOCKET_BINARY ||
	    (piece->opcode == CONTINUATION) != has_message)
		return WEBSOCKET_CLOSE_PROTOCOL;
	if (piece->payload_length > buffer_room(&session->message))
		return WEBSOCKET_CLOSE_TOO_BIG;
	if (!has_message)
		session->message_opcode = piece->opcode;
	return 0;
}

static void
keep_piece(struct websocket_session *session, struct bytes data)
{
	session->remaining -= data.len;
	if (session->opcode < WEBSOCKET_CLOSE) {
		if (buffer_append(&session->message, data) < 0)
			bug("websocket: a message beyond its maximum");
		return;
	}
	/* wslay lets no control frame be longer than CONTROL_MAX. */
	if (data.len > sizeof(session->control) - session->control_len)
		bug("websocket: a control frame of %zu bytes", data.len);
	if (data.len > 0)
		memcpy(session->control + session->control_len, data.data,
		    data.len);
	session->control_len += data.len;
}

/* wslay refuses lengths that are not in the shortest form. */
static uint64_t
frame_length(const struct wslay_frame_iocb *piece)
{
	uint64_t len = piece->payload_length;

	return len + 2 +
	       (len > UINT16_MAX ? 8
		   : len >= 126  ? 2
				 : 0) +
	       (piece->mask ? 4 : 0);
}

static int
on_piece(struct reception *reception, const struct wslay_frame_iocb *piece)
{
	struct websocket_session *session = reception->session;
	uint16_t refusal;

	if (!session->in_frame) {
		refusal = begin_frame(reception, piece);
		if (refusal != 0)
			return fail(reception, refusal);
	}
	keep_piece(session, (struct bytes){ piece->data, piece->data_length });
	if (session->remaining > 0)
		return 0;
	session->in_frame = false;
	session->eaten += frame_length(piece);
	if (session->opcode >= WEBSOCKET_CLOSE)
		return on_control(reception);
	return piece->fin ? on_message(reception) : 0;
}

static int
read_frames(struct reception *reception)
{
	struct wslay_frame_iocb piece;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && reception->websocket->state != WEBSOCKET_CLOSED) {
		memset(&piece, 0, sizeof(piece));
		n = wslay_frame_recv(reception->session->frames, &piece);
		if (n == WSLAY_ERR_WANT_READ)
			break;
		rc = n < 0 ? fail(reception, WEBSOCKET_CLOSE_PROTOCOL)
			   : on_piece(reception, &piece);
	}
	return rc;
}

int
websocket_receive(struct websocket *websocket, struct bytes bytes,
    websocket_event_fn *on_event, void *arg, struct buffer *out)
{
	struct reception reception = { websocket, NULL, on_event, arg, out };
	struct websocket_session *session;
	int rc;

	if (websocket->state == WEBSOCKET_CLOSED)
		return 0;
	if (buffer_room(out) < WEBSOCKET_REPLY_MAX) {
		websocket_fini(websocket);
		return -ENOBUFS;
	}
	session = session_begin(websocket);
	reception.session = session;
	session->input = bytes;
	rc = read_frames(&reception);
	if (session->pong_due && websocket->state == WEBSOCKET_OPEN)
		(void)put_frame(websocket, WEBSOCKET_PONG,
		    (struct bytes){ session->pong, session->pong_len }, out);
	session->pong_due = false;
	session_end(websocket);
	return rc;
}
