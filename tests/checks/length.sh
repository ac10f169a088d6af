#!/bin/sh
# Gate: a function fits a screen, a file says one thing, a line fits the page.
git ls-files -co --exclude-standard 'src/*.[ch]' 'src/*.cu' 'tests/*.[ch]' 'bench/*.[ch]' |
    LC_ALL=C xargs awk -v function_max=60 -v file_max=500 -v line_max=100 '
    function wrong(at, text) { print FILENAME ":" at ": " text; failures++ }
    FNR == 1 { start = body = 0 }
    { text = $0; gsub(/[\200-\277]/, "", text) } # continuation bytes of UTF-8 take no column
    length(text) > line_max { wrong(FNR, length(text) " columns, at most " line_max "; break the line") }
    FNR == file_max + 1 { wrong(FNR, "more than " file_max " lines; split the file by meaning") }
    /^[a-zA-Z_]/ { start = FNR }                 # clang-format: a definition begins in column 0,
    /^[^#].*\) \{$/ || /^\{$/ { if (start) body = start } # its body opens with ") {"
    /^\}$/ {                                     # and ends with "}" alone
        if (body && FNR - body + 1 > function_max)
            wrong(body, "a function of " FNR - body + 1 " lines, at most " function_max "; name its parts")
        start = body = 0
    }
    END { exit failures != 0 }'
