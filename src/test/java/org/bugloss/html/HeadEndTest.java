package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadEndTest {

    /** Where the head must be found to end; it stands in no page. */
    private static final String HERE = "|";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<head><title>T</title>|</head><body>",
                "<title>T</title>|<BODY class=x>",
                "<p>|<body\n>",
                "<!-- </head> --><!--><p>|</HEAD >",
                "<script>'</head>'</script ><style>/* <body> */</style>|</head>",
                "<title></head></title><textarea><body></textarea>|</head>",
                "<meta content='<body>'><meta content=\"</head>\">|</head>",
                "<header></header><bodyguard></headline>|</head/>",
                "a < b <3 <>|<body>",
            })
    void the_head_ends_at_a_tag_and_at_nothing_that_looks_like_one(String html) {
        int end = html.indexOf(HERE);

        assertEquals(end, find(html.replace(HERE, "") + " ".repeat(20)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<head><title>T</title>",
                "<script></head><body>",
                "<!-- </head>",
                "<title></head>",
                "<meta content='</head>"
            })
    void a_head_that_is_left_open_has_no_end(String html) {
        assertEquals(-1, find(html + " ".repeat(20)));
    }

    /** Hands the bytes over one by one, as a slow server would. */
    private static int find(String html) {
        byte[] bytes = html.getBytes(StandardCharsets.US_ASCII);
        HeadEnd headEnd = new HeadEnd();
        int end = -1;
        for (int length = 0; length <= bytes.length && end < 0; length++) {
            end = headEnd.find(bytes, length);
        }
        return end;
    }
}
