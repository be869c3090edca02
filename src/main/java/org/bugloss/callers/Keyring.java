package org.bugloss.callers;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;

/**
 * The public keys of an issuer (RFC 7517), and which of them may have signed what. Immutable.
 *
 * @param keys those that can be read; what kind each is for is judged when it is asked for
 */
record Keyring(List<JWK> keys) {

    /** Nothing symmetric, where who can check can also sign, and nothing that proves nothing. */
    static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256, JWSAlgorithm.EdDSA);

    /** NIST SP 800-131A: shorter keys may not sign any more. */
    private static final int SHORTEST_RSA = 2048;

    private static final int MOST_KEYS = 100;

    /** RFC 8410, 4: what stands before the 32 bytes of an Ed25519 key. The library's own way needs another library. */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    /** Reads a set of keys; those that cannot be read are as good as not there: they may be of a kind that is new. */
    static Keyring of(Claims document) {
        if (!(document.members().get("keys") instanceof List<?> all)) {
            throw new FetchException(FailureReason.UNEXPECTED_ANSWER, "its set of keys has no keys");
        }
        List<JWK> keys = new ArrayList<>();
        for (Object one : all.subList(0, Math.min(all.size(), MOST_KEYS))) {
            if (one instanceof Map<?, ?> members) {
                read(members).ifPresent(keys::add);
            }
        }
        return new Keyring(List.copyOf(keys));
    }

    /**
     * The key that a header asks for: of that {@code kid}, of the algorithm's kind, and for signatures. Where the header has no
     * {@code kid}, the only one of the kind.
     */
    Optional<JWK> key(JWSHeader header) {
        List<JWK> fitting = keys.stream()
                .filter(key -> header.getKeyID() == null || header.getKeyID().equals(key.getKeyID()))
                .filter(key -> fits(key, header.getAlgorithm()))
                .toList();
        return fitting.size() == 1 || header.getKeyID() != null
                ? fitting.stream().findFirst()
                : Optional.empty();
    }

    /** Whether the key signed the token. */
    static boolean isSigned(JWSObject token, JWK key) {
        try {
            JWSHeader header = token.getHeader();
            if (key.getKeyType().equals(KeyType.RSA)) {
                return new RSASSAVerifier(key.toRSAKey()).verify(header, token.getSigningInput(), token.getSignature());
            }
            if (key.getKeyType().equals(KeyType.EC)) {
                return new ECDSAVerifier(key.toECKey()).verify(header, token.getSigningInput(), token.getSignature());
            }
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(ed25519(key.toOctetKeyPair().getDecodedX()));
            signature.update(token.getSigningInput());
            return signature.verify(token.getSignature().decode());
        } catch (JOSEException | GeneralSecurityException e) {
            return false; // a signature of another form, or a key that is none
        }
    }

    private static boolean fits(JWK key, JWSAlgorithm algorithm) {
        boolean isForSignatures = (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY))
                && (key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm));
        return isForSignatures && isOfItsKind(key, algorithm);
    }

    private static boolean isOfItsKind(JWK key, JWSAlgorithm algorithm) {
        if (JWSAlgorithm.Family.RSA.contains(algorithm)) {
            return key.getKeyType().equals(KeyType.RSA) && key.size() >= SHORTEST_RSA;
        }
        if (algorithm.equals(JWSAlgorithm.ES256)) {
            return key.getKeyType().equals(KeyType.EC)
                    && key.toECKey().getCurve().equals(Curve.P_256);
        }
        return algorithm.equals(JWSAlgorithm.EdDSA)
                && key.getKeyType().equals(KeyType.OKP)
                && key.toOctetKeyPair().getCurve().equals(Curve.Ed25519);
    }

    private static PublicKey ed25519(byte[] x) throws GeneralSecurityException {
        byte[] encoded = new byte[ED25519.length + x.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(x, 0, encoded, ED25519.length, x.length);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    @SuppressWarnings("unchecked") // The names of JSON members are strings.
    private static Optional<JWK> read(Map<?, ?> members) {
        try {
            return Optional.of(JWK.parse((Map<String, Object>) members));
        } catch (ParseException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
