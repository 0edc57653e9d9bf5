/*
 * viewer_json: the JSON between pages and viewer. Keys are those of the
 * original where it has the call. All keys are always written, except those
 * that the original omits when empty.
 */
#ifndef GOOP_VIEWERD_ANSWERS_VIEWER_JSON_H
#define GOOP_VIEWERD_ANSWERS_VIEWER_JSON_H

#include "proto/daemon_ops.h"
#include "proto/discovery_ops.h"

enum { VIEWER_LOG_LINES = 800 };

/* A peer as GET /api/peers has it ("PeerRow"): a row of goop-discoveryd under
 * the original's keys, and what only pages need. */
struct viewer_peer {
	struct peer_row row;
	const char *last_seen; /* RFC 3339 */
	bool is_unproven; /* only a server announces it, without a signature */
};
struct viewer_gone {
	const char *id;
};
struct viewer_self {
	const char *id; /* empty until it is known */
	const char *label;
	const char *email;
	const char *avatar_hash;
	const char *theme;
	const char *version;
	struct strings addresses;
};
/* What a visited site may know of its visitor. */
struct viewer_self_for_site {
	const char *id;
	const char *label;
};
struct viewer_daemons { /* which daemons are up */
	bool goopd;
	bool discoveryd;
};
struct viewer_line {
	const char *ts; /* RFC 3339 */
	const char *msg;
	const char *level;
	const char *daemon;
};
struct viewer_lines {
	struct records lines;
};
/* Settings, quick: all of them in the answer, any of them in a change. */
struct viewer_settings {
	const char *label;
	const char *email;
	const char *verification_token;
	const char *theme;
	const char *preferred_cam;
	const char *preferred_mic;
	bool video_disabled;
	bool hide_unverified;
	bool open_sites_external;
};
/* A link for others to the own rendezvous server. */
struct viewer_invitation {
	const char *link; /* "": there is none */
	const char *why;  /* a sentence; absent: there is one */
};
struct viewer_done {
	const char *status; /* "ok" */
};

/* clang-format off */
#define VIEWER_MESSAGES(ROW) \
	ROW(viewer_peer) ROW(viewer_gone) ROW(viewer_self) \
	ROW(viewer_self_for_site) ROW(viewer_daemons) ROW(viewer_line) \
	ROW(viewer_lines) ROW(viewer_settings) ROW(viewer_invitation) \
	ROW(viewer_done)
/* clang-format on */
VIEWER_MESSAGES(MESSAGE_DECLARE)

/* A row whose absent texts are ""; borrows everything but last_seen, which the
 * caller frees. */
struct viewer_peer viewer_peer_of(const struct peer_row *);

/* "2026-04-09T10:11:12.500Z"; malloc'd. Go's zero time for 0. */
char *viewer_time(int64_t ms);

/* A text that is never absent. */
const char *viewer_text(const char *text);

#endif
