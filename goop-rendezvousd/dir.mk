PROGRAMS += goop-rendezvousd
SRC_goop-rendezvousd := \
	goop-rendezvousd/answer.c \
	goop-rendezvousd/client_address.c \
	goop-rendezvousd/client_limits.c \
	goop-rendezvousd/descriptors.c \
	goop-rendezvousd/endpoints.c \
	goop-rendezvousd/feed.c \
	goop-rendezvousd/forwarded.c \
	goop-rendezvousd/hub.c \
	goop-rendezvousd/hub_flush.c \
	goop-rendezvousd/hub_format.c \
	goop-rendezvousd/hub_join.c \
	goop-rendezvousd/hub_news.c \
	goop-rendezvousd/journal.c \
	goop-rendezvousd/listeners.c \
	goop-rendezvousd/main.c \
	goop-rendezvousd/presence_addresses.c \
	goop-rendezvousd/presence_check.c \
	goop-rendezvousd/punch_hints.c \
	goop-rendezvousd/rendezvous.c \
	goop-rendezvousd/roster.c \
	goop-rendezvousd/roster_hear.c \
	goop-rendezvousd/roster_history.c \
	goop-rendezvousd/roster_left.c \
	goop-rendezvousd/roster_row.c \
	goop-rendezvousd/roster_session.c \
	goop-rendezvousd/router.c \
	goop-rendezvousd/server_tls.c \
	goop-rendezvousd/shared_text.c \
	goop-rendezvousd/subscriber.c \
	goop-rendezvousd/subscriber_wheel.c
LIBS_goop-rendezvousd := http daemon presence libp2p proto base
LDLIBS_goop-rendezvousd := -lssl -lcrypto -lprotobuf-c -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -lqrencode -lwslay \
	-levent_openssl -levent_core -levent_extra -lpthread
