// SPDX-License-Identifier: MIT

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.sts.StsClient;

/** A client that uses the Java SDK: see clients.py. */
final class Client {
    private Client() {
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static String ask(StsClient sts) {
        try {
            return "{\"arn\": " + quoted(sts.getCallerIdentity().arn()) + "}";
        } catch (SdkException error) {
            return "{\"error\": " + quoted(error.toString()) + "}";
        }
    }

    public static void main(String[] args) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (StsClient sts = StsClient.builder()
                .endpointOverride(URI.create(System.getenv("STS_URL")))
                .httpClient(UrlConnectionHttpClient.create())
                .overrideConfiguration(
                        config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build()) {
            while (lines.readLine() != null) {
                System.out.println(ask(sts));
            }
        }
    }
}
