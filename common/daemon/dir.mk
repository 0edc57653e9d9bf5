LIBRARIES += daemon
SRC_daemon := \
	common/daemon/bus.c \
	common/daemon/bus_client.c \
	common/daemon/bus_frame.c \
	common/daemon/bus_link.c \
	common/daemon/bus_publish.c \
	common/daemon/bus_server.c \
	common/daemon/bus_socket.c \
	common/daemon/bus_subscribe.c \
	common/daemon/config.c \
	common/daemon/config_apply.c \
	common/daemon/config_change.c \
	common/daemon/config_keys.c \
	common/daemon/config_tree.c \
	common/daemon/config_values.c \
	common/daemon/config_yaml.c \
	common/daemon/daemon.c \
	common/daemon/daemon_log.c \
	common/daemon/daemon_setup.c \
	common/daemon/daemon_status.c \
	common/daemon/notify.c \
	common/daemon/run_directory.c \
	common/daemon/sandbox.c \
	common/daemon/sandbox_calls.c \
	common/daemon/sandbox_files.c \
	common/daemon/stream_ticket.c
