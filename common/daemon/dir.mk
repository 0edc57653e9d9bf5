LIBRARIES += daemon
SRC_daemon := \
	common/daemon/bus.c \
	common/daemon/bus_client.c \
	common/daemon/bus_frame.c \
	common/daemon/bus_link.c \
	common/daemon/bus_publish.c \
	common/daemon/bus_server.c \
	common/daemon/bus_socket.c \
	common/daemon/bus_subscribe.c
