PROGRAMS += goop-discoveryd
# the daemon: its state, its handlers on the bus, and what it does about the
# events of its parts.
SRC_goop-discoveryd := \
	goop-discoveryd/discovery.c \
	goop-discoveryd/discovery_handlers.c \
	goop-discoveryd/discovery_run.c \
	goop-discoveryd/discoveryd.c \
	goop-discoveryd/goopd_events.c \
	goop-discoveryd/goopd_session.c \
	goop-discoveryd/main.c \
	goop-discoveryd/peer_events.c \
	goop-discoveryd/rendezvous_events.c \
	goop-discoveryd/server_choice.c

# mdns/: the mDNS machine joined to the network interfaces. From outside:
# mdns_io.h.
SRC_goop-discoveryd += \
	goop-discoveryd/mdns/interfaces.c \
	goop-discoveryd/mdns/mdns_io.c \
	goop-discoveryd/mdns/mdns_socket.c

# peers/: the peer table and what decides about one peer: sources,
# reachability, dialling, the cache. Bookkeeping without I/O but for the
# cache.
SRC_goop-discoveryd += \
	goop-discoveryd/peers/dialer.c \
	goop-discoveryd/peers/gossip_filter.c \
	goop-discoveryd/peers/peer_cache.c \
	goop-discoveryd/peers/peer_row.c \
	goop-discoveryd/peers/peer_sources.c \
	goop-discoveryd/peers/peer_table.c \
	goop-discoveryd/peers/peer_ways.c \
	goop-discoveryd/peers/reachability.c

# rendezvous/: the client of rendezvous servers. From outside:
# rendezvous_client.h.
SRC_goop-discoveryd += \
	goop-discoveryd/rendezvous/own_address.c \
	goop-discoveryd/rendezvous/rendezvous_client.c \
	goop-discoveryd/rendezvous/rendezvous_server.c \
	goop-discoveryd/rendezvous/server_backoff.c \
	goop-discoveryd/rendezvous/server_filter.c \
	goop-discoveryd/rendezvous/server_plan.c \
	goop-discoveryd/rendezvous/server_publish.c \
	goop-discoveryd/rendezvous/server_refusal.c \
	goop-discoveryd/rendezvous/server_relay.c \
	goop-discoveryd/rendezvous/server_row.c \
	goop-discoveryd/rendezvous/server_stream.c \
	goop-discoveryd/rendezvous/server_trial.c
LIBS_goop-discoveryd := http_client resolver daemon bus config presence libp2p http proto base
LDLIBS_goop-discoveryd := -lldns -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-lwslay -lssl -lcrypto -levent_core -lpthread
