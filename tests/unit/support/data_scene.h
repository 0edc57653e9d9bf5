/*
 * data_scene: the viewer's data API over a real socket, and behind it, on a
 * real bus, a goopd that plays its database: what it does is told by the
 * table's name. All in one event loop.
 */
#ifndef TESTS_UNIT_SUPPORT_DATA_SCENE_H
#define TESTS_UNIT_SUPPORT_DATA_SCENE_H

#include "common/http/server/http_listen.h"
#include "common/http/server/http_server.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "goop-viewerd/routes/viewer_state.h"
#include "goopd/local_stream/local_stream.h"

#define SCENE_SELF  "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
#define SCENE_OTHER "12D3KooWPqT2nMDSiXUSx5D7fasaxhxKigVhcqfkKqrLghCq9jxz"

enum {
	SCENE_QUERIES = 2, /* at a time */
	SCENE_ROWS = 5,    /* of each table that is exported */
	SCENE_PAGE_ROWS = 3,
	SCENE_ANSWER_MAX = 4 * 1024 * 1024,
};

struct data_scene {
	struct event_base *base;
	char directory[64];
	/* goopd */
	struct bus *goopd_bus;
	struct bus_server *server;
	struct local_stream_server *desk;
	struct bus_call *kept[8]; /* those that nobody answers */
	int kept_count;
	int asked;
	int pages;
	char peer[128];      /* whom the last request was for */
	char request[8192];  /* the last one */
	char applied[4][40]; /* request ids of changes that were made */
	int applied_count;
	/* the viewer */
	struct bus *bus;
	struct viewer viewer;
	union http_address address;
};

/* What goopd does with a table:
 *	echo	the answer is the request
 *	none	an answer without data
 *	refuse	with the code `id` and the words `where`
 *	large	`limit` bytes by ticket
 *	cut	so, but only half of them come
 *	kept	no answer
 *	dying	the change is made, then it dies and comes back; an id that it
 *		knows is answered
 *	rows	SCENE_ROWS to export, in pages of at most SCENE_PAGE_ROWS
 *	late	so, but the second page is refused
 *	odd	so, but the pages do not get on
 */
int data_scene_open(void **state);
int data_scene_close(void **state);

/* Dies, and is there again a moment later. */
void data_scene_restart_goopd(struct data_scene *);

/* A connection on which text was sent. */
int data_scene_send(struct data_scene *, const char *text);

/* Run the loop until what came from fd holds text ("": until it is closed).
 * malloc'd, with a NUL; *ret_len may be NULL. */
char *data_scene_read(
    struct data_scene *, int fd, const char *text, size_t *ret_len);

/* A whole call on a connection of its own; the answer is malloc'd. */
char *data_scene_call(struct data_scene *, const char *method, const char *path,
    const char *body, size_t *ret_len);

#endif
