package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.IOException;
import java.io.OutputStream;

/** Compresses the JSON that resources answer with, where the client takes it: lists above all. */
@Provider
public class CompressedJson implements WriterInterceptor {

    @Context
    private HttpServletRequest request;

    @Override
    public void aroundWriteTo(WriterInterceptorContext answer) throws IOException {
        boolean isShort = answer.getEntity() instanceof String text && !Compression.isWorthIt(text.length())
                || answer.getEntity() instanceof byte[] bytes && !Compression.isWorthIt(bytes.length);
        if (isShort || !isJson(answer.getMediaType()) || !Compression.isAccepted(request)) {
            answer.proceed();
            return;
        }
        answer.getHeaders().putSingle("Content-Encoding", "gzip");
        OutputStream plain = answer.getOutputStream();
        OutputStream compressing = Compression.stream(plain);
        answer.setOutputStream(compressing);
        try {
            answer.proceed();
        } finally {
            compressing.close();
            answer.setOutputStream(plain);
        }
    }

    private static boolean isJson(MediaType type) {
        return type != null
                && (type.getSubtype().equals("json")
                        || type.getSubtype().endsWith("+json")
                        || type.getSubtype().equals("x-ndjson"));
    }
}
