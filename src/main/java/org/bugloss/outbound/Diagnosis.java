package org.bugloss.outbound;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import java.util.zip.ZipException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.TruncatedChunkException;

/**
 * Says what an exception of the network means, in words for the person who must act. The messages of the exceptions are
 * not passed on: they hold addresses, and sometimes what the server sent.
 */
final class Diagnosis {

    private Diagnosis() {}

    /**
     * @param host whom it happened with
     * @param deadline what passed explains everything else
     */
    static FetchException of(IOException problem, String host, Deadline deadline) {
        if (deadline.passed()) {
            return timeout(host + " did not answer completely within " + seconds(deadline), problem);
        }
        // The pool's own clock knows milliseconds only, and may be ahead of the deadline by one.
        if (problem instanceof ConnectionRequestTimeoutException || problem.getCause() instanceof TimeoutException) {
            return timeout("too many requests are under way: no connection to " + host + " became free", problem);
        }
        if (problem instanceof ConnectTimeoutException) {
            return timeout(host + " did not accept a connection in time", problem);
        }
        if (problem instanceof SocketTimeoutException) {
            return timeout(host + " stopped answering", problem);
        }
        if (problem instanceof SSLException) {
            return new FetchException(FailureReason.TLS, tls(problem, host), problem);
        }
        if (problem instanceof UnknownHostException) {
            return new FetchException(FailureReason.DNS, "the host " + host + " is not known", problem);
        }
        if (problem instanceof ConnectException) {
            return connect(host + " does not accept connections", problem);
        }
        if (problem instanceof NoRouteToHostException) {
            return connect(host + " cannot be reached", problem);
        }
        if (problem instanceof NoHttpResponseException) {
            return connect(host + " closed the connection without an answer", problem);
        }
        if (problem instanceof ConnectionClosedException
                || problem instanceof TruncatedChunkException
                || problem instanceof EOFException
                || problem instanceof SocketException) {
            return connect(host + " broke off the connection before the answer was complete", problem);
        }
        if (problem instanceof InterruptedIOException) {
            return connect("the request to " + host + " was interrupted", problem);
        }
        if (problem instanceof ZipException) {
            return unexpected("the answer of " + host + " cannot be decompressed", problem);
        }
        if (problem instanceof MessageConstraintException) {
            return unexpected("the answer of " + host + " has too many headers or too long ones", problem);
        }
        if (problem instanceof ClientProtocolException || problem instanceof MalformedChunkCodingException) {
            return unexpected("the answer of " + host + " is not valid HTTP", problem);
        }
        return unexpected("the answer of " + host + " could not be read", problem);
    }

    static String seconds(Deadline deadline) {
        double seconds = deadline.allowed().toMillis() / 1000.0;
        return (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds)) + " s";
    }

    private static String tls(IOException problem, String host) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return "the certificate of " + host
                        + " is not valid for it or not signed by an authority that is trusted"
                        + " (bugloss.outbound.truststore)";
            }
        }
        return "no secure connection to " + host + " could be made";
    }

    private static FetchException timeout(String message, IOException problem) {
        return new FetchException(FailureReason.TIMEOUT, message, problem);
    }

    private static FetchException connect(String message, IOException problem) {
        return new FetchException(FailureReason.CONNECT, message, problem);
    }

    private static FetchException unexpected(String message, IOException problem) {
        return new FetchException(FailureReason.UNEXPECTED_ANSWER, message, problem);
    }
}
