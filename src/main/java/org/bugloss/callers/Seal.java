package org.bugloss.callers;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Seals what a browser keeps for us, so that nobody reads, makes or changes it who has no key: JWE with {@code dir} and
 * {@code A256GCM} (RFC 7516, 7518). Thread-safe.
 */
final class Seal {

    /** Longer than any of ours. */
    private static final int LONGEST = 4096;

    /** Of the key of 256 bits. */
    private static final int KEY_BYTES = 32;

    private final List<byte[]> keys;

    /** @param keys of 32 bytes: the first seals, all open; where there are none, one is made up */
    Seal(List<byte[]> keys) {
        this.keys = keys.isEmpty() ? List.of(random()) : List.copyOf(keys);
    }

    /**
     * Seals members of a JSON object.
     *
     * @param kind what it is for: what is sealed for one use opens for no other
     */
    String seal(String kind, Map<String, Object> members) {
        JWEHeader header = new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM)
                .type(new JOSEObjectType(kind))
                .build();
        JWEObject sealed = new JWEObject(header, new Payload(members));
        try {
            sealed.encrypt(new DirectEncrypter(keys.get(0)));
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has AES with GCM", e);
        }
        return sealed.serialize();
    }

    /** What was sealed with one of the keys for this use; empty for anything else. */
    Optional<Claims> open(String kind, String sealed) {
        if (sealed.length() > LONGEST) {
            return Optional.empty();
        }
        for (byte[] key : keys) {
            try {
                JWEObject one = JWEObject.parse(sealed);
                JWEHeader header = one.getHeader();
                if (!header.getAlgorithm().equals(JWEAlgorithm.DIR)
                        || !header.getEncryptionMethod().equals(EncryptionMethod.A256GCM)
                        || header.getType() == null
                        || !header.getType().getType().equals(kind)) {
                    return Optional.empty();
                }
                one.decrypt(new DirectDecrypter(key));
                return Optional.ofNullable(one.getPayload().toJSONObject()).map(Claims::new);
            } catch (ParseException e) {
                return Optional.empty();
            } catch (JOSEException | RuntimeException e) {
                // another key may open it
            }
        }
        return Optional.empty();
    }

    private static byte[] random() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }
}
