PROGRAMS += goop-discoveryd
SRC_goop-discoveryd := \
	goop-discoveryd/dialer.c \
	goop-discoveryd/discovery.c \
	goop-discoveryd/discovery_calls.c \
	goop-discoveryd/discovery_goopd.c \
	goop-discoveryd/discovery_peers.c \
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
	goop-discoveryd/wan_guard.c
LIBS_goop-discoveryd := daemon presence libp2p proto base
LDLIBS_goop-discoveryd := -lldns -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-levent_core -lpthread
