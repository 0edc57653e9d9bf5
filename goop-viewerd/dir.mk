PROGRAMS += goop-viewerd
SRC_goop-viewerd := \
	goop-viewerd/access.c \
	goop-viewerd/answer_headers.c \
	goop-viewerd/api.c \
	goop-viewerd/data_api.c \
	goop-viewerd/data_call.c \
	goop-viewerd/data_export.c \
	goop-viewerd/data_feed.c \
	goop-viewerd/data_http.c \
	goop-viewerd/data_path.c \
	goop-viewerd/data_query.c \
	goop-viewerd/doorkeeper.c \
	goop-viewerd/goopd_link.c \
	goop-viewerd/json_reply.c \
	goop-viewerd/log_feed.c \
	goop-viewerd/log_ring.c \
	goop-viewerd/main.c \
	goop-viewerd/own_origin.c \
	goop-viewerd/peer_feed.c \
	goop-viewerd/peer_list.c \
	goop-viewerd/problem.c \
	goop-viewerd/router.c \
	goop-viewerd/sdk.c \
	goop-viewerd/server_list.c \
	goop-viewerd/settings.c \
	goop-viewerd/settings_change.c \
	goop-viewerd/settings_keeper.c \
	goop-viewerd/site_http.c \
	goop-viewerd/site_transfer.c \
	goop-viewerd/site_visit.c \
	goop-viewerd/ticket.c \
	goop-viewerd/transfer_ring.c \
	goop-viewerd/viewer_messages.c \
	goop-viewerd/visit_path.c
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
