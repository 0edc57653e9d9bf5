#include "goop-viewerd/answers/viewer_json.h"

#include <string.h>
#include <time.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"

enum {
	TEXT_MAX = 4096,
	EMAIL_MAX = 320,
	TOKEN_MAX = 1024,
	WORD_MAX = 64,
	DEVICE_MAX = 512,
};

/* clang-format off */
static const struct field viewer_peer_fields[] = {
	FIELD_STR (viewer_peer, row.peer_id,         "ID",             GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_STR (viewer_peer, row.label,           "Content",        GOOP_LABEL_MAX,     REQUIRED),
	FIELD_STR (viewer_peer, row.email,           "Email",          EMAIL_MAX,          REQUIRED),
	FIELD_STR (viewer_peer, row.avatar_hash,     "AvatarHash",     WORD_MAX,           REQUIRED),
	FIELD_BOOL(viewer_peer, row.video_disabled,  "VideoDisabled",                      REQUIRED),
	FIELD_STR (viewer_peer, row.active_template, "ActiveTemplate", TEXT_MAX,           REQUIRED),
	FIELD_BOOL(viewer_peer, row.is_verified,     "Verified",                           REQUIRED),
	FIELD_BOOL(viewer_peer, row.is_reachable,    "Reachable",                          REQUIRED),
	FIELD_BOOL(viewer_peer, row.is_offline,      "Offline",                            REQUIRED),
	FIELD_STR (viewer_peer, last_seen,           "LastSeen",       WORD_MAX,           REQUIRED),
	FIELD_BOOL(viewer_peer, row.is_favorite,     "Favorite",                           REQUIRED),
	FIELD_STR (viewer_peer, row.source,          "Source",         WORD_MAX,           OPTIONAL),
	FIELD_BOOL(viewer_peer, is_unproven,         "Unproven",                           OPTIONAL),
	FIELD_STR (viewer_peer, row.way,             "Way",            WORD_MAX,           OPTIONAL),
	FIELD_INT (viewer_peer, row.rtt_us,          "RoundTripUs",    0, INT64_MAX,       OPTIONAL),
	FIELD_STRS(viewer_peer, row.addresses,       "Addresses",
	    GOOP_ADDRESS_TEXT_MAX, GOOP_ADDRESSES_MAX, OPTIONAL),
	FIELD_END
};
const struct message viewer_peer_message = MESSAGE(viewer_peer);

static const struct field viewer_gone_fields[] = {
	FIELD_STR(viewer_gone, id, "ID", GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_END
};
const struct message viewer_gone_message = MESSAGE(viewer_gone);

static const struct field viewer_self_fields[] = {
	FIELD_STR (viewer_self, id,          "id",          GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_STR (viewer_self, label,       "label",       GOOP_LABEL_MAX,     REQUIRED),
	FIELD_STR (viewer_self, email,       "email",       EMAIL_MAX,          REQUIRED),
	FIELD_STR (viewer_self, avatar_hash, "avatar_hash", WORD_MAX,           REQUIRED),
	FIELD_STR (viewer_self, theme,       "theme",       WORD_MAX,           REQUIRED),
	FIELD_STR (viewer_self, version,     "version",     WORD_MAX,           REQUIRED),
	FIELD_STRS(viewer_self, addresses,   "addresses",
	    GOOP_ADDRESS_TEXT_MAX, GOOP_ADDRESSES_MAX, REQUIRED),
	FIELD_END
};
const struct message viewer_self_message = MESSAGE(viewer_self);

static const struct field viewer_self_for_site_fields[] = {
	FIELD_STR(viewer_self_for_site, id,    "id",    GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_STR(viewer_self_for_site, label, "label", GOOP_LABEL_MAX,     REQUIRED),
	FIELD_END
};
const struct message viewer_self_for_site_message =
    MESSAGE(viewer_self_for_site);

static const struct field viewer_daemons_fields[] = {
	FIELD_BOOL(viewer_daemons, goopd,      "goopd",           REQUIRED),
	FIELD_BOOL(viewer_daemons, discoveryd, "goop-discoveryd", REQUIRED),
	FIELD_END
};
const struct message viewer_daemons_message = MESSAGE(viewer_daemons);

static const struct field viewer_line_fields[] = {
	FIELD_STR(viewer_line, ts,     "ts",     WORD_MAX,     REQUIRED),
	FIELD_STR(viewer_line, msg,    "msg",    LOG_LINE_MAX, REQUIRED),
	FIELD_STR(viewer_line, level,  "level",  WORD_MAX,     REQUIRED),
	FIELD_STR(viewer_line, daemon, "daemon", WORD_MAX,     REQUIRED),
	FIELD_END
};
const struct message viewer_line_message = MESSAGE(viewer_line);

static const struct field viewer_lines_fields[] = {
	FIELD_LIST(viewer_lines, lines, "lines", viewer_line_message, VIEWER_LOG_LINES, REQUIRED),
	FIELD_END
};
const struct message viewer_lines_message = MESSAGE(viewer_lines);

static const struct field viewer_settings_fields[] = {
	FIELD_STR (viewer_settings, label,               "label",              GOOP_LABEL_MAX, REQUIRED),
	FIELD_STR (viewer_settings, email,               "email",              EMAIL_MAX,      REQUIRED),
	FIELD_STR (viewer_settings, verification_token,  "verification_token", TOKEN_MAX,      REQUIRED),
	FIELD_STR (viewer_settings, theme,               "theme",              WORD_MAX,       REQUIRED),
	FIELD_STR (viewer_settings, preferred_cam,       "preferred_cam",      DEVICE_MAX,     REQUIRED),
	FIELD_STR (viewer_settings, preferred_mic,       "preferred_mic",      DEVICE_MAX,     REQUIRED),
	FIELD_BOOL(viewer_settings, video_disabled,      "video_disabled",                     REQUIRED),
	FIELD_BOOL(viewer_settings, hide_unverified,     "hide_unverified",                    REQUIRED),
	FIELD_BOOL(viewer_settings, open_sites_external, "open_sites_external",                REQUIRED),
	FIELD_END
};
const struct message viewer_settings_message = MESSAGE(viewer_settings);

static const struct field viewer_invitation_fields[] = {
	FIELD_STR(viewer_invitation, link, "link", TEXT_MAX, REQUIRED),
	FIELD_STR(viewer_invitation, why,  "why",  TEXT_MAX, OPTIONAL),
	FIELD_END
};
const struct message viewer_invitation_message = MESSAGE(viewer_invitation);

static const struct field viewer_done_fields[] = {
	FIELD_STR(viewer_done, status, "status", WORD_MAX, REQUIRED),
	FIELD_END
};
const struct message viewer_done_message = MESSAGE(viewer_done);
/* clang-format on */

const char *
viewer_text(const char *text)
{
	return text != NULL ? text : "";
}

char *
viewer_time(int64_t ms)
{
	time_t seconds = ms / 1000;
	struct tm tm;
	char day[32];

	if (ms <= 0 || gmtime_r(&seconds, &tm) == NULL)
		return xstrdup("0001-01-01T00:00:00Z");
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	return xasprintf("%s.%03dZ", day, (int)(ms % 1000));
}

static bool
is_unproven(const struct peer_row *row)
{
	return !row->is_proven && row->source != NULL &&
	       strcmp(row->source, "wan") == 0;
}

struct viewer_peer
viewer_peer_of(const struct peer_row *row)
{
	struct viewer_peer peer = {
		.row = *row,
		.last_seen = viewer_time(row->last_seen_ms),
		.is_unproven = is_unproven(row),
	};

	peer.row.label = viewer_text(row->label);
	peer.row.email = viewer_text(row->email);
	peer.row.avatar_hash = viewer_text(row->avatar_hash);
	peer.row.active_template = viewer_text(row->active_template);
	return peer;
}
