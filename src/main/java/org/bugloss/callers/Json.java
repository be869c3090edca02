package org.bugloss.callers;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Map;
import org.bugloss.outbound.Exchange;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundRequest;

/** JSON objects of issuers, read within bounds. */
final class Json {

    /** A set of keys with certificates in it has some 10 kB. */
    static final int MOST_BYTES = 256 * 1024;

    private Json() {}

    /** The object that is at an address. */
    static Claims at(URI address, OutboundClient client) {
        OutboundRequest request = OutboundRequest.get(address, MOST_BYTES).withHeader("Accept", "application/json");
        return client.exchange(request, answer -> {
            if (answer.status() != 200) {
                throw new FetchException(
                        FailureReason.ofStatus(answer.status()), address + " answers with status " + answer.status());
            }
            return new Claims(read(answer));
        });
    }

    /** The body of an answer. */
    static Map<String, Object> read(Exchange answer) throws IOException {
        String text = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!answer.cut()) {
                return JSONObjectUtils.parse(text);
            }
        } catch (ParseException e) {
            // said below, as for an answer that is too long
        }
        throw new FetchException(
                FailureReason.UNEXPECTED_ANSWER,
                answer.uri().getHost() + " answers with no JSON object of at most " + MOST_BYTES + " bytes");
    }
}
