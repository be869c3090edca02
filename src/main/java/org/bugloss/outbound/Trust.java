package org.bugloss.outbound;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Which certificate authorities are trusted. */
final class Trust {

    private Trust() {}

    /**
     * The JVM's authorities, and those of a truststore beside them: whoever runs a tracker with a private authority still
     * wants github.com to work.
     *
     * @param truststore a PKCS#12 or JKS file, or {@code null}
     * @param password its password, or {@code null} to read it unchecked
     * @throws IllegalArgumentException where the file cannot be read or holds no certificate: one line, no password
     */
    static SSLContext context(@Nullable Path truststore, @Nullable String password) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, truststore == null ? null : managers(both(truststore, password)), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM cannot do TLS", e);
        }
    }

    static KeyStore both(Path truststore, @Nullable String password) throws GeneralSecurityException {
        KeyStore both = emptyStore();
        int number = 0;
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager x509) {
                for (X509Certificate authority : x509.getAcceptedIssuers()) {
                    both.setCertificateEntry("jvm-" + number++, authority);
                }
            }
        }
        int before = number;
        try {
            KeyStore own = KeyStore.getInstance(truststore.toFile(), password == null ? null : password.toCharArray());
            for (String alias : Collections.list(own.aliases())) {
                Certificate certificate = own.getCertificate(alias);
                if (certificate != null) {
                    both.setCertificateEntry("own-" + number++, certificate);
                }
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + truststore + "' cannot be read; allowed is a PKCS#12 or JKS file, with its password", e);
        }
        if (number == before) {
            throw new IllegalArgumentException("'" + truststore + "' holds no certificate that can be read without its"
                    + " password; allowed is a PKCS#12 or JKS file, with its password");
        }
        return both;
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return store;
    }

    private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
