# daemon: the frame that all daemons share. From outside: daemon.h, sandbox.h,
# notify.h, local_stream_reader.h.
LIBRARIES += daemon
SRC_daemon := \
	common/daemon/daemon.c \
	common/daemon/daemon_log.c \
	common/daemon/daemon_settings.c \
	common/daemon/daemon_setup.c \
	common/daemon/daemon_status.c \
	common/daemon/local_stream_reader.c \
	common/daemon/notify.c \
	common/daemon/run_directory.c \
	common/daemon/sandbox.c
