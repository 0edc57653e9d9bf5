# bus: how daemons talk: requests and events over ZeroMQ. From outside: bus.h.
LIBRARIES += bus
SRC_bus := \
	common/bus/bus.c \
	common/bus/bus_client.c \
	common/bus/bus_frame.c \
	common/bus/bus_server.c \
	common/bus/bus_socket.c
