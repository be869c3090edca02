package org.bugloss.web;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The REST API, below the context. */
@ApplicationPath("/api")
public class BuglossApplication extends Application {}
