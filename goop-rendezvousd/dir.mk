PROGRAMS += goop-rendezvousd
SRC_goop-rendezvousd := \
	goop-rendezvousd/admin_access.c \
	goop-rendezvousd/admin_page.c \
	goop-rendezvousd/answer.c \
	goop-rendezvousd/client_address.c \
	goop-rendezvousd/client_limits.c \
	goop-rendezvousd/connect_urls.c \
	goop-rendezvousd/descriptors.c \
	goop-rendezvousd/endpoints.c \
	goop-rendezvousd/exchange.c \
	goop-rendezvousd/feed.c \
	goop-rendezvousd/forwarded.c \
	goop-rendezvousd/history.c \
	goop-rendezvousd/hub.c \
	goop-rendezvousd/hub_flush.c \
	goop-rendezvousd/hub_format.c \
	goop-rendezvousd/hub_join.c \
	goop-rendezvousd/hub_news.c \
	goop-rendezvousd/journal.c \
	goop-rendezvousd/listeners.c \
	goop-rendezvousd/main.c \
	goop-rendezvousd/metrics.c \
	goop-rendezvousd/page.c \
	goop-rendezvousd/peers_json.c \
	goop-rendezvousd/presence_addresses.c \
	goop-rendezvousd/presence_check.c \
	goop-rendezvousd/public_page.c \
	goop-rendezvousd/publish.c \
	goop-rendezvousd/punch_hints.c \
	goop-rendezvousd/qr_code.c \
	goop-rendezvousd/query.c \
	goop-rendezvousd/rendezvous.c \
	goop-rendezvousd/roster.c \
	goop-rendezvousd/roster_file.c \
	goop-rendezvousd/roster_hear.c \
	goop-rendezvousd/roster_history.c \
	goop-rendezvousd/roster_left.c \
	goop-rendezvousd/roster_row.c \
	goop-rendezvousd/roster_session.c \
	goop-rendezvousd/roster_store.c \
	goop-rendezvousd/router.c \
	goop-rendezvousd/server_tls.c \
	goop-rendezvousd/shared_text.c \
	goop-rendezvousd/subscribe.c \
	goop-rendezvousd/subscriber.c \
	goop-rendezvousd/subscriber_wheel.c \
	goop-rendezvousd/subscriber_write.c
LIBS_goop-rendezvousd := http daemon presence libp2p proto base
LDLIBS_goop-rendezvousd := -lssl -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -lqrencode -lwslay \
	-levent_openssl -levent_core -levent_extra -lpthread -lm

# The pages, styles and scripts, as one object.
RENDEZVOUS_ASSETS := $(SHARED_ASSETS) $(addprefix goop-rendezvousd/assets/, \
	index.html index.mjs docs.html admin.html admin.mjs graph.mjs \
	rendezvous.css)
$(eval $(call asset_rules,goop-rendezvousd,rendezvous_assets,$(RENDEZVOUS_ASSETS)))
