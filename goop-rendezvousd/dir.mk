PROGRAMS += goop-rendezvousd
# the daemon: main() and its phases.
SRC_goop-rendezvousd := \
	goop-rendezvousd/main.c \
	goop-rendezvousd/rendezvous.c \
	goop-rendezvousd/rendezvous_handlers.c

# clients/: the address of a client, behind proxies too; limits per address; the
# administrator's password. Pure.
SRC_goop-rendezvousd += \
	goop-rendezvousd/clients/admin_access.c \
	goop-rendezvousd/clients/client_address.c \
	goop-rendezvousd/clients/client_limits.c \
	goop-rendezvousd/clients/forwarded.c \
	goop-rendezvousd/clients/trusted_proxies.c

# roster/: the table of present peers, by row versions, without I/O; and its
# store on disk. From outside: roster.h, roster_store.h.
SRC_goop-rendezvousd += \
	goop-rendezvousd/roster/roster.c \
	goop-rendezvousd/roster/roster_cursor.c \
	goop-rendezvousd/roster/roster_file.c \
	goop-rendezvousd/roster/roster_store.c \
	goop-rendezvousd/roster/row_text.c \
	goop-rendezvousd/roster/shared_text.c

# hub/: the subscribers, and sending them what changed. From outside: hub.h,
# subscriber.h.
SRC_goop-rendezvousd += \
	goop-rendezvousd/hub/broadcast_log.c \
	goop-rendezvousd/hub/hub.c \
	goop-rendezvousd/hub/hub_format.c \
	goop-rendezvousd/hub/hub_snapshot.c \
	goop-rendezvousd/hub/subscriber.c \
	goop-rendezvousd/hub/subscriber_wheel.c

# service/: what the endpoints share: the state of the server, checks of presence
# messages, listeners, hints, the activity log.
SRC_goop-rendezvousd += \
	goop-rendezvousd/service/activity_log.c \
	goop-rendezvousd/service/connect_urls.c \
	goop-rendezvousd/service/descriptors.c \
	goop-rendezvousd/service/history.c \
	goop-rendezvousd/service/listeners.c \
	goop-rendezvousd/service/punch_hints.c \
	goop-rendezvousd/service/relay_watch.c \
	goop-rendezvousd/service/rendezvous_state.c \
	goop-rendezvousd/service/server_tls.c

# endpoints/: the handlers of HTTP requests: pages, JSON, publish, subscribe. From
# outside: rendezvous_router.h, serve_publish.h, serve_subscribe.h.
SRC_goop-rendezvousd += \
	goop-rendezvousd/endpoints/admin_page.c \
	goop-rendezvousd/endpoints/answer.c \
	goop-rendezvousd/endpoints/page.c \
	goop-rendezvousd/endpoints/peers_json.c \
	goop-rendezvousd/endpoints/public_page.c \
	goop-rendezvousd/endpoints/query_string.c \
	goop-rendezvousd/endpoints/relay_info.c \
	goop-rendezvousd/endpoints/rendezvous_router.c \
	goop-rendezvousd/endpoints/serve_publish.c \
	goop-rendezvousd/endpoints/serve_pulse.c \
	goop-rendezvousd/endpoints/serve_subscribe.c
LIBS_goop-rendezvousd := qr_code http daemon bus config presence libp2p proto base
LDLIBS_goop-rendezvousd := -lssl -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -lqrencode -lwslay \
	-levent_openssl -levent_core -levent_extra -lpthread -lm

# The pages, styles and scripts, as one object.
RENDEZVOUS_ASSETS := $(SHARED_ASSETS) $(addprefix goop-rendezvousd/assets/, \
	index.html index.mjs join.html join.mjs docs.html admin.html admin.mjs graph.mjs \
	rendezvous.css)
$(eval $(call asset_rules,goop-rendezvousd,rendezvous_assets,$(RENDEZVOUS_ASSETS)))
