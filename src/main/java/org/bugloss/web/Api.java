package org.bugloss.web;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The REST interface: every resource of the WAR, below {@code /api}. */
@ApplicationPath("/api")
public class Api extends Application {}
