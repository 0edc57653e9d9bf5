PROGRAMS += goop-viewerd
SRC_goop-viewerd := \
	goop-viewerd/access/access.c \
	goop-viewerd/access/data_path.c \
	goop-viewerd/access/local_users.c \
	goop-viewerd/access/viewer_listen.c \
	goop-viewerd/access/visit_path.c \
	goop-viewerd/answers/answer_headers.c \
	goop-viewerd/answers/error_page.c \
	goop-viewerd/answers/json_reply.c \
	goop-viewerd/answers/viewer_messages.c \
	goop-viewerd/data/data_client.c \
	goop-viewerd/data/data_export.c \
	goop-viewerd/data/data_reply.c \
	goop-viewerd/data/data_routes.c \
	goop-viewerd/feeds/data_feed.c \
	goop-viewerd/feeds/log_feed.c \
	goop-viewerd/feeds/log_ring.c \
	goop-viewerd/feeds/peer_feed.c \
	goop-viewerd/feeds/peer_list.c \
	goop-viewerd/feeds/server_list.c \
	goop-viewerd/goopd/goopd_client.c \
	goop-viewerd/goopd/ticket.c \
	goop-viewerd/main.c \
	goop-viewerd/routes/api.c \
	goop-viewerd/routes/data_handler.c \
	goop-viewerd/routes/sdk.c \
	goop-viewerd/routes/site_visit.c \
	goop-viewerd/routes/viewer_router.c \
	goop-viewerd/settings/settings.c \
	goop-viewerd/settings/settings_change.c \
	goop-viewerd/settings/settings_writer.c \
	goop-viewerd/site/site_http.c \
	goop-viewerd/site/site_transfer.c \
	goop-viewerd/site/transfer_ring.c
LIBS_goop-viewerd := http daemon libp2p proto base
LDLIBS_goop-viewerd := -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-levent_core -levent_extra -lpthread

# The pages, styles and scripts, as one object.
VIEWER_ASSETS := $(SHARED_ASSETS) $(addprefix goop-viewerd/assets/, \
	peers.html self.html logs.html data.html viewer.css data.css problem.css \
	frame.mjs feed.mjs feed-worker.js dialog.mjs peers.mjs self.mjs logs.mjs \
	data.mjs data-access.mjs data-api.mjs data-columns.mjs data-filter.mjs \
	data-rows.mjs data-shape.mjs data-trash.mjs)
$(eval $(call asset_rules,goop-viewerd,viewer_assets,$(VIEWER_ASSETS)))

# What the pages of sites load from /sdk/, as another.
$(eval $(call asset_rules,goop-viewerd,viewer_sdk,$(sort $(wildcard goop-viewerd/sdk/*))))
