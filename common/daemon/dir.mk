LIBRARIES += daemon
SRC_daemon := \
	common/daemon/bus.c
