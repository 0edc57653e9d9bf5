/* A hub with a roster behind it and real connections in front, in one loop;
 * one at a time. */
#ifndef TESTS_UNIT_SUPPORT_HUB_SCENE_H
#define TESTS_UNIT_SUPPORT_HUB_SCENE_H

#include "common/http/server/http_listen.h"
#include "common/http/server/http_server.h"
#include "common/http/stream/websocket.h"
#include "goop-rendezvousd/hub/hub_state.h"

enum { CLIENTS = 16, TOLD_MAX = 64 * 1024, TURNS_MAX = 20000 };

/* What the hub's user keeps of one. */
struct session {
	struct subscriber *subscriber;
	enum subscriber_end why;
	int gone;
	char heard[256];
};

/* One client: its socket, and what it was told, one word a message. */
struct client {
	int fd;
	bool is_websocket;
	struct websocket websocket;
	struct buffer in, out;
	char head[1024];
	char told[TOLD_MAX];
	size_t told_len;
	bool has_ended;
	struct session *session;
};

struct hub_scene {
	struct event_base *base;
	struct http_server *server;
	union http_address address;
	struct roster *roster;
	struct hub *hub;
	struct session sessions[CLIENTS];
	struct client clients[CLIENTS];
	size_t session_count, client_count;
	struct subscriber *last;
	int status;
	bool drained;
	int64_t ts_ms;
};

extern struct hub_scene hall;

/* For cmocka. */
int open_scene(void **state);
int close_scene(void **state);

/* A peer publishes. */
void say(const char *type, const char *peer, const char *label);

/* A client comes with a request, and has read the head of the answer. */
struct client *come(const char *request);
void send_text(struct client *, const char *text);
void look(struct client *);

/* The loop turns once, and all clients look. */
void turn(void);

/*
 * Wait for so many bytes of words, then compare them all: "+peer=label" is
 * online, "-peer" gone, "begin:", "changes:", "synced", "id", "retry",
 * "comment", "close:code:reason".
 */
void expect(struct client *, const char *want);

#define UNTIL(condition) \
	do { \
		int turns_ = 0; \
		while (!(condition)) { \
			if (turns_++ > TURNS_MAX) \
				fail_msg("in vain: %s", #condition); \
			turn(); \
		} \
	} while (0)

#define EVENTS(query) "GET /events" query " HTTP/1.1\r\nHost: a\r\n\r\n"
#define SOCKET(query) \
	"GET /ws" query " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

#endif
