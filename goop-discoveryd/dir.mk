PROGRAMS += goop-discoveryd
SRC_goop-discoveryd := \
	goop-discoveryd/dialer.c \
	goop-discoveryd/discovery.c \
	goop-discoveryd/discovery_calls.c \
	goop-discoveryd/discovery_goopd.c \
	goop-discoveryd/discovery_peers.c \
	goop-discoveryd/discovery_wan.c \
	goop-discoveryd/goopd_link.c \
	goop-discoveryd/herald.c \
	goop-discoveryd/links.c \
	goop-discoveryd/main.c \
	goop-discoveryd/mdns_io.c \
	goop-discoveryd/mdns_socket.c \
	goop-discoveryd/peer_addresses.c \
	goop-discoveryd/peer_cache.c \
	goop-discoveryd/peer_table.c \
	goop-discoveryd/peer_words.c \
	goop-discoveryd/presence_guard.c \
	goop-discoveryd/reach.c \
	goop-discoveryd/row_change.c \
	goop-discoveryd/wan.c \
	goop-discoveryd/wan_address.c \
	goop-discoveryd/wan_backoff.c \
	goop-discoveryd/wan_connect.c \
	goop-discoveryd/wan_dial.c \
	goop-discoveryd/wan_events.c \
	goop-discoveryd/wan_exchange.c \
	goop-discoveryd/wan_guard.c \
	goop-discoveryd/wan_plain.c \
	goop-discoveryd/wan_proxy.c \
	goop-discoveryd/wan_publish.c \
	goop-discoveryd/wan_refusal.c \
	goop-discoveryd/wan_row.c \
	goop-discoveryd/wan_server.c \
	goop-discoveryd/wan_server_say.c \
	goop-discoveryd/wan_server_try.c \
	goop-discoveryd/wan_stream.c \
	goop-discoveryd/wan_tls.c \
	goop-discoveryd/wan_websocket.c \
	goop-discoveryd/wan_word.c
LIBS_goop-discoveryd := daemon presence libp2p http proto base
LDLIBS_goop-discoveryd := -lldns -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-lwslay -levent_openssl -lssl -lcrypto -levent_core -lpthread
