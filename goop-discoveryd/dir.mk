PROGRAMS += goop-discoveryd
SRC_goop-discoveryd := \
	goop-discoveryd/announce_timer.c \
	goop-discoveryd/discovery.c \
	goop-discoveryd/discovery_handlers.c \
	goop-discoveryd/goopd_events.c \
	goop-discoveryd/goopd_session.c \
	goop-discoveryd/main.c \
	goop-discoveryd/mdns/interfaces.c \
	goop-discoveryd/mdns/mdns_io.c \
	goop-discoveryd/mdns/mdns_socket.c \
	goop-discoveryd/peer_events.c \
	goop-discoveryd/peers/dialer.c \
	goop-discoveryd/peers/gossip_filter.c \
	goop-discoveryd/peers/peer_addresses.c \
	goop-discoveryd/peers/peer_cache.c \
	goop-discoveryd/peers/peer_row.c \
	goop-discoveryd/peers/peer_sources.c \
	goop-discoveryd/peers/peer_table.c \
	goop-discoveryd/peers/reachability.c \
	goop-discoveryd/rendezvous/announcement.c \
	goop-discoveryd/rendezvous/rendezvous_client.c \
	goop-discoveryd/rendezvous/rendezvous_server.c \
	goop-discoveryd/rendezvous/rendezvous_server_connect.c \
	goop-discoveryd/rendezvous/rendezvous_server_publish.c \
	goop-discoveryd/rendezvous/server_backoff.c \
	goop-discoveryd/rendezvous/server_filter.c \
	goop-discoveryd/rendezvous/server_publish.c \
	goop-discoveryd/rendezvous/server_refusal.c \
	goop-discoveryd/rendezvous/server_row.c \
	goop-discoveryd/rendezvous/server_stream.c \
	goop-discoveryd/rendezvous/wan_address.c \
	goop-discoveryd/rendezvous/wan_connect.c \
	goop-discoveryd/rendezvous/wan_dial.c \
	goop-discoveryd/rendezvous/wan_events.c \
	goop-discoveryd/rendezvous/wan_exchange.c \
	goop-discoveryd/rendezvous/wan_plain.c \
	goop-discoveryd/rendezvous/wan_proxy.c \
	goop-discoveryd/rendezvous/wan_tls.c \
	goop-discoveryd/rendezvous/wan_websocket.c \
	goop-discoveryd/rendezvous_events.c
LIBS_goop-discoveryd := daemon presence libp2p http proto base
LDLIBS_goop-discoveryd := -lldns -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-lwslay -levent_openssl -lssl -lcrypto -levent_core -lpthread
