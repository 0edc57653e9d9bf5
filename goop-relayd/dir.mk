PROGRAMS += goop-relayd
# the daemon: main() and its phases; which peers it serves; under which
# addresses it is reached; how a peer is asked to renew its place. The relay itself is common/libp2p/relay/.
SRC_goop-relayd := \
	goop-relayd/known_peers.c \
	goop-relayd/main.c \
	goop-relayd/pulse.c \
	goop-relayd/public_addresses.c \
	goop-relayd/relay_handlers.c \
	goop-relayd/relayd.c
LIBS_goop-relayd := resolver daemon bus config http identity libp2p proto base
LDLIBS_goop-relayd := -lprotobuf-c -lcrypto -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -levent_core -lpthread
