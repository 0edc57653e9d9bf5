PROGRAMS += goop-viewerd
# the daemon: it makes the parts and joins them.
SRC_goop-viewerd := \
	goop-viewerd/main.c \
	goop-viewerd/viewer.c

# access/: who may ask for what: origins, listeners, local users, and the
# paths that name a peer.
SRC_goop-viewerd += \
	goop-viewerd/access/access.c \
	goop-viewerd/access/data_path.c \
	goop-viewerd/access/local_users.c \
	goop-viewerd/access/viewer_listen.c \
	goop-viewerd/access/visit_path.c

# answers/: answers of every kind: error pages, JSON, headers, the linked
# pages.
SRC_goop-viewerd += \
	goop-viewerd/answers/answer_headers.c \
	goop-viewerd/answers/error_page.c \
	goop-viewerd/answers/json_reply.c \
	goop-viewerd/answers/viewer_json.c

# goopd/: the connection to goopd.
SRC_goop-viewerd += \
	goop-viewerd/goopd/goopd_client.c

# feeds/: what pages are told as it happens: peers, servers, logs, tables.
SRC_goop-viewerd += \
	goop-viewerd/feeds/data_feed.c \
	goop-viewerd/feeds/log_feed.c \
	goop-viewerd/feeds/log_ring.c \
	goop-viewerd/feeds/peer_feed.c \
	goop-viewerd/feeds/peer_list.c \
	goop-viewerd/feeds/server_list.c

# settings/: the owner's quick settings and the one process that writes
# goop.json. From outside: settings.h.
SRC_goop-viewerd += \
	goop-viewerd/settings/settings.c \
	goop-viewerd/settings/settings_change.c \
	goop-viewerd/settings/settings_rows.c \
	goop-viewerd/settings/settings_writer.c

# site/: one file of a site on its way to the browser. From outside:
# site_transfer.h.
SRC_goop-viewerd += \
	goop-viewerd/site/site_http.c \
	goop-viewerd/site/site_icon.c \
	goop-viewerd/site/site_transfer.c

# data/: one call of the data API on its way to a database and back.
SRC_goop-viewerd += \
	goop-viewerd/data/data_client.c \
	goop-viewerd/data/data_export.c \
	goop-viewerd/data/data_routes.c

# routes/: every request comes through here: router, API, sites, data; and
# the state that handlers share. From outside: viewer_router.h, viewer_state.h,
# viewer_self.h.
SRC_goop-viewerd += \
	goop-viewerd/routes/api.c \
	goop-viewerd/routes/data_handler.c \
	goop-viewerd/routes/invitation.c \
	goop-viewerd/routes/sdk.c \
	goop-viewerd/routes/server_join.c \
	goop-viewerd/routes/site_visit.c \
	goop-viewerd/routes/viewer_router.c \
	goop-viewerd/routes/viewer_self.c
LIBS_goop-viewerd := qr_code http daemon bus config libp2p proto base
LDLIBS_goop-viewerd := -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-lqrencode -levent_core -levent_extra -lpthread

# The pages, styles and scripts, as one object.
VIEWER_ASSETS := $(SHARED_ASSETS) $(addprefix goop-viewerd/assets/, \
	peers.html self.html join.html logs.html data.html viewer.css data.css problem.css \
	frame.mjs feed.mjs feed-worker.js dialog.mjs peers.mjs self.mjs servers.mjs join.mjs logs.mjs \
	data.mjs data-access.mjs data-api.mjs data-columns.mjs data-filter.mjs \
	data-rows.mjs data-shape.mjs data-trash.mjs)
$(eval $(call asset_rules,goop-viewerd,viewer_assets,$(VIEWER_ASSETS)))

# What the pages of sites load from /sdk/, as another.
$(eval $(call asset_rules,goop-viewerd,viewer_sdk,$(sort $(wildcard goop-viewerd/sdk/*))))
