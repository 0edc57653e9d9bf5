PROGRAMS += goop-rendezvousd
SRC_goop-rendezvousd := \
	goop-rendezvousd/clients/admin_access.c \
	goop-rendezvousd/clients/client_address.c \
	goop-rendezvousd/clients/client_limits.c \
	goop-rendezvousd/clients/forwarded.c \
	goop-rendezvousd/endpoints/admin_page.c \
	goop-rendezvousd/endpoints/answer.c \
	goop-rendezvousd/endpoints/metrics.c \
	goop-rendezvousd/endpoints/page.c \
	goop-rendezvousd/endpoints/peers_json.c \
	goop-rendezvousd/endpoints/public_page.c \
	goop-rendezvousd/endpoints/qr_code.c \
	goop-rendezvousd/endpoints/query_string.c \
	goop-rendezvousd/endpoints/rendezvous_router.c \
	goop-rendezvousd/endpoints/serve_publish.c \
	goop-rendezvousd/endpoints/serve_subscribe.c \
	goop-rendezvousd/endpoints/small_endpoints.c \
	goop-rendezvousd/hub/broadcast_log.c \
	goop-rendezvousd/hub/hub.c \
	goop-rendezvousd/hub/hub_flush.c \
	goop-rendezvousd/hub/hub_format.c \
	goop-rendezvousd/hub/hub_join.c \
	goop-rendezvousd/hub/hub_snapshot.c \
	goop-rendezvousd/hub/subscriber.c \
	goop-rendezvousd/hub/subscriber_wheel.c \
	goop-rendezvousd/hub/subscriber_write.c \
	goop-rendezvousd/main.c \
	goop-rendezvousd/rendezvous.c \
	goop-rendezvousd/roster/roster.c \
	goop-rendezvousd/roster/roster_file.c \
	goop-rendezvousd/roster/roster_history.c \
	goop-rendezvousd/roster/roster_row.c \
	goop-rendezvousd/roster/roster_session.c \
	goop-rendezvousd/roster/roster_store.c \
	goop-rendezvousd/roster/roster_tombstones.c \
	goop-rendezvousd/roster/roster_update.c \
	goop-rendezvousd/roster/shared_text.c \
	goop-rendezvousd/service/activity_log.c \
	goop-rendezvousd/service/connect_urls.c \
	goop-rendezvousd/service/descriptors.c \
	goop-rendezvousd/service/history.c \
	goop-rendezvousd/service/listeners.c \
	goop-rendezvousd/service/presence_addresses.c \
	goop-rendezvousd/service/presence_check.c \
	goop-rendezvousd/service/publish.c \
	goop-rendezvousd/service/punch_hints.c \
	goop-rendezvousd/service/server_tls.c
LIBS_goop-rendezvousd := http daemon presence libp2p proto base
LDLIBS_goop-rendezvousd := -lssl -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -lqrencode -lwslay \
	-levent_openssl -levent_core -levent_extra -lpthread -lm

# The pages, styles and scripts, as one object.
RENDEZVOUS_ASSETS := $(SHARED_ASSETS) $(addprefix goop-rendezvousd/assets/, \
	index.html index.mjs docs.html admin.html admin.mjs graph.mjs \
	rendezvous.css)
$(eval $(call asset_rules,goop-rendezvousd,rendezvous_assets,$(RENDEZVOUS_ASSETS)))
