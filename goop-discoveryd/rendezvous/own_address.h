/* own_address: whether a connection can still work after the network changed.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_OWN_ADDRESS_H
#define GOOP_DISCOVERYD_RENDEZVOUS_OWN_ADDRESS_H

#include <stdbool.h>

/* Is the local address of this socket still one of this machine's? */
bool own_address_is_there(int fd);

#endif
