package org.bugloss.trackers;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the hooks of a system prove themselves with: the key of a signature, a token or a password. Immutable. Nothing shows what
 * it is, and whatever is compared with it takes the same time however much of it is right.
 */
public final class HookSecret {

    /** Of Standard Webhooks, and of GitLab's signing tokens: what comes behind it is the key in Base64. */
    private static final String STANDARD = "whsec_";

    private final byte[] text;

    /**
     * @param text the secret as the tracker has it
     * @throws IllegalArgumentException where it is empty: anybody can sign with an empty key
     */
    public HookSecret(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an empty secret proves nothing");
        }
        this.text = text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether this text is the secret. */
    public boolean is(String candidate) {
        return MessageDigest.isEqual(text, candidate.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether this is a key of Standard Webhooks, which signs and is never sent. */
    boolean isOfStandard() {
        return new String(text, StandardCharsets.UTF_8).startsWith(STANDARD);
    }

    /** The signature of some bytes, by an algorithm as {@link Mac} names it. */
    byte[] sign(String algorithm, byte[]... message) {
        return sign(text, algorithm, message);
    }

    /** The signature as Standard Webhooks has it; empty where this is no such key. */
    Optional<byte[]> signAsStandard(byte[]... message) {
        if (!isOfStandard()) {
            return Optional.empty();
        }
        try {
            byte[] key =
                    Base64.getDecoder().decode(new String(text, StandardCharsets.UTF_8).substring(STANDARD.length()));
            return key.length == 0 ? Optional.empty() : Optional.of(sign(key, "HmacSHA256", message));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] sign(byte[] key, String algorithm, byte[]... message) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            for (byte[] part : message) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    /** Never the secret, so that no log line and no message can hold it. */
    @Override
    public String toString() {
        return "HookSecret[given]";
    }
}
