/*
 * notify: the sd_notify datagram (sd_notify(3)): readiness, status, watchdog,
 * to systemd or to goop2 alike. Does nothing without a NOTIFY_SOCKET.
 */
#ifndef COMMON_DAEMON_NOTIFY_H
#define COMMON_DAEMON_NOTIFY_H

#include <stdint.h>

/* Take NOTIFY_SOCKET and WATCHDOG_USEC from the environment and out of it. */
void notify_open(void);
void notify_ready(void);
void notify_stopping(void);
void notify_status(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void notify_watchdog(void);

/* How often the watchdog wants to hear us: half its limit; 0: it is off. */
int64_t notify_watchdog_period_ms(void);

#endif
