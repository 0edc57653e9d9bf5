LIBRARIES += daemon
SRC_daemon := \
	common/bus/bus.c \
	common/bus/bus_client.c \
	common/bus/bus_frame.c \
	common/bus/bus_link.c \
	common/bus/bus_publish.c \
	common/bus/bus_server.c \
	common/bus/bus_socket.c \
	common/bus/bus_subscribe.c \
	common/config/config.c \
	common/config/config_apply.c \
	common/config/config_change.c \
	common/config/config_keys.c \
	common/config/config_tree.c \
	common/config/config_values.c \
	common/config/config_yaml.c \
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
