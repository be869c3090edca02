package org.bugloss.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Finds the addresses of a host name. May block, for as long as the system's resolver does.
 */
@FunctionalInterface
public interface Resolver {

    /** The system's. */
    Resolver SYSTEM = name -> List.of(InetAddress.getAllByName(name));

    /**
     * @param name an ASCII host name, never an address
     * @return at least one address, in the order in which they are to be tried
     * @throws UnknownHostException where there is none
     */
    List<InetAddress> resolve(String name) throws UnknownHostException;
}
