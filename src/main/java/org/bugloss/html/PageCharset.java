package org.bugloss.html;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out in which character set a page is written, and decodes it.
 *
 * <p>The order is that of the <a href="https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding">
 * HTML standard, "Determining the character encoding"</a>: byte order mark, {@code Content-Type} header, a
 * {@code meta} that a parser meets in the head, what a prescan of the first 1024 bytes takes for one, the XML
 * declaration. Where all are silent: UTF-8 if the bytes are valid UTF-8 or all but are, else windows-1252, as most
 * browsers guess.
 *
 * <p>In one thing it differs. Pages are re-encoded by proxies and archives, and by editors, which leave a {@code meta}
 * behind that is no longer true. Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever a {@code meta} says: other
 * character sets all but never look so by accident. The header and the byte order mark are believed.
 */
final class PageCharset {

    /** How far the standard's prescan looks. */
    private static final int PRESCAN_BYTES = 1024;

    /**
     * How many characters beyond ASCII must be well-formed UTF-8 before a {@code meta} is disbelieved: a word or two of
     * GBK can pass for UTF-8 by accident.
     */
    private static final int CONVINCING = 4;

    /** In a silent page, of so many well-formed characters one may be broken: cut by whoever put the page together. */
    private static final int TO_ONE_BROKEN = 20;

    /** Elements whose content is text to a parser that runs scripts, or is not of the page. */
    private static final List<String> TEXT_ELEMENTS =
            List.of("script", "style", "title", "textarea", "noscript", "template", "iframe", "noframes", "xmp");

    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    /**
     * The labels of the <a href="https://encoding.spec.whatwg.org/#names-and-labels">Encoding standard</a>, behind the
     * Java charset that decodes them. Java's own names are not used: to Java, {@code latin1} is not windows-1252 and
     * {@code shift_jis} lacks the characters that Windows added. Encodings that Java lacks, and those that the standard
     * replaces because they are dangerous ({@code hz-gb-2312}, {@code iso-2022-kr}), are not here.
     */
    private static final Map<String, Charset> LABELS = labels("""
            UTF-8: unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8
            IBM866: 866 cp866 csibm866 ibm866
            ISO-8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
            ISO-8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
            ISO-8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
            ISO-8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
            ISO-8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e\
             iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
            ISO-8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597\
             iso_8859-7 iso_8859-7:1987 sun_eu_greek
            ISO-8859-8: csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598\
             iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical
            ISO-8859-13: iso-8859-13 iso8859-13 iso885913
            ISO-8859-15: csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
            ISO-8859-16: iso-8859-16
            KOI8-R: cskoi8r koi koi8 koi8-r koi8_r
            KOI8-U: koi8-ru koi8-u
            x-MacRoman: csmacintosh mac macintosh x-mac-roman
            x-windows-874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
            windows-1250: cp1250 windows-1250 x-cp1250
            windows-1251: cp1251 windows-1251 x-cp1251
            windows-1252: ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591\
             iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252
            windows-1253: cp1253 windows-1253 x-cp1253
            windows-1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5\
             latin5 windows-1254 x-cp1254
            windows-1255: cp1255 windows-1255 x-cp1255
            windows-1256: cp1256 windows-1256 x-cp1256
            windows-1257: cp1257 windows-1257 x-cp1257
            windows-1258: cp1258 windows-1258 x-cp1258
            x-MacUkraine: x-mac-cyrillic x-mac-ukrainian
            GB18030: chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030
            Big5-HKSCS: big5 big5-hkscs cn-big5 csbig5 x-x-big5
            x-eucJP-Open: cseucpkdfmtjapanese euc-jp x-euc-jp
            ISO-2022-JP: csiso2022jp iso-2022-jp
            windows-31j: csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis
            x-windows-949: cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601\
             windows-949 ks_c_5601
            UTF-16BE: unicodefffe utf-16be
            UTF-16LE: csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le
            """);

    private final byte[] bytes;
    private final int length;
    private final boolean asParsed;
    private int position;

    /** @param asParsed whether the content of scripts and the like is passed over, as the prescan does not */
    private PageCharset(byte[] bytes, int length, boolean asParsed) {
        this.bytes = bytes;
        this.length = length;
        this.asParsed = asParsed;
    }

    /**
     * The text that the first {@code length} bytes are. Malformed bytes become U+FFFD; a character that the end of the
     * bytes cuts in two is left out. The byte order mark is not part of the text.
     *
     * @param contentType the {@code Content-Type} header, where there was one
     */
    static String decode(byte[] bytes, int length, Optional<String> contentType) {
        Charset charset = of(bytes, length, contentType);
        int start = markLength(bytes, length);
        if (charset.equals(StandardCharsets.UTF_8)) {
            // Most pages are, and this takes a tenth of the time.
            return new String(bytes, start, wholeCharacters(bytes, start, length) - start, charset);
        }
        CharBuffer text = CharBuffer.allocate(
                (int) Math.ceil((length - start) * (double) charset.newDecoder().maxCharsPerByte()) + 1);
        // Not the end of the input: a cut character then stays in the buffer instead of becoming U+FFFD.
        charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .decode(ByteBuffer.wrap(bytes, start, length - start), text, false);
        return text.flip().toString();
    }

    /** The end of the last UTF-8 character that the end of the bytes does not cut. */
    private static int wholeCharacters(byte[] bytes, int start, int end) {
        for (int i = 1; i < 4 && end - i >= start; i++) {
            int b = bytes[end - i] & 0xFF;
            if (b < 0x80 || b > 0xF4) {
                return end;
            }
            if (b >= 0xC2) {
                int needed = b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
                return needed > i ? end - i : end;
            }
        }
        return end;
    }

    /** The character set of a page of which {@code length} bytes have been read. */
    static Charset of(byte[] bytes, int length, Optional<String> contentType) {
        int mark = markLength(bytes, length);
        if (mark == 3) {
            return StandardCharsets.UTF_8;
        }
        if (mark == 2) {
            return bytes[0] == (byte) 0xFE ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
        }
        Optional<Charset> sent = contentType.flatMap(PageCharset::charsetIn);
        if (sent.isPresent()) {
            return sent.get();
        }
        // "<?x" in two-byte units, as the standard's prescan begins.
        if (startsWith(bytes, length, "\0<\0?\0x")) {
            return StandardCharsets.UTF_16BE;
        }
        if (startsWith(bytes, length, "<\0?\0x\0")) {
            return StandardCharsets.UTF_16LE;
        }
        Optional<Charset> declared = inHead(bytes, length)
                .or(() -> new PageCharset(bytes, Math.min(length, PRESCAN_BYTES), false).prescan())
                .or(() -> xmlDeclaration(bytes, Math.min(length, PRESCAN_BYTES)));
        Utf8 read = Utf8.read(bytes, length);
        if (declared.isPresent()) {
            return read.broken == 0 && read.wide >= CONVINCING ? StandardCharsets.UTF_8 : declared.get();
        }
        boolean utf8 = read.broken == 0 || read.wide >= CONVINCING && read.wide >= TO_ONE_BROKEN * read.broken;
        return utf8 ? StandardCharsets.UTF_8 : WINDOWS_1252;
    }

    /** As a browser's parser meets it, which then begins anew: anywhere in the head, but not in the text of a script. */
    private static Optional<Charset> inHead(byte[] bytes, int length) {
        int head = new HeadEnd().find(bytes, length);
        return new PageCharset(bytes, head < 0 ? length : head, true).prescan();
    }

    /** The character set that a label of the Encoding standard stands for. */
    static Optional<Charset> forLabel(String label) {
        return Optional.ofNullable(LABELS.get(label.strip().toLowerCase(Locale.ROOT)));
    }

    private static Map<String, Charset> labels(String table) {
        Map<String, Charset> labels = new HashMap<>();
        table.lines().forEach(line -> {
            int colon = line.indexOf(": ");
            String name = line.substring(0, colon);
            // A trimmed Java runtime may lack the module of the rarer ones: then they are unknown, no more.
            if (Charset.isSupported(name)) {
                for (String label : line.substring(colon + 2).split(" ", -1)) {
                    labels.put(label, Charset.forName(name));
                }
            }
        });
        return Map.copyOf(labels);
    }

    private static int markLength(byte[] bytes, int length) {
        if (startsWith(bytes, length, "\u00EF\u00BB\u00BF")) {
            return 3;
        }
        return startsWith(bytes, length, "\u00FE\u00FF") || startsWith(bytes, length, "\u00FF\u00FE") ? 2 : 0;
    }

    private static boolean startsWith(byte[] bytes, int length, String latin1) {
        if (length < latin1.length()) {
            return false;
        }
        for (int i = 0; i < latin1.length(); i++) {
            if ((bytes[i] & 0xFF) != latin1.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** What bytes are when they are read as UTF-8: characters beyond ASCII, and sequences that are none. */
    private static final class Utf8 {

        private int wide;
        private int broken;

        /** A cut at the end is not counted. */
        static Utf8 read(byte[] bytes, int length) {
            Utf8 counted = new Utf8();
            CharBuffer scratch = CharBuffer.allocate(8192);
            ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
            var decoder = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
            while (true) {
                var result = decoder.decode(in, scratch, false);
                scratch.flip();
                while (scratch.hasRemaining()) {
                    if (scratch.get() > 0x7F) {
                        counted.wide++;
                    }
                }
                scratch.clear();
                if (result.isUnderflow()) {
                    return counted;
                }
                if (result.isError()) {
                    counted.broken++;
                    in.position(in.position() + result.length());
                }
            }
        }
    }

    /** "Get an XML encoding" of the standard. */
    private static Optional<Charset> xmlDeclaration(byte[] bytes, int length) {
        if (!startsWith(bytes, length, "<?xml")) {
            return Optional.empty();
        }
        String head = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        int end = head.indexOf('>');
        int encoding = head.indexOf("encoding");
        if (encoding < 0 || encoding > end) {
            return Optional.empty();
        }
        return valueAfterEquals(head.substring(encoding + "encoding".length(), end), true)
                .flatMap(PageCharset::forLabel)
                .map(PageCharset::notUtf16);
    }

    /**
     * "Extracting a character encoding from a meta element" of the standard, which serves for the header as well.
     *
     * @param contentType such as {@code text/html; charset="utf-8"}
     */
    private static Optional<Charset> charsetIn(String contentType) {
        String lower = contentType.toLowerCase(Locale.ROOT);
        for (int at = lower.indexOf("charset"); at >= 0; at = lower.indexOf("charset", at + 1)) {
            Optional<String> label = valueAfterEquals(contentType.substring(at + "charset".length()), false);
            if (label.isPresent()) {
                return forLabel(label.get());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> valueAfterEquals(String text, boolean onlyQuoted) {
        String rest = text.stripLeading();
        if (!rest.startsWith("=")) {
            return Optional.empty();
        }
        rest = rest.substring(1).stripLeading();
        if (rest.startsWith("\"") || rest.startsWith("'")) {
            int end = rest.indexOf(rest.charAt(0), 1);
            return end < 0 ? Optional.empty() : Optional.of(rest.substring(1, end));
        }
        return onlyQuoted || rest.isEmpty() ? Optional.empty() : Optional.of(rest.split("[\\s;]", 2)[0]);
    }

    /** A meta that can be read as ASCII cannot be right about UTF-16. */
    private static Charset notUtf16(Charset declared) {
        return declared.equals(StandardCharsets.UTF_16BE) || declared.equals(StandardCharsets.UTF_16LE)
                ? StandardCharsets.UTF_8
                : declared;
    }

    /** "Prescan a byte stream to determine its encoding" of the standard. */
    private Optional<Charset> prescan() {
        while (position < length) {
            if (bytes[position] != '<') {
                position++;
            } else if (at("<!--")) {
                skipTo("-->", position + 2);
            } else if (at("<meta") && isSpaceOrSlash(position + 5)) {
                position += 6;
                Optional<Charset> declared = meta();
                if (declared.isPresent()) {
                    return declared;
                }
            } else if (isTag()) {
                Optional<String> text = textElement();
                while (position < length && !isSpace(bytes[position]) && bytes[position] != '>') {
                    position++;
                }
                while (attribute().isPresent()) {
                    // Attributes are read only to get past a '<' or '>' in their values.
                }
                text.ifPresent(name -> skipTo("</" + name, position));
            } else if (at("<!") || at("</") || at("<?")) {
                skipTo(">", position);
            } else {
                position++;
            }
        }
        return Optional.empty();
    }

    private Optional<String> textElement() {
        return asParsed
                ? TEXT_ELEMENTS.stream()
                        .filter(name -> at("<" + name)
                                && (isSpaceOrSlash(position + 1 + name.length())
                                        || byteAt(position + 1 + name.length()) == '>'))
                        .findFirst()
                : Optional.empty();
    }

    private int byteAt(int at) {
        return at < length ? bytes[at] : -1;
    }

    private Optional<Charset> meta() {
        Map<String, String> attributes = new HashMap<>();
        for (Optional<String[]> next = attribute(); next.isPresent(); next = attribute()) {
            attributes.putIfAbsent(next.get()[0], next.get()[1]);
        }
        Optional<Charset> declared;
        if (attributes.containsKey("charset")) {
            declared = label(attributes.get("charset"));
        } else if ("content-type".equals(attributes.get("http-equiv")) && attributes.containsKey("content")) {
            declared = charsetIn(attributes.get("content"));
        } else {
            return Optional.empty();
        }
        return declared.map(PageCharset::notUtf16);
    }

    /** In a meta, x-user-defined means windows-1252. */
    private static Optional<Charset> label(String label) {
        return label.strip().equals("x-user-defined") ? Optional.of(WINDOWS_1252) : forLabel(label);
    }

    /** "Get an attribute" of the standard: name and value in lower case, or empty behind the last one. */
    private Optional<String[]> attribute() {
        while (position < length && (isSpace(bytes[position]) || bytes[position] == '/')) {
            position++;
        }
        if (position >= length || bytes[position] == '>') {
            return Optional.empty();
        }
        StringBuilder name = new StringBuilder();
        while (position < length
                && !isSpace(bytes[position])
                && bytes[position] != '/'
                && bytes[position] != '>'
                && (bytes[position] != '=' || name.isEmpty())) {
            name.append(lower(bytes[position++]));
        }
        skipSpace();
        if (position >= length || bytes[position] != '=') {
            return Optional.of(new String[] {name.toString(), ""});
        }
        position++;
        skipSpace();
        return Optional.of(new String[] {name.toString(), value()});
    }

    private String value() {
        StringBuilder value = new StringBuilder();
        if (position < length && (bytes[position] == '"' || bytes[position] == '\'')) {
            byte quote = bytes[position++];
            while (position < length && bytes[position] != quote) {
                value.append(lower(bytes[position++]));
            }
            position++;
        } else {
            while (position < length && !isSpace(bytes[position]) && bytes[position] != '>') {
                value.append(lower(bytes[position++]));
            }
        }
        return value.toString();
    }

    private void skipSpace() {
        while (position < length && isSpace(bytes[position])) {
            position++;
        }
    }

    private void skipTo(String end, int from) {
        position = from;
        while (position < length && !at(end)) {
            position++;
        }
        position += end.length();
    }

    private boolean at(String lowerCase) {
        if (position + lowerCase.length() > length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (lower(bytes[position + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isTag() {
        int name = at("</") ? position + 2 : position + 1;
        return bytes[position] == '<' && name < length && lower(bytes[name]) >= 'a' && lower(bytes[name]) <= 'z';
    }

    private boolean isSpaceOrSlash(int at) {
        return at < length && (isSpace(bytes[at]) || bytes[at] == '/');
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\f' || b == '\r';
    }

    private static char lower(byte b) {
        char c = (char) (b & 0xFF);
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    }
}
